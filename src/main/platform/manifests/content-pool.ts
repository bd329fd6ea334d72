import { closeSync, openSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ManifestValue } from '@shared/domain/gitops/types';
import { workerEntry } from '../entries';
import type { ContentParser } from './content-parser';
import type { ContentJob, ContentResult } from './protocol';

/** As the scanner reads them again. */
const SLOT_BYTES = 4_200;
const THREAD_MIB = 256;
/** A file of the largest size takes a second; a busy machine ten times that. */
const BATCH_MS = 30_000;

/** Says in a file what is being parsed, so that whoever finds this process dead knows at what. */
export class ReadingMark {
  private readonly fd: number;

  constructor(
    file: string,
    private readonly slot: number,
  ) {
    this.fd = openSync(file, slot === 0 ? 'w' : 'r+', 0o600);
  }

  set(path: string): void {
    const line = Buffer.alloc(Math.min(SLOT_BYTES, Buffer.byteLength(path) + 1));
    line.write(path.slice(0, SLOT_BYTES), 'utf8');
    writeSync(this.fd, line, 0, line.length, this.slot * SLOT_BYTES);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Parses batches of contents, here or in threads. */
export interface ContentPool {
  readonly threads: number;
  /** Kinds that the tree defines itself, from here on. */
  define(definitions: readonly ManifestValue[]): void;
  /** Results in the order of the jobs. Rejects when a thread dies. */
  run(jobs: readonly ContentJob[]): Promise<readonly ContentResult[]>;
  close(): Promise<void>;
}

/** A pool of this one thread. */
export function inlinePool(parser: ContentParser, mark: ReadingMark): ContentPool {
  return {
    threads: 0,
    define: (definitions) => parser.define(definitions),
    run: (jobs) => Promise.resolve(runMarked(parser, mark, jobs)),
    close: () => Promise.resolve(),
  };
}

/** Runs jobs one after the other, each named before it begins. */
export function runMarked(parser: ContentParser, mark: ReadingMark, jobs: readonly ContentJob[]): readonly ContentResult[] {
  const results = jobs.map((job) => {
    mark.set(job.path);
    return parser.run(job);
  });
  mark.set('');
  return results;
}

/** What a thread is told at its start. */
export interface ThreadData {
  readonly schemaFile: string;
  readonly readingFile: string;
  readonly slot: number;
}

export type ThreadCall = { readonly id: number; readonly jobs: readonly ContentJob[] } | { readonly definitions: readonly ManifestValue[] };
export interface ThreadAnswer {
  readonly id: number;
  readonly results: readonly ContentResult[];
}

interface Running {
  readonly resolve: (results: readonly ContentResult[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A thread with what it works at. */
class Thread {
  readonly running = new Map<number, Running>();
  private lastId = 0;
  readonly worker: Worker;

  constructor(data: ThreadData, onDied: (thread: Thread) => void) {
    this.worker = new Worker(workerEntry('manifest-thread'), { workerData: data, resourceLimits: { maxOldGenerationSizeMb: THREAD_MIB } });
    this.worker.on('message', ({ id, results }: ThreadAnswer) => {
      const running = this.running.get(id);
      this.running.delete(id);
      clearTimeout(running?.timer);
      running?.resolve(results);
    });
    this.worker.on('error', () => onDied(this));
    this.worker.on('exit', () => onDied(this));
  }

  run(jobs: readonly ContentJob[], onLate: () => void): Promise<readonly ContentResult[]> {
    return new Promise((resolve, reject) => {
      this.lastId += 1;
      this.running.set(this.lastId, { resolve, reject, timer: setTimeout(onLate, BATCH_MS) });
      this.worker.postMessage({ id: this.lastId, jobs } satisfies ThreadCall, [...new Set(jobs.map(({ bytes }) => bytes.buffer as ArrayBuffer))]);
    });
  }
}

/** A pool of threads. One that dies ends the whole process: what it died of is in its mark, and whoever started us begins again without it. */
export function threadPool(count: number, data: Omit<ThreadData, 'slot'>, onDied: () => void): ContentPool {
  let isClosing = false;
  const died = (): void => {
    if (!isClosing) onDied();
  };
  const threads = Array.from({ length: count }, (_, index) => new Thread({ ...data, slot: index + 1 }, died));
  return {
    threads: count,
    define: (definitions) => {
      for (const { worker } of threads) worker.postMessage({ definitions } satisfies ThreadCall);
    },
    run: (jobs) => [...threads].sort((a, b) => a.running.size - b.running.size)[0]?.run(jobs, died) ?? Promise.resolve([]),
    close: async () => {
      isClosing = true;
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
