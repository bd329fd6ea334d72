import type { SyncedFile } from '@shared/domain/workspaces/sync-model';

/** More than any record needs: a key of 1,024 bytes, an ETag, numbers. Longer keys are never synced. */
export const RECORD_MAX_BYTES = 4_096;

const RACY = 1;
/** The ETag is the MD5, as it is for everything that was sent in one piece. */
const ETAG_IS_MD5 = 2;
const NO_MD5 = 4;

/** How many UTF-16 units two keys share at their beginning, never half of a character. */
export function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let shared = 0;
  while (shared < most && one.charCodeAt(shared) === other.charCodeAt(shared)) shared += 1;
  const last = shared === 0 ? 0 : one.charCodeAt(shared - 1);
  return last >= 0xd800 && last <= 0xdbff ? shared - 1 : shared;
}

/** Writes one record; `shared` units of its key are those of the record before. Answers where it ends. */
export function writeRecord(buffer: Buffer, at: number, file: SyncedFile, shared: number): number {
  let offset = writeVarint(buffer, at, shared);
  const suffix = shared === 0 ? file.key : file.key.slice(shared);
  const suffixBytes = Buffer.byteLength(suffix);
  offset = writeVarint(buffer, offset, suffixBytes);
  offset += buffer.write(suffix, offset, 'utf8');
  const same = file.etag === file.md5;
  const flags = (file.racy ? RACY : 0) | (same ? ETAG_IS_MD5 : 0) | (file.md5 === '' ? NO_MD5 : 0);
  buffer[offset] = flags;
  offset = writeVarint(buffer, offset + 1, file.sizeBytes);
  offset = buffer.writeBigInt64LE(file.mtimeNs, offset);
  offset = buffer.writeBigInt64LE(file.ctimeNs, offset);
  offset = buffer.writeBigUInt64LE(file.ino, offset);
  if (file.md5 !== '') offset += buffer.write(file.md5, offset, 16, 'hex');
  if (!same) {
    const etagBytes = Buffer.byteLength(file.etag);
    offset = writeVarint(buffer, offset, etagBytes);
    offset += buffer.write(file.etag, offset, 'utf8');
  }
  return offset;
}

/** Reads records one after the other from bytes whose checksum was right. */
export class RecordReader {
  private offset = 0;
  private key = '';

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }

  next(): SyncedFile {
    const { bytes } = this;
    const shared = this.varint();
    const suffixBytes = this.varint();
    this.key = this.key.slice(0, shared) + bytes.toString('utf8', this.offset, this.offset + suffixBytes);
    this.offset += suffixBytes;
    const flags = bytes[this.offset] as number;
    this.offset += 1;
    const sizeBytes = this.varint();
    const mtimeNs = bytes.readBigInt64LE(this.offset);
    const ctimeNs = bytes.readBigInt64LE(this.offset + 8);
    const ino = bytes.readBigUInt64LE(this.offset + 16);
    this.offset += 24;
    let md5 = '';
    if ((flags & NO_MD5) === 0) {
      md5 = bytes.toString('hex', this.offset, this.offset + 16);
      this.offset += 16;
    }
    const etag = (flags & ETAG_IS_MD5) === 0 ? this.text() : md5;
    return { key: this.key, sizeBytes, mtimeNs, ctimeNs, ino, md5, etag, racy: (flags & RACY) !== 0 };
  }

  /** A length and as many bytes of text. */
  text(): string {
    const length = this.varint();
    const text = this.bytes.toString('utf8', this.offset, this.offset + length);
    this.offset += length;
    return text;
  }

  private varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.bytes[this.offset] as number;
      this.offset += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }
}

/** Multiplies instead of shifting: sizes go beyond 32 bits. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let offset = at;
  let rest = value;
  while (rest >= 0x80) {
    buffer[offset] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
    offset += 1;
  }
  buffer[offset] = rest;
  return offset + 1;
}
