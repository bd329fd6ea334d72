import { rawBytes, TreeOrder } from './tree-paths';
import type { RawText, SnapshotPartKind, TreeEntry } from './types';

/** The most a tree may hold that somebody else wrote. */
export interface TreeLimits {
  readonly entries: number;
  readonly fileBytes: number;
  /** Of one entry, as base64. */
  readonly attributeCharacters: number;
}

const TREE_LIMITS: TreeLimits = { entries: 5_000_000, fileBytes: 2 ** 44, attributeCharacters: 256 * 1024 };
/** setuid, setgid, sticky. */
const SPECIAL_MODE = 0o7000;
/** setuid and setgid: whoever runs the file is somebody else. */
const RUNS_AS_OTHER = 0o6000;
const ID_MAX = 2 ** 32 - 2;
const TIME_MAX_NS = 2n ** 63n - 1n;
const ATTRIBUTE = /^(?:user\.[^\0]{1,250}|security\.capability|system\.posix_acl_(?:access|default))$/;
/** Parts that become files of the user, not contents of a volume. */
const OF_THE_HOST: ReadonlySet<SnapshotPartKind> = new Set(['files', 'settings', 'containers', 'images']);

/** Judges the entries of one tree from elsewhere, in their order, beyond the form of their lines. Each answer says in a few words what is wrong, or null. */
export class TreeRules {
  private readonly order = new TreeOrder();
  /** What hard links name, and whether it came as a file. */
  private readonly linked: Map<string, boolean>;
  private readonly names = new Set<string>();
  private entries = 0;

  constructor(
    private readonly kind: SnapshotPartKind,
    linked: Iterable<RawText>,
    private readonly limits: TreeLimits = TREE_LIMITS,
  ) {
    this.linked = new Map([...linked].map((path) => [keyOf(path), false]));
  }

  /** Throws SnapshotFormatError where the entry cannot stand here at all. */
  see(entry: TreeEntry): string | null {
    this.order.next(rawBytes(entry.path), entry.type, entry.type === 'link' ? rawBytes(entry.to) : null);
    this.entries += 1;
    if (this.entries > this.limits.entries) return 'it has too many entries';
    return this.sized(entry) ?? this.ofKind(entry);
  }

  private sized(entry: TreeEntry): string | null {
    if (entry.type === 'link') return this.linked.get(keyOf(entry.to)) === true ? null : 'a hard link names no file that came before it';
    if (this.linked.has(keyOf(entry.path))) this.linked.set(keyOf(entry.path), entry.type === 'file');
    if (entry.type === 'file' && entry.size > this.limits.fileBytes) return 'a file is longer than files can be';
    const time = BigInt(entry.mtimeNs);
    if (entry.uid > ID_MAX || entry.gid > ID_MAX || time > TIME_MAX_NS || time < -TIME_MAX_NS) return 'an owner or a time is none';
    const attributes = Object.entries(entry.xattrs);
    if (!attributes.every(([name]) => ATTRIBUTE.test(name))) return 'an attribute is none that is kept';
    return attributes.reduce((sum, [, value]) => sum + value.length, 0) > this.limits.attributeCharacters ? 'a file has too many attributes' : null;
  }

  private ofKind(entry: TreeEntry): string | null {
    if (OF_THE_HOST.has(this.kind)) return this.onHost(entry);
    if (this.kind === 'bucket' && entry.type !== 'dir' && entry.type !== 'file') return 'a bucket has objects only';
    return this.kind === 'bind' ? inFolder(entry) : null;
  }

  /** What is written into a folder of the user: plain files, folders and links, and no two names that one disk takes for the same. */
  private onHost(entry: TreeEntry): string | null {
    if (entry.type !== 'dir' && entry.type !== 'file' && entry.type !== 'symlink') return 'it has something that is neither a file nor a folder';
    if ((entry.type === 'file' && (entry.mode & SPECIAL_MODE) !== 0) || Object.keys(entry.xattrs).some((name) => !name.startsWith('user.'))) return 'a file has more rights than a file of a project needs';
    if (!('text' in entry.path) || /[\p{Cc}\\]/u.test(entry.path.text)) return 'a name is none that a project can have';
    const name = entry.path.text.normalize('NFC').toLowerCase().normalize('NFC');
    if (this.names.has(name)) return 'two names are the same on some disks';
    this.names.add(name);
    return null;
  }
}

function keyOf(path: RawText): string {
  return 'text' in path ? `text:${path.text}` : `base64:${path.base64}`;
}

/** A folder of this machine gets no program from elsewhere that runs as somebody else. */
function inFolder(entry: TreeEntry): string | null {
  if (entry.type !== 'file') return null;
  return (entry.mode & RUNS_AS_OTHER) !== 0 || Object.hasOwn(entry.xattrs, 'security.capability') ? 'a file in a folder of this machine would run with the rights of another' : null;
}

/** Whether a link of the project leads out of it: one from elsewhere is not taken in. */
export function isLinkOutside(kind: SnapshotPartKind, entry: TreeEntry): boolean {
  return OF_THE_HOST.has(kind) && entry.type === 'symlink' && (!('text' in entry.path) || leadsOut(entry.path.text, entry.to));
}

function leadsOut(path: string, to: RawText): boolean {
  if (!('text' in to) || to.text.startsWith('/') || /[\p{Cc}\\]/u.test(to.text)) return true;
  const parts = to.text.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const levels = up === -1 ? parts.length : up;
  // Behind a name `..` is not the folder it stands in when that name is a link itself.
  return levels > path.split('/').length - 1 || parts.slice(levels).includes('..');
}
