import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A record as it is kept: the newest value of its key. */
export interface StoredRecord {
  readonly key: string;
  readonly value: unknown;
  readonly storedAt: string;
}

interface Entry {
  readonly op: 'put' | 'delete';
  readonly key: string;
  readonly value?: unknown;
  readonly at: string;
}

interface Waiting {
  readonly line: string;
  readonly apply: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * An append-only log with an index in memory. One line is one change: `crc32 json`. A change counts once its line is on
 * disk; what waits at the same time is written and synced together. A line cut off at the end of the log, as a crash
 * leaves it, is dropped on open; a damaged line before that is an error, never skipped.
 */
export class RecordLog {
  private readonly records = new Map<string, StoredRecord>();
  private waiting: Waiting[] = [];
  private writing: Promise<void> | null = null;
  private sequence = 0;
  private handle: FileHandle;
  private broken: unknown = null;

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  static async open(folder: string): Promise<RecordLog> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'records.log');
    const handle = await open(path, 'a+', 0o640);
    const log = new RecordLog(handle);
    const goodBytes = await log.replay(path);
    const { size } = await handle.stat();
    if (size > goodBytes) await handle.truncate(goodBytes);
    await handle.sync();
    const directory = await open(folder, 'r');
    await directory.sync().finally(() => directory.close());
    return log;
  }

  get size(): number {
    return this.records.size;
  }

  get(key: string): StoredRecord | undefined {
    return this.records.get(key);
  }

  /** Records whose key starts with `prefix`, in the order of their keys. */
  list(prefix: string, offset: number, limit: number): { readonly total: number; readonly records: readonly StoredRecord[] } {
    const keys = [...this.records.keys()].filter((key) => key.startsWith(prefix)).sort();
    const records = keys.slice(offset, offset + limit).flatMap((key) => this.records.get(key) ?? []);
    return { total: keys.length, records };
  }

  /** A key nothing has, larger than every one handed out before. */
  nextKey(prefix: string): string {
    this.sequence += 1;
    return `${prefix}${String(this.sequence).padStart(12, '0')}`;
  }

  async put(key: string, value: unknown): Promise<StoredRecord> {
    const record: StoredRecord = { key, value, storedAt: new Date().toISOString() };
    await this.append({ op: 'put', key, value, at: record.storedAt });
    return record;
  }

  /** Returns false when there was no such record. */
  async delete(key: string): Promise<boolean> {
    if (!this.records.has(key)) return false;
    await this.append({ op: 'delete', key, at: new Date().toISOString() });
    return true;
  }

  async close(): Promise<void> {
    while (this.writing !== null) await this.writing;
    await this.handle.close();
  }

  private append(entry: Entry): Promise<void> {
    // After a failed write the end of the log is unknown: nothing more is promised until a restart has read it again.
    if (this.broken !== null) return Promise.reject(this.broken);
    const json = JSON.stringify(entry);
    return new Promise((resolve, reject) => {
      this.waiting.push({ line: `${checksum(json)} ${json}\n`, apply: () => this.apply(entry), done: resolve, failed: reject });
      this.writing ??= this.writeWaiting().finally(() => (this.writing = null));
    });
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.handle.appendFile(batch.map((one) => one.line).join(''));
        await this.handle.datasync();
      } catch (error) {
        this.broken = error;
        for (const one of [...batch, ...this.waiting]) one.failed(error);
        this.waiting = [];
        return;
      }
      for (const one of batch) {
        one.apply();
        one.done();
      }
    }
  }

  private apply(entry: Entry): void {
    if (entry.op === 'put') this.records.set(entry.key, { key: entry.key, value: entry.value, storedAt: entry.at });
    else this.records.delete(entry.key);
    const number = Number(/(\d{12})$/.exec(entry.key)?.[1] ?? '0');
    this.sequence = Math.max(this.sequence, number);
  }

  /** Reads the log and returns how many bytes of it are whole lines. */
  private async replay(path: string): Promise<number> {
    let goodBytes = 0;
    let lineNumber = 0;
    let damaged: string | null = null;
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        lineNumber += 1;
        if (damaged !== null) throw new Error(damaged);
        const entry = parseLine(rest.subarray(start, end).toString('utf8'));
        // A batch torn by a crash can end in a line that has its newline but not all of its bytes.
        if (entry === null) damaged = `${path} is damaged in line ${lineNumber}: restore it from a backup.`;
        else {
          this.apply(entry);
          goodBytes += end + 1 - start;
        }
        start = end + 1;
      }
      rest = Buffer.from(rest.subarray(start));
    }
    return goodBytes;
  }
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

function parseLine(line: string): Entry | null {
  const json = line.slice(9);
  return line[8] === ' ' && checksum(json) === line.slice(0, 8) ? (JSON.parse(json) as Entry) : null;
}
