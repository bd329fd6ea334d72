import { closeSync, fsync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import { crc32c } from './crc32c';
import { RECORD_MAX_BYTES, RecordReader, writeRecord, writeVarint } from './state-format';
import { writeAll } from './state-file';

const NAME = 'journal.v1';
const MAGIC = 'BERTHSJ1';
const HEAD_BYTES = 8;

/** What happened since the state file was written. */
export type JournalEntry =
  /** Is there as described. */
  | { readonly kind: 'put'; readonly file: SyncedFile }
  /** Is not there any more, or no longer ours to know. */
  | { readonly kind: 'forget'; readonly key: string }
  /** Is about to be written; it may be there with this ETag. */
  | { readonly kind: 'intent'; readonly key: string; readonly etag: string }
  /** Changes begin, and are all written down. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly listedAtMs: number };

const KINDS = ['put', 'forget', 'intent', 'begin', 'end'] as const;

/** An append-only file beside the state file it belongs to. A record is with the system when its call returns, so that a killed process loses none. */
export interface Journal {
  readonly bytes: number;
  append(entry: JournalEntry): void;
  /** Begins to make it last over a power cut; nobody waits for that. */
  settle(): void;
  close(): void;
}

/** What a journal of this generation has, up to the first record that is torn; and the journal, to go on with. `torn`: something was cut off. */
export function openJournal(dir: string, generation: string): { readonly entries: readonly JournalEntry[]; readonly torn: boolean; readonly journal: Journal } {
  const path = join(dir, NAME);
  const head = Buffer.from(`${MAGIC}${generation}\n`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    bytes = Buffer.alloc(0);
  }
  const ours = bytes.subarray(0, head.length).equals(head);
  const { entries, end } = ours ? readEntries(bytes, head.length) : { entries: [], end: 0 };
  const fd = openSync(path, ours ? 'r+' : 'w', 0o600);
  if (ours) ftruncateSync(fd, end);
  closeSync(fd);
  return { entries, torn: ours && end < bytes.length, journal: appendTo(path, ours ? end : 0, head) };
}

function appendTo(path: string, length: number, head: Buffer): Journal {
  const fd = openSync(path, 'a', 0o600);
  let bytes = length;
  if (length === 0) {
    writeAll(fd, head);
    bytes = head.length;
  }
  const buffer = Buffer.allocUnsafe(HEAD_BYTES + 2 * RECORD_MAX_BYTES);
  return {
    get bytes() {
      return bytes;
    },
    append(entry) {
      const end = writeEntry(buffer, HEAD_BYTES, entry);
      buffer.writeUInt32LE(end - HEAD_BYTES, 0);
      buffer.writeUInt32LE(crc32c(buffer.subarray(HEAD_BYTES, end)), 4);
      writeAll(fd, buffer.subarray(0, end));
      bytes += end;
    },
    settle: () => fsync(fd, () => undefined),
    close: () => closeSync(fd),
  };
}

function writeEntry(buffer: Buffer, at: number, entry: JournalEntry): number {
  buffer[at] = KINDS.indexOf(entry.kind);
  const offset = at + 1;
  switch (entry.kind) {
    case 'put':
      return writeRecord(buffer, offset, entry.file, 0);
    case 'forget':
      return writeText(buffer, offset, entry.key);
    case 'intent':
      return writeText(buffer, writeText(buffer, offset, entry.key), entry.etag);
    case 'begin':
      return offset;
    case 'end':
      return writeText(buffer, offset, String(entry.listedAtMs));
  }
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const offset = writeVarint(buffer, at, Buffer.byteLength(text));
  return offset + buffer.write(text, offset, 'utf8');
}

function readEntries(bytes: Buffer, from: number): { readonly entries: readonly JournalEntry[]; readonly end: number } {
  const entries: JournalEntry[] = [];
  let at = from;
  while (at + HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (length === 0 || payload.length < length || crc32c(payload) !== bytes.readUInt32LE(at + 4)) break;
    entries.push(readEntry(payload));
    at += HEAD_BYTES + length;
  }
  return { entries, end: at };
}

function readEntry(payload: Buffer): JournalEntry {
  const reader = new RecordReader(payload.subarray(1));
  const kind = KINDS[payload[0] as number];
  switch (kind) {
    case 'put':
      return { kind, file: reader.next() };
    case 'forget':
      return { kind, key: reader.text() };
    case 'intent':
      return { kind, key: reader.text(), etag: reader.text() };
    case 'end':
      return { kind, listedAtMs: Number(reader.text()) };
    default:
      return { kind: 'begin' };
  }
}
