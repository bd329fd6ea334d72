import { canonicalJson, parseCanonicalJson } from '@shared/domain/snapshots/canonical';
import { isHash } from '@shared/domain/snapshots/fields';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { encodeTreeLine, parseTreeLine } from '@shared/domain/snapshots/tree-lines';
import type { RawText, TreeEntry } from '@shared/domain/snapshots/types';
import type { JsonObject } from '@shared/kernel/json';
import type { Owned } from './archive-tar';

/** An entry as it stands in an export: without chunks, of a file with the hash of its data. */
export interface ArchivedEntry {
  readonly entry: TreeEntry;
  /** Null of everything that is no file. */
  readonly sha256: string | null;
}

/** The line of an entry in an export, with the end of the line. */
export function archiveLine(entry: TreeEntry, sha256: string): string {
  if (entry.type !== 'file') return encodeTreeLine(entry);
  const { c: _chunks, ...fields } = JSON.parse(encodeTreeLine(entry)) as JsonObject;
  return canonicalJson({ ...fields, h: sha256 });
}

/** Stands for the chunks of a file while its line is read: they are not known yet. */
const UNKNOWN_CHUNK = '0'.repeat(64);

/** Reads such a line, with its end. Throws for every line that is not written just so. */
export function parseArchiveLine(line: string): ArchivedEntry {
  const fields = parseCanonicalJson(line);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new SnapshotFormatError('A line of a tree is no object.');
  const { h: sha256, ...rest } = fields as JsonObject;
  if (rest['t'] !== 'file') return { entry: parseTreeLine(line), sha256: null };
  if (typeof sha256 !== 'string' || !isHash(sha256) || 'c' in rest) throw new SnapshotFormatError('A file in a tree has not its hash.');
  const hasData = Array.isArray(rest['d']) ? rest['d'].length > 0 : rest['s'] !== 0;
  const entry = parseTreeLine(canonicalJson({ ...rest, c: hasData ? [UNKNOWN_CHUNK] : [] }));
  return { entry, sha256 };
}

/** What hard links are links to: of these files alone the owner, mode and time are kept until the link comes. */
export class LinkTargets {
  private readonly files = new Map<string, Owned | null>();

  /** First for every entry. */
  expect(entry: TreeEntry): void {
    if (entry.type === 'link') this.files.set(keyOf(entry.to), null);
  }

  /** Then again for every entry, before its own link is asked for. */
  see(entry: TreeEntry): void {
    if (this.files.size === 0 || entry.type === 'link') return;
    const key = keyOf(entry.path);
    if (this.files.has(key)) this.files.set(key, { mode: entry.mode, uid: entry.uid, gid: entry.gid, mtimeNs: entry.mtimeNs, xattrs: {} });
  }

  /** Throws when what a link names did not come before it. */
  readonly of = (target: RawText): Owned => {
    const found = this.files.get(keyOf(target)) ?? null;
    if (found === null) throw new SnapshotFormatError('A hard link names nothing that came before it.');
    return found;
  };
}

function keyOf(path: RawText): string {
  return 'text' in path ? `text:${path.text}` : `base64:${path.base64}`;
}
