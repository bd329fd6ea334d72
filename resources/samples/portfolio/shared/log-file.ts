import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keepLog } from './service.ts';

const MAX_BYTES = 4 * 1024 * 1024;
/** What may wait for a slow disk; beyond it lines are left out, and the next one says how many. */
const MAX_WAITING = 10_000;

/** Keeps the log of a service in `<folder>/<service>.log` as well. Past 4 MiB it begins anew, with the one before beside it as `.log.1`. */
export class LogFile {
  private readonly folder: string;
  private readonly path: string;
  private waiting: string[] = [];
  private leftOut = 0;
  private writing: Promise<void> | null = null;

  private constructor(folder: string, service: string) {
    this.folder = folder;
    this.path = join(folder, `${service}.log`);
  }

  static keep(folder: string, service: string): LogFile {
    const file = new LogFile(folder, service);
    keepLog((line) => file.add(line));
    return file;
  }

  /** Resolves when everything that was said so far is in the file. */
  async written(): Promise<void> {
    while (this.writing !== null) await this.writing;
  }

  private add(line: string): void {
    if (this.waiting.length >= MAX_WAITING) this.leftOut += 1;
    else this.waiting.push(line);
    this.writing ??= this.write().finally(() => (this.writing = null));
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const lines = this.waiting.splice(0);
      if (this.leftOut > 0) lines.push(`${new Date().toISOString()} ${this.leftOut} lines were left out\n`);
      this.leftOut = 0;
      try {
        await mkdir(this.folder, { recursive: true });
        const sizeBytes = await stat(this.path).then((stats) => stats.size, () => 0);
        if (sizeBytes > MAX_BYTES) await rename(this.path, `${this.path}.1`);
        await appendFile(this.path, lines.join(''));
      } catch (error) {
        // The log on stdout goes on; a full disk must not end the service.
        process.stdout.write(`${new Date().toISOString()} the log file was not written: ${String(error)}\n`);
      }
    }
  }
}
