import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@shared/kernel/clock';
import type { Redactor } from './redact';
import type { Logger } from './types';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const MAX_FILE_BYTES = 5 * 1024 * 1024;
const KEPT_FILES = 3;
/** Lines that wait for the disk; beyond it the oldest are dropped and counted rather than eating memory. */
const MAX_WAITING_LINES = 5_000;

export interface FileLogger extends Logger {
  /** Resolves when everything logged so far is in the file. Never rejects: a full disk must not stop Berth. */
  flush(): Promise<void>;
}

/** One JSON object a line in `<folder>/berth.log`, rotated by size, redacted at this sink and nowhere before. */
export function createFileLogger(options: { folder: string; level: LogLevel; clock: Clock; redactor: Redactor; maxFileBytes?: number }): FileLogger {
  const file = join(options.folder, 'berth.log');
  const limit = options.maxFileBytes ?? MAX_FILE_BYTES;
  let waiting: string[] = [];
  let dropped = 0;
  let sizeBytes = -1;
  let writing: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      if (dropped > 0) lines.unshift(`${JSON.stringify({ at: new Date(options.clock.now()).toISOString(), level: 'warn', message: `${dropped} log lines were dropped` })}\n`);
      dropped = 0;
      const text = lines.join('');
      try {
        if (sizeBytes < 0) {
          await mkdir(options.folder, { recursive: true, mode: 0o700 });
          sizeBytes = await stat(file).then((status) => status.size, () => 0);
        }
        if (sizeBytes > 0 && sizeBytes + text.length > limit) {
          for (let n = KEPT_FILES - 1; n >= 1; n -= 1) await rename(n === 1 ? file : `${file}.${n - 1}`, `${file}.${n}`).catch(() => undefined);
          sizeBytes = 0;
        }
        await appendFile(file, text, { mode: 0o600 });
        sizeBytes += Buffer.byteLength(text);
      } catch {
        // Nowhere left to say it: the log is the place where failures of this kind would go.
      }
    }
    writing = null;
  }

  function write(level: LogLevel, message: string, fields: { readonly [key: string]: unknown } | undefined): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
    const record = { at: new Date(options.clock.now()).toISOString(), level, pid: process.pid, message: options.redactor.text(message), ...(fields === undefined ? {} : { fields: options.redactor.value(fields) }) };
    if (waiting.length >= MAX_WAITING_LINES) {
      waiting.shift();
      dropped += 1;
    }
    waiting.push(`${JSON.stringify(record)}\n`);
    writing ??= drain();
  }

  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    async flush() {
      while (writing !== null) await writing;
    },
  };
}

/** A logger that keeps nothing, for tests and for `--help`. */
export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
