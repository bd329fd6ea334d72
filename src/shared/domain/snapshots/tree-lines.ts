import type { Json, JsonObject } from '@shared/kernel/json';
import { canonicalJson, parseCanonicalJson } from './canonical';
import { base64Bytes, utf8Bytes } from './bytes';
import { Fields, isHash } from './fields';
import { SnapshotFormatError } from './format-error';
import { checkPath, checkTarget, rawBytes } from './tree-paths';
import type { RawText, TreeEntry } from './types';

const TYPES = ['dir', 'file', 'link', 'symlink', 'fifo', 'socket'] as const;
const MOST_MODE = 0o7777;
const MOST_ID = 0xffff_ffff;
const TIME = /^(0|-?[1-9]\d{0,18})$/;

type Owned = Exclude<TreeEntry, { readonly type: 'link' }>;

/** The line of an entry, with its end. Throws SnapshotFormatError where a reader would refuse it. */
export function encodeTreeLine(entry: TreeEntry): string {
  const plain = plainLine(entry);
  if (plain !== null) return plain;
  const line = lineOf(entry);
  entryIn(line);
  return canonicalJson(line);
}

/** The line of a file or folder as nearly all are, which takes a tenth of the time: trees have many of them. Null for any other, and for one that may not be. */
function plainLine(entry: TreeEntry): string | null {
  if (entry.type !== 'file' && entry.type !== 'dir') return null;
  const { path, mode, uid, gid, mtimeNs, xattrs } = entry;
  if (!('text' in path) || !isCount(mode, MOST_MODE) || !isCount(uid, MOST_ID) || !isCount(gid, MOST_ID) || !TIME.test(mtimeNs) || Object.keys(xattrs).length > 0) return null;
  checkPath(utf8Bytes(path.text));
  const owned = `"g":${String(gid)},"m":${String(mode)},"n":"${mtimeNs}","p":${JSON.stringify(path.text)}`;
  if (entry.type !== 'file') return `{${owned},"t":"dir","u":${String(uid)}}\n`;
  if (!hasPlainContent(entry)) return null;
  const chunks = entry.chunks.length === 0 ? '' : `"${entry.chunks.join('","')}"`;
  return `{"c":[${chunks}],${owned},"s":${String(entry.size)},"t":"file","u":${String(uid)}}\n`;
}

function hasPlainContent({ size, data, chunks }: Extract<TreeEntry, { readonly type: 'file' }>): boolean {
  return data === null && isCount(size, Number.MAX_SAFE_INTEGER) && (size === 0) === (chunks.length === 0) && chunks.every(isHash);
}

function isCount(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function lineOf(entry: TreeEntry): JsonObject {
  const path = 'text' in entry.path ? { p: entry.path.text } : { pb: entry.path.base64 };
  const to = entry.type === 'link' || entry.type === 'symlink' ? ('text' in entry.to ? { to: entry.to.text } : { tob: entry.to.base64 }) : {};
  if (entry.type === 'link') return { ...path, ...to, t: entry.type };
  const xattrs = Object.keys(entry.xattrs).length === 0 ? {} : { x: entry.xattrs };
  const content = entry.type === 'file' ? { s: entry.size, c: entry.chunks, ...(entry.data === null ? {} : { d: entry.data }) } : {};
  return { ...path, ...to, ...xattrs, ...content, t: entry.type, m: entry.mode, u: entry.uid, g: entry.gid, n: entry.mtimeNs };
}

/** Reads one line, with its end. Throws SnapshotFormatError where it is not exactly what `encodeTreeLine` writes, or where its path or target is not one that can be kept. */
export function parseTreeLine(line: string): TreeEntry {
  return plainEntry(line) ?? entryIn(parseCanonicalJson(line));
}

/** The entry of a line as `plainLine` writes it, to the byte; null for any other. */
function plainEntry(line: string): TreeEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { c, g, m, n, p, s, t, u } = value as { readonly [name: string]: unknown };
  if (typeof p !== 'string' || typeof n !== 'string') return null;
  const owned = { path: { text: p }, mode: m as number, uid: u as number, gid: g as number, mtimeNs: n, xattrs: {} };
  const entry: TreeEntry | null = t === 'dir' ? { ...owned, type: t } : t === 'file' && Array.isArray(c) ? { ...owned, type: t, size: s as number, data: null, chunks: c as readonly string[] } : null;
  // Whatever else its fields were, or whatever more there were, the text would be another.
  return entry !== null && plainLine(entry) === line ? entry : null;
}

