import { createHash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { composeInvalid } from '@shared/domain/compose/refusals';
import type { WireDocument, WireResult } from '@shared/domain/compose/wire-tree';
import { ChildWorker, ChildWorkerError, type ChildSpawner } from '../platform/child-worker';
import { workerEntry } from '../platform/entries';
import { readProjectFile } from '../platform/files';

const CACHE_MAX = 128;
/** A file this small parses in milliseconds; if it is late, the machine was busy, and it gets a second chance. */
const SMALL_BYTES = 64 * 1024;

/** Reads YAML files through the parser process; what a content means is kept, so that an unchanged file is parsed once. */
export class YamlReader {
  private readonly worker: ChildWorker;
  private readonly cache = new Map<string, readonly WireDocument[]>();

  constructor(spawn: ChildSpawner | undefined) {
    this.worker = new ChildWorker({ entry: workerEntry('parser-process'), name: 'Berth YAML parser', memoryMiB: 256, deadlineMs: 1000, startDeadlineMs: 20_000, spawn });
  }

  /** Rejects with `compose-not-found`, `file-unreadable` or `compose-invalid` with the line. */
  async read(file: string): Promise<readonly WireDocument[]> {
    const bytes = await readProjectFile(file);
    const key = createHash('sha256').update(bytes).digest('base64');
    const known = this.cache.get(key);
    if (known !== undefined) {
      this.cache.delete(key);
      this.cache.set(key, known);
      return known;
    }
    const documents = await this.readBytes(bytes, file);
    this.cache.set(key, documents);
    const oldest = this.cache.keys().next();
    if (this.cache.size > CACHE_MAX && oldest.done !== true) this.cache.delete(oldest.value);
    return documents;
  }

  /** The same for what is not on the disk; it is parsed each time. */
  async readBytes(bytes: Uint8Array, file: string): Promise<readonly WireDocument[]> {
    const result = JSON.parse(await this.parse(bytes, file)) as WireResult;
    if (!result.ok) throw composeInvalid(result.message, { file, ...(result.line === undefined ? {} : { line: result.line, column: result.column ?? 1 }) });
    return result.documents;
  }

  /** Starts the parser ahead of the first file. */
  warm(): void {
    this.worker.warm();
  }

  close(): void {
    this.worker.close();
  }

  private async parse(bytes: Uint8Array, file: string): Promise<string> {
    try {
      return await this.worker.request(bytes);
    } catch (first) {
      if (!(first instanceof ChildWorkerError)) throw first;
      if (first.reason === 'deadline' && bytes.length <= SMALL_BYTES) {
        try {
          return await this.worker.request(bytes);
        } catch (second) {
          throw second instanceof ChildWorkerError ? workerError(second, file) : second;
        }
      }
      throw workerError(first, file);
    }
  }
}

function workerError(error: ChildWorkerError, file: string): AppError {
  switch (error.reason) {
    case 'closed':
      return new AppError('cancelled', 'Berth is closing.');
    case 'deadline':
      return composeInvalid('The file takes more than a second to parse, so it was given up.', { file }, 'A compose file of usual size parses in milliseconds: look for very many keys or aliases.');
    case 'died':
      return composeInvalid('The file cannot be parsed: it is nested too deeply or needs too much memory.', { file });
  }
}
