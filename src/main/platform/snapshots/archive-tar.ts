import { utf8Text } from '@shared/domain/snapshots/bytes';
import { rawBytes } from '@shared/domain/snapshots/tree-paths';
import type { RawText, TreeEntry } from '@shared/domain/snapshots/types';

/** Tar counts in blocks of this many bytes. */
export const TAR_BLOCK = 512;

/** What stands behind the last entry. */
export const TAR_END = new Uint8Array(2 * TAR_BLOCK);

/** The largest number that a field of 12 octal digits holds; what is more goes into a pax record. */
const FIELD_MAX = 0o77777777777;
const OWNER_MAX = 0o7777777;
const NAME_MAX = 100;
const NS_PER_SECOND = 1_000_000_000n;
/** Of the header that carries pax records. No reader makes a file of it. */
const PAX_NAME = 'PaxHeaders/entry';

/** An entry as it stands in a tar: what comes before its data, and how long that is. */
export interface TarHead {
  /** Headers, and of a file with holes the map of its data: whole blocks. */
  readonly head: Uint8Array;
  /** Bytes of data behind it, holes left out. */
  readonly dataBytes: number;
}

/** Bytes that fill up the last block. */
export function paddingOf(bytes: number): number {
  return (TAR_BLOCK - (bytes % TAR_BLOCK)) % TAR_BLOCK;
}

function bytesOf(text: RawText): Buffer {
  return Buffer.from(rawBytes(text));
}

/** A plain file of the archive itself: readable by its owner, whoever unpacks it. */
export function plainHead(name: string, size: number, seconds: number): Uint8Array {
  const records: Buffer[] = size > FIELD_MAX ? [paxRecord('size', String(size))] : [];
  return withPax(records, ustar({ name: Buffer.from(name), type: '0', mode: 0o600, uid: 0, gid: 0, size, seconds, target: EMPTY }));
}

/** What an entry belongs to and when it was changed. */
export type Owned = Pick<Exclude<TreeEntry, { readonly type: 'link' }>, 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'xattrs'>;

/**
 * An entry of a tree in the tar of its part; null for a socket, which a tar cannot hold. A hard link has the owner, mode and time of what it
 * is one to: some tools set them again. The same entry always gives the same bytes: an import compares them.
 */
export function treeHead(entry: TreeEntry, linked: (target: RawText) => Owned): TarHead | null {
  switch (entry.type) {
    case 'socket':
      return null;
    case 'dir':
      return { head: ownedHead(entry, '5', Buffer.concat([placed(entry.path), SLASH]), EMPTY, 0, []), dataBytes: 0 };
    case 'fifo':
      return { head: ownedHead(entry, '6', placed(entry.path), EMPTY, 0, []), dataBytes: 0 };
    case 'symlink':
      return { head: ownedHead(entry, '2', placed(entry.path), bytesOf(entry.to), 0, []), dataBytes: 0 };
    case 'link':
      return { head: ownedHead({ ...linked(entry.to), xattrs: {} }, '1', placed(entry.path), placed(entry.to), 0, []), dataBytes: 0 };
    case 'file':
      return entry.data === null ? { head: ownedHead(entry, '0', placed(entry.path), EMPTY, entry.size, []), dataBytes: entry.size } : sparseHead(entry, entry.path, entry.size, entry.data);
  }
}

const EMPTY = Buffer.alloc(0);
const SLASH = Buffer.from('/');
const HERE = Buffer.from('.');
const BELOW = Buffer.from('./');

/** Every path begins with `./`, so that no name is taken for an option or a place elsewhere; the root is `.`. */
function placed(path: RawText): Buffer {
  const bytes = bytesOf(path);
  return bytes.length === 0 ? HERE : Buffer.concat([BELOW, bytes]);
}

