import { base64Bytes, compareBytes, utf8Bytes, utf8Text } from './bytes';
import { SnapshotFormatError } from './format-error';
import type { RawText } from './types';

/** What file systems take as one name. */
const MOST_NAME_BYTES = 255;
const MOST_PATH_BYTES = 65_536;
const SLASH = 0x2f;
const DOT = 0x2e;

/** The bytes of a path or target. Throws where it has none, or is given as base64 although it is text. */
export function rawBytes(raw: RawText): Uint8Array {
  if ('text' in raw) return utf8Bytes(raw.text);
  const bytes = base64Bytes(raw.base64);
  if (bytes === null) throw new SnapshotFormatError('A path is not base64.');
  if (utf8Text(bytes) !== null) throw new SnapshotFormatError('A path is written as base64 although it is text.');
  return bytes;
}

/** Bytes as text, or as base64 where they are none. */
export function rawText(bytes: Uint8Array, base64: (bytes: Uint8Array) => string): RawText {
  const text = utf8Text(bytes);
  return text === null ? { base64: base64(bytes) } : { text };
}

/** Throws unless this is a path below a root, in its only form: no `..`, `.`, empty part, NUL, nothing absolute, nothing longer than a file system takes. Empty is the root. */
export function checkPath(bytes: Uint8Array): void {
  if (bytes.length > MOST_PATH_BYTES) throw new SnapshotFormatError('A path is too long.');
  if (bytes.length === 0) return;
  let from = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = at === bytes.length ? SLASH : bytes[at];
    if (byte === 0) throw new SnapshotFormatError('A path has a NUL in it.');
    if (byte !== SLASH) continue;
    checkName(bytes, from, at);
    from = at + 1;
  }
}

function checkName(path: Uint8Array, from: number, to: number): void {
  const length = to - from;
  if (length === 0) throw new SnapshotFormatError('A path begins or ends with a slash, or has two in a row.');
  if (length > MOST_NAME_BYTES) throw new SnapshotFormatError('A name is longer than file systems take.');
  if (path[from] === DOT && (length === 1 || (length === 2 && path[from + 1] === DOT))) throw new SnapshotFormatError('A path leads out of its folder.');
}

/** Throws unless something can be the target of a symbolic link. */
export function checkTarget(bytes: Uint8Array): void {
  if (bytes.length === 0 || bytes.length > MOST_PATH_BYTES || bytes.includes(0)) throw new SnapshotFormatError('The target of a link cannot be one.');
}

/** The order of a walk: by the bytes of names, and into a folder directly behind it: a slash ends a name, so it comes before every byte a name can have. */
export function compareWalk(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = one[at] as number;
    const right = other[at] as number;
    if (left !== right) return (left === SLASH ? 0 : left) - (right === SLASH ? 0 : right);
  }
  return one.length - other.length;
}

/** What of a path is its folder; null for the root. */
function folderOf(path: Uint8Array): Uint8Array | null {
  return path.length === 0 ? null : path.subarray(0, Math.max(0, path.lastIndexOf(SLASH)));
}

/** Follows a tree from its root: each path once, in the order of the walk, below a folder that came before. */
export class TreeOrder {
  /** The folders that the walk is in, the root first. */
  private readonly folders: Uint8Array[] = [];
  private last: Uint8Array | null = null;

  /** Throws where this entry cannot be the next one. `link`: what a hard link has its content from. */
  next(path: Uint8Array, type: string, link: Uint8Array | null): void {
    checkPath(path);
    if (this.last === null) {
      if (path.length !== 0 || type === 'link') throw new SnapshotFormatError('A tree does not begin with its root.');
    } else {
      if (compareWalk(this.last, path) >= 0) throw new SnapshotFormatError('The entries of a tree are not in order, or one is there twice.');
      this.enter(folderOf(path));
    }
    if (link !== null) this.checkLink(path, link);
    if (type === 'dir') this.folders.push(path);
    this.last = path;
  }

  private enter(folder: Uint8Array | null): void {
    while (this.folders.length > 0 && (folder === null || compareBytes(this.folders[this.folders.length - 1] as Uint8Array, folder) !== 0)) this.folders.pop();
    if (this.folders.length === 0) throw new SnapshotFormatError('An entry of a tree lies in something that is no folder of it.');
  }

  private checkLink(path: Uint8Array, link: Uint8Array): void {
    checkPath(link);
    if (link.length === 0 || compareWalk(link, path) >= 0) throw new SnapshotFormatError('A hard link has its content from something that does not come before it.');
  }
}
