import { compareBytes, utf8Bytes } from './bytes';
import { MOST_CHUNK_BYTES } from './chunking';
import { SnapshotFormatError } from './format-error';

/** A pack is closed when the next record would carry it over this. */
export const PACK_BYTES = 16 * 1024 * 1024;
/** Of repositories of the first version packs are of form 1, of later ones 2. */
export type PackForm = 1 | 2;
const PACK_BEGINS: { readonly [form in PackForm]: Uint8Array } = { 1: utf8Bytes('BERTHPK1'), 2: utf8Bytes('BERTHPK2') };
export const PACK_BEGIN_BYTES = 8;
const PACK_END = utf8Bytes('BERTHPKE');
/** Number of records, offset of the table, SHA-256, `BERTHPKE`. */
export const PACK_TAIL_BYTES = 48;
/** What of the tail is hashed with all before it. */
export const PACK_TAIL_HASHED_BYTES = 8;
export const RECORD_BYTES = 46;
/** Where a record has the length of its plain bytes. */
export const RECORD_LENGTH_AT = 40;
/** Nonce and tag. */
export const SEAL_BYTES = 28;
/** Of a record: it is encrypted. */
export const ENCRYPTED = 1;

/** A row of the table of a pack. */
export interface PackRecord {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly offset: number;
  readonly storedLength: number;
  readonly length: number;
  readonly codec: 0 | 1;
  readonly flags: number;
}

/** The first bytes of a pack. */
export function packBegin(form: PackForm): Uint8Array {
  return PACK_BEGINS[form];
}

/** Of which form a pack is that begins so; null where it is none. */
export function packFormOf(begin: Uint8Array): PackForm | null {
  if (compareBytes(begin, PACK_BEGINS[1]) === 0) return 1;
  return compareBytes(begin, PACK_BEGINS[2]) === 0 ? 2 : null;
}

/** The table of these records. */
export function encodeTable(records: readonly PackRecord[]): Uint8Array {
  const bytes = new Uint8Array(records.length * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  records.forEach((record, index) => {
    const at = index * RECORD_BYTES;
    bytes.set(record.id, at);
    view.setUint32(at + 32, record.offset);
    view.setUint32(at + 36, record.storedLength);
    view.setUint32(at + RECORD_LENGTH_AT, record.length);
    bytes[at + 44] = record.codec;
    bytes[at + 45] = record.flags;
  });
  return bytes;
}

/** Reads a table. Throws SnapshotFormatError unless its records lie one behind the other, are of one kind and have lengths that can be. */
export function parseTable(bytes: Uint8Array): readonly PackRecord[] {
  if (bytes.length % RECORD_BYTES !== 0 || bytes.length === 0) throw new SnapshotFormatError('The table of a pack has no whole records.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = PACK_BEGIN_BYTES;
  const flags = bytes[45] ?? 0;
  const records: PackRecord[] = [];
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    const record = { id: bytes.subarray(at, at + 32), offset: view.getUint32(at + 32), storedLength: view.getUint32(at + 36), length: view.getUint32(at + RECORD_LENGTH_AT), codec: bytes[at + 44] ?? 0, flags: bytes[at + 45] ?? 0 };
    if (!canBe(record, offset, flags)) throw new SnapshotFormatError('The table of a pack has a record that cannot be.');
    offset += record.storedLength;
    records.push(record as PackRecord);
  }
  return records;
}

function canBe(record: Omit<PackRecord, 'codec'> & { readonly codec: number }, offset: number, flags: number): boolean {
  if (record.offset !== offset || record.flags !== flags || flags > ENCRYPTED || record.codec > 1) return false;
  const coded = record.storedLength - (flags === ENCRYPTED ? SEAL_BYTES : 0);
  if (record.length < 1 || record.length > MOST_CHUNK_BYTES || coded < 1) return false;
  return record.codec === 0 ? coded === record.length : coded < record.length;
}

/** The first eight bytes of the tail; the hash and the mark follow. */
export function encodeTailStart(records: number, tableOffset: number): Uint8Array {
  const bytes = new Uint8Array(PACK_TAIL_HASHED_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, records);
  view.setUint32(4, tableOffset);
  return bytes;
}

/** Hash and mark: the last forty bytes. */
export function encodeTailEnd(sha256: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PACK_TAIL_BYTES - PACK_TAIL_HASHED_BYTES);
  bytes.set(sha256);
  bytes.set(PACK_END, sha256.length);
  return bytes;
}

/** Where the table of a pack of this length is. Throws SnapshotFormatError where its last 48 bytes do not fit. */
export function parseTail(tail: Uint8Array, packBytes: number): { readonly records: number; readonly tableOffset: number; readonly sha256: Uint8Array } {
  if (tail.length !== PACK_TAIL_BYTES || compareBytes(tail.subarray(40), PACK_END) !== 0) throw new SnapshotFormatError('A pack does not end as one.');
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const records = view.getUint32(0);
  const tableOffset = view.getUint32(4);
  if (records === 0 || tableOffset + records * RECORD_BYTES + PACK_TAIL_BYTES !== packBytes) throw new SnapshotFormatError('The end of a pack does not fit its length.');
  return { records, tableOffset, sha256: tail.subarray(8, 40) };
}

/** How long a pack with these records is. */
export function packBytesOf(records: readonly PackRecord[]): number {
  const last = records[records.length - 1];
  return (last === undefined ? PACK_BEGIN_BYTES : last.offset + last.storedLength) + records.length * RECORD_BYTES + PACK_TAIL_BYTES;
}
