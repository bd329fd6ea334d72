import { compareWalk, rawBytes } from './tree-paths';
import type { RawText, TreeEntry } from './types';

/** What differs at one path. */
export interface TreeDifference {
  readonly change: 'added' | 'removed' | 'changed';
  readonly path: string;
  /** content, mode, owner, time, attributes, target, type. */
  readonly what: readonly string[];
  readonly before: string | null;
  readonly after: string | null;
}

type File = TreeEntry & { readonly type: 'file' };

/** Whether two files of the same length have the same bytes. */
export type SameContent = (before: File, after: File) => Promise<boolean> | boolean;

/** For trees whose chunks have their ids from the same key. */
export const sameChunks: SameContent = (before, after) => before.chunks.length === after.chunks.length && before.chunks.every((id, index) => id === after.chunks[index]);

/** Goes through two trees side by side, each in its order, and holds one entry of each. Times that are no further apart than `toleranceNs` are the same. */
export async function* compareTrees(before: AsyncIterable<TreeEntry>, after: AsyncIterable<TreeEntry>, same: SameContent = sameChunks, toleranceNs = 0n): AsyncGenerator<TreeDifference, void, undefined> {
  const [left, right] = [new Walk(before), new Walk(after)];
  try {
    await left.next();
    await right.next();
    for (;;) {
      const order = orderOf(left.bytes, right.bytes);
      if (order === null) return;
      if (order < 0 && left.entry !== null) yield { change: 'removed', path: pathWords(left.entry.path), what: [left.entry.type], before: entryWords(left.entry), after: null };
      if (order > 0 && right.entry !== null) yield { change: 'added', path: pathWords(right.entry.path), what: [right.entry.type], before: null, after: entryWords(right.entry) };
      if (order === 0 && left.entry !== null && right.entry !== null) {
        const what = await whatDiffers(left.entry, right.entry, same, toleranceNs);
        if (what.length > 0) yield { change: 'changed', path: pathWords(left.entry.path), what, before: aspectWords(left.entry, what), after: aspectWords(right.entry, what) };
      }
      if (order <= 0) await left.next();
      if (order >= 0) await right.next();
    }
  } finally {
    await left.end();
    await right.end();
  }
}

/** A path for people: bytes that are no UTF-8 as \xNN. */
export function pathWords(path: RawText): string {
  if ('text' in path) return path.text;
  return [...rawBytes(path)].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('');
}

class Walk {
  entry: TreeEntry | null = null;
  bytes: Uint8Array | null = null;
  private readonly entries: AsyncIterator<TreeEntry>;

  constructor(entries: AsyncIterable<TreeEntry>) {
    this.entries = entries[Symbol.asyncIterator]();
  }

  async next(): Promise<void> {
    const next = await this.entries.next();
    this.entry = next.done === true ? null : next.value;
    this.bytes = this.entry === null ? null : rawBytes(this.entry.path);
  }

  async end(): Promise<void> {
    await this.entries.return?.();
  }
}

/** Below zero: the left one comes first. Null: both are at their end. */
function orderOf(left: Uint8Array | null, right: Uint8Array | null): number | null {
  if (left === null) return right === null ? null : 1;
  return right === null ? -1 : compareWalk(left, right);
}

async function whatDiffers(before: TreeEntry, after: TreeEntry, same: SameContent, toleranceNs: bigint): Promise<readonly string[]> {
  if (before.type !== after.type) return ['type'];
  const what: string[] = [];
  if (before.type === 'file' && after.type === 'file' && !(sameShape(before, after) && (await same(before, after)))) what.push('content');
  if ('to' in before && 'to' in after && pathWords(before.to) !== pathWords(after.to)) what.push('target');
  if (before.type === 'link' || after.type === 'link') return what;
  if (before.mode !== after.mode) what.push('mode');
  if (before.uid !== after.uid || before.gid !== after.gid) what.push('owner');
  if (!isSameTime(before.mtimeNs, after.mtimeNs, toleranceNs)) what.push('time');
  if (!sameAttributes(before.xattrs, after.xattrs)) what.push('attributes');
  return what;
}

function isSameTime(before: string, after: string, toleranceNs: bigint): boolean {
  if (before === after) return true;
  const apart = BigInt(before) - BigInt(after);
  return (apart < 0n ? -apart : apart) <= toleranceNs;
}

/** The chunks are of the data alone: where it lies is part of what a file contains. */
function sameShape(before: File, after: File): boolean {
  if (before.size !== after.size || (before.data === null) !== (after.data === null)) return false;
  const other = after.data ?? [];
  return (before.data ?? []).length === other.length && (before.data ?? []).every(([offset, length], index) => offset === other[index]?.[0] && length === other[index]?.[1]);
}

function sameAttributes(before: { readonly [name: string]: string }, after: { readonly [name: string]: string }): boolean {
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => Object.hasOwn(after, name) && before[name] === after[name]);
}

function entryWords(entry: TreeEntry): string {
  switch (entry.type) {
    case 'file':
      return `${String(entry.size)} bytes`;
    case 'symlink':
    case 'link':
      return `${entry.type} to ${pathWords(entry.to)}`;
    default:
      return entry.type;
  }
}

function aspectWords(entry: TreeEntry, what: readonly string[]): string {
  return what.map((one) => aspect(entry, one)).join(', ');
}

function aspect(entry: TreeEntry, what: string): string {
  if (what === 'type' || entry.type === 'link' || what === 'target' || what === 'content') return entryWords(entry);
  switch (what) {
    case 'mode':
      return entry.mode.toString(8).padStart(4, '0');
    case 'owner':
      return `${String(entry.uid)}:${String(entry.gid)}`;
    case 'time':
      return timeWords(entry.mtimeNs);
    default:
      return Object.keys(entry.xattrs).sort().join(' ') || 'none';
  }
}

function timeWords(mtimeNs: string): string {
  const ns = BigInt(mtimeNs);
  const milliseconds = Number(ns / 1_000_000n);
  if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > 8.64e15 || ns < 0n) return `${mtimeNs} ns`;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}