/** The entry that a line says. */
function entryIn(line: Json): TreeEntry {
  const fields = Fields.of(line, 'an entry');
  const entry = entryOf(fields);
  fields.end();
  checkPath(rawBytes(entry.path));
  if (entry.type === 'link') checkPath(rawBytes(entry.to));
  if (entry.type === 'symlink') checkTarget(rawBytes(entry.to));
  return entry;
}

function entryOf(fields: Fields): TreeEntry {
  const path = rawOf(fields, 'p', 'pb');
  const type = fields.oneOf('t', TYPES);
  if (type === 'link') return { path, type, to: rawOf(fields, 'to', 'tob') };
  const owned = ownedOf(fields);
  if (type === 'symlink') return { path, type, to: rawOf(fields, 'to', 'tob'), ...owned };
  if (type !== 'file') return { path, type, ...owned };
  const size = fields.count('s');
  const data = fields.has('d') ? dataOf(fields, size) : null;
  const chunks = fields.hashes('c');
  const dataBytes = data === null ? size : data.reduce((sum, [, length]) => sum + length, 0);
  if (dataBytes === 0 ? chunks.length > 0 : chunks.length === 0) throw fields.wrong('c', 'does not fit the length');
  return { path, type, size, data, chunks, ...owned };
}

function rawOf(fields: Fields, text: string, base64: string): RawText {
  return fields.has(base64) ? { base64: fields.text(base64) } : { text: fields.text(text) };
}

function ownedOf(fields: Fields): Pick<Owned, 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'xattrs'> {
  const mtimeNs = fields.text('n');
  if (!TIME.test(mtimeNs)) throw fields.wrong('n', 'is not a time');
  return { mode: fields.count('m', MOST_MODE), uid: fields.count('u', MOST_ID), gid: fields.count('g', MOST_ID), mtimeNs, xattrs: xattrsOf(fields) };
}

function xattrsOf(fields: Fields): { readonly [name: string]: string } {
  if (!fields.has('x')) return {};
  const found = fields.object('x').entries();
  if (found.length === 0) throw fields.wrong('x', 'is empty');
  for (const [name, value] of found) {
    if (name === '' || name.includes('\0') || typeof value !== 'string' || base64Bytes(value) === null) throw fields.wrong('x', 'has something in it that is no attribute');
  }
  return Object.fromEntries(found as readonly (readonly [string, string])[]);
}

function dataOf(fields: Fields, size: number): readonly (readonly [number, number])[] {
  let end = 0;
  const segments = fields.list('d').map((segment: Json): readonly [number, number] => {
    const [offset, length, more] = Array.isArray(segment) ? (segment as readonly Json[]) : [];
    if (typeof offset !== 'number' || typeof length !== 'number' || more !== undefined) throw fields.wrong('d', 'is not a list of segments');
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 1 || offset < end || offset + length > size) throw fields.wrong('d', 'has segments that do not fit');
    end = offset + length;
    return [offset, length];
  });
  return segments;
}

/** Joins pieces of text into lines. A line that is longer than `mostLength` is refused. */
export class LineJoiner {
  private rest = '';

  constructor(private readonly mostLength = 1 << 28) {}

  /** Whether nothing is kept for the next piece. */
  get isEmpty(): boolean {
    return this.rest === '';
  }

  /** Lines that are complete, each with its end. */
  push(piece: string): readonly string[] {
    const text = this.rest + piece;
    const lines: string[] = [];
    let from = 0;
    for (let to = text.indexOf('\n', from); to !== -1; to = text.indexOf('\n', from)) {
      lines.push(text.slice(from, to + 1));
      from = to + 1;
    }
    this.rest = text.slice(from);
    if (this.rest.length > this.mostLength) throw new SnapshotFormatError('A line of a tree is too long.');
    return lines;
  }

  end(): void {
    if (!this.isEmpty) throw new SnapshotFormatError('A tree ends within a line.');
  }
}
