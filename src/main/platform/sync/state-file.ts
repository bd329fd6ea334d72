import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import { crc32c } from './crc32c';
import { RECORD_MAX_BYTES, RecordReader, sharedLength, writeRecord } from './state-format';

const MAGIC = Buffer.from('BERTHSY1');
const BLOCK_BYTES = 64 * 1024;
const BLOCK_HEAD_BYTES = 12;
const NAME = 'state.v1';

/** Whose state a file is. A state of another folder or place is not read. */
export interface StateOwner {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly root: string;
}

/** What is written before the first record. */
export interface StateHead extends StateOwner {
  /** Of the root folder; decimal. */
  readonly dev: string;
  readonly ino: string;
  /** Ties the journal to this file. */
  readonly generation: string;
  /** When the bucket was last listed as a whole; 0 = never. */
  readonly listedAtMs: number;
  /** Something may be there that is not written here. */
  readonly dirty: boolean;
}

/** A state file that was read from its beginning to its end once, and found whole. It stays readable when it is replaced. */
export interface StateFile {
  readonly head: StateHead;
  readonly count: number;
  /** In the order of keys, from the block on in which `from` may be. */
  records(from: string): Iterator<SyncedFile>;
  close(): void;
}

interface Block {
  readonly at: number;
  readonly bytes: number;
  readonly firstKey: string;
}

/** Null when there is none, or when it is torn, foreign or of another version: then it is as if nothing had been synced. */
export function openStateFile(dir: string): StateFile | null {
  let fd: number;
  try {
    fd = openSync(join(dir, NAME), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return null;
  }
  try {
    const checked = check(fd);
    if (checked !== null) return { head: checked.head, count: checked.count, records: (from) => read(fd, checked.blocks, from), close: () => closeSync(fd) };
  } catch {
    // Cut off within a number: as torn as any other.
  }
  closeSync(fd);
  return null;
}

function check(fd: number): { readonly head: StateHead; readonly count: number; readonly blocks: readonly Block[] } | null {
  const start = bytesAt(fd, 0, MAGIC.length + 8);
  if (start === null || !start.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const headBytes = start.readUInt32LE(MAGIC.length);
  const text = headBytes > BLOCK_BYTES ? null : bytesAt(fd, MAGIC.length + 8, headBytes);
  if (text === null || crc32c(text) !== start.readUInt32LE(MAGIC.length + 4)) return null;
  const blocks: Block[] = [];
  let at = MAGIC.length + 8 + headBytes;
  let count = 0;
  for (;;) {
    const blockHead = bytesAt(fd, at, BLOCK_HEAD_BYTES);
    if (blockHead === null) return null;
    const bytes = blockHead.readUInt32LE(0);
    const records = blockHead.readUInt32LE(4);
    // The end says how many there must be: a file cut between two blocks is torn too.
    if (bytes === 0) return records === count % 0x1_0000_0000 && blockHead.readUInt32LE(8) === crc32c(blockHead.subarray(0, 8)) ? { head: JSON.parse(text.toString('utf8')) as StateHead, count, blocks } : null;
    const payload = bytes > BLOCK_BYTES + RECORD_MAX_BYTES ? null : bytesAt(fd, at + BLOCK_HEAD_BYTES, bytes);
    if (payload === null || crc32c(payload) !== blockHead.readUInt32LE(8)) return null;
    blocks.push({ at: at + BLOCK_HEAD_BYTES, bytes, firstKey: new RecordReader(payload).next().key });
    count += records;
    at += BLOCK_HEAD_BYTES + bytes;
  }
}

function* read(fd: number, blocks: readonly Block[], from: string): Generator<SyncedFile> {
  // JavaScript's order of texts is good enough here: it only has to begin early enough, and differs for rare characters alone.
  let first = 0;
  while (first + 1 < blocks.length && isPlain(from) && isPlain(blocks[first + 1]?.firstKey ?? '') && (blocks[first + 1]?.firstKey ?? '') < from) first += 1;
  for (const block of blocks.slice(first)) {
    const payload = bytesAt(fd, block.at, block.bytes);
    if (payload === null) throw new Error('The state file became shorter while it was read.');
    const reader = new RecordReader(payload);
    while (!reader.done) yield reader.next();
  }
}

function isPlain(text: string): boolean {
  return !/[\ud800-\uffff]/.test(text);
}

function bytesAt(fd: number, at: number, length: number): Buffer | null {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const got = readSync(fd, buffer, done, length - done, at + done);
    if (got === 0) return null;
    done += got;
  }
  return buffer;
}

/** Replaces the state by these records, which come in the order of keys: a reader sees the old file or the new one, also after a power cut. */
export function replaceStateFile(dir: string, head: StateHead, records: Iterator<SyncedFile>): void {
  const temporary = join(dir, `${NAME}.tmp`);
  const fd = openSync(temporary, 'w', 0o600);
  try {
    const text = Buffer.from(JSON.stringify(head));
    const start = Buffer.alloc(8);
    start.writeUInt32LE(text.length, 0);
    start.writeUInt32LE(crc32c(text), 4);
    writeAll(fd, Buffer.concat([MAGIC, start, text]));
    writeBlocks(fd, records);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, join(dir, NAME));
  syncDirectory(dir);
}

function writeBlocks(fd: number, records: Iterator<SyncedFile>): void {
  const buffer = Buffer.allocUnsafe(BLOCK_HEAD_BYTES + BLOCK_BYTES + RECORD_MAX_BYTES);
  let at = BLOCK_HEAD_BYTES;
  let inBlock = 0;
  let total = 0;
  let last = '';
  const flush = (): void => {
    if (inBlock === 0) return;
    buffer.writeUInt32LE(at - BLOCK_HEAD_BYTES, 0);
    buffer.writeUInt32LE(inBlock, 4);
    buffer.writeUInt32LE(crc32c(buffer.subarray(BLOCK_HEAD_BYTES, at)), 8);
    writeAll(fd, buffer.subarray(0, at));
    at = BLOCK_HEAD_BYTES;
    inBlock = 0;
    last = '';
  };
  for (let one = records.next(); one.done !== true; one = records.next()) {
    at = writeRecord(buffer, at, one.value, sharedLength(last, one.value.key));
    last = one.value.key;
    inBlock += 1;
    total += 1;
    if (at >= BLOCK_BYTES) flush();
  }
  flush();
  const end = Buffer.alloc(BLOCK_HEAD_BYTES);
  end.writeUInt32LE(total % 0x1_0000_0000, 4);
  end.writeUInt32LE(crc32c(end.subarray(0, 8)), 8);
  writeAll(fd, end);
}

/** A write may take less than it was given. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** Makes a rename last. Windows cannot open a folder for that, and does not need it. */
function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