function ownedHead(entry: Owned, type: string, name: Buffer, target: Buffer, size: number, records: readonly Buffer[], shownName = name): Buffer {
  const pax = [...records, ...nameRecords(records.length === 0 ? name : EMPTY, target, name)];
  const ns = BigInt(entry.mtimeNs);
  const seconds = floorSeconds(ns);
  const plainTime = ns === seconds * NS_PER_SECOND && seconds >= 0n && seconds <= BigInt(FIELD_MAX);
  if (!plainTime) pax.push(paxRecord('mtime', timeText(ns)));
  if (entry.uid > OWNER_MAX) pax.push(paxRecord('uid', String(entry.uid)));
  if (entry.gid > OWNER_MAX) pax.push(paxRecord('gid', String(entry.gid)));
  if (size > FIELD_MAX) pax.push(paxRecord('size', String(size)));
  for (const key of Object.keys(entry.xattrs).sort()) pax.push(paxRecord(`SCHILY.xattr.${attributeKey(key)}`, Buffer.from(entry.xattrs[key] ?? '', 'base64')));
  return withPax(pax, ustar({ name: shownName, type, mode: entry.mode, uid: entry.uid, gid: entry.gid, size, seconds: plainTime ? Number(seconds) : Math.max(0, Math.min(FIELD_MAX, Number(seconds))), target }));
}

/** GNU sparse 1.0: the map of the data stands before it, in decimal lines. */
function sparseHead(entry: Owned, path: RawText, size: number, data: readonly (readonly [number, number])[]): TarHead {
  const dataBytes = data.reduce((sum, [, length]) => sum + length, 0);
  const [lastOffset, lastLength] = data.at(-1) ?? [0, 0];
  // A reader takes the end of the last segment for the end of the file.
  const segments = lastOffset + lastLength === size && data.length > 0 ? data : [...data, [size, 0] as const];
  const lines = Buffer.from(`${String(segments.length)}\n${segments.map(([offset, length]) => `${String(offset)}\n${String(length)}\n`).join('')}`);
  const map = Buffer.concat([lines, Buffer.alloc(paddingOf(lines.length))]);
  const name = placed(path);
  const records = [paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.minor', '0'), paxRecord('GNU.sparse.name', name), paxRecord('GNU.sparse.realsize', String(size))];
  const head = ownedHead(entry, '0', name, EMPTY, map.length + dataBytes, records, Buffer.from('GNUSparseFile.0/file'));
  return { head: Buffer.concat([head, map]), dataBytes };
}

/** Records for names that do not fit their field or are not ASCII. `hdrcharset` says that bytes are meant where they are no UTF-8. */
function nameRecords(name: Buffer, target: Buffer, whole: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  if (!isText(whole) || !isText(target)) records.push(paxRecord('hdrcharset', 'BINARY'));
  if (!fits(name)) records.push(paxRecord('path', name));
  if (!fits(target)) records.push(paxRecord('linkpath', target));
  return records;
}

function fits(name: Buffer): boolean {
  return name.length <= NAME_MAX && name.every((byte) => byte >= 0x20 && byte < 0x7f);
}

function isText(bytes: Buffer): boolean {
  return utf8Text(bytes) !== null;
}

/** `=` ends the key of a record, so it is written as GNU tar and libarchive write it. */
function attributeKey(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

function floorSeconds(ns: bigint): bigint {
  return ns >= 0n || ns % NS_PER_SECOND === 0n ? ns / NS_PER_SECOND : ns / NS_PER_SECOND - 1n;
}

/** Seconds with their fraction; before 1970 with a minus before the whole. */
function timeText(ns: bigint): string {
  const [sign, size] = ns < 0n ? ['-', -ns] : ['', ns];
  return `${sign}${String(size / NS_PER_SECOND)}.${String(size % NS_PER_SECOND).padStart(9, '0')}`;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), typeof value === 'string' ? Buffer.from(value) : value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function withPax(records: readonly Buffer[], header: Buffer): Buffer {
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const pax = ustar({ name: Buffer.from(PAX_NAME), type: 'x', mode: 0o600, uid: 0, gid: 0, size: body.length, seconds: 0, target: EMPTY });
  return Buffer.concat([pax, body, Buffer.alloc(paddingOf(body.length)), header]);
}

interface UstarFields {
  readonly name: Buffer;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly target: Buffer;
}

function ustar(fields: UstarFields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, at: number, width: number): void => void block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  fields.name.copy(block, 0, 0, NAME_MAX);
  octal(fields.mode, 100, 8);
  octal(Math.min(fields.uid, OWNER_MAX), 108, 8);
  octal(Math.min(fields.gid, OWNER_MAX), 116, 8);
  octal(fields.size > FIELD_MAX ? 0 : fields.size, 124, 12);
  octal(fields.seconds, 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(fields.type, 156, 'latin1');
  fields.target.copy(block, 157, 0, NAME_MAX);
  block.write('ustar\0' + '00', 257, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
