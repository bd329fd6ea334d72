import { Worker } from 'node:worker_threads';
import { workerEntry } from '../entries';
import type { TreeDefinitions } from './content-parser';
import type { ContentWork } from './content-work';
import type { CompareAnswer, CompareJob, ReadFileAnswer } from './protocol';

const THREAD_MIB = 256;
/** Its short-lived values: what a batch needs at once. */
const THREAD_YOUNG_MIB = 12;
/** A file of the largest size takes a second; a busy machine ten times that. */
const BATCH_MS = 30_000;
/** A batch in work, and one that waits for its end. */
const AHEAD = 2;

/** What one batch is about. */
export type ContentCall = { readonly root: string; readonly paths: readonly string[] } | { readonly root: string; readonly job: CompareJob };

/** What a batch comes to. */
export interface ContentAnswers {
  readonly files?: readonly ReadFileAnswer[];
  readonly compared?: CompareAnswer;
}

/** Reads and compares batches of files, here or in threads. */
export interface ContentPool {
  /** 0: it works here, and others wait. */
  readonly threads: number;
  /** Kinds that the tree defines itself, and which contents need not be told again, from here on. */
  begin(definitions: TreeDefinitions, known: ReadonlyMap<string, unknown>): void;
  /** Resolves once another batch may come. */
  free(): Promise<void>;
  /** Rejects when a thread dies. */
  run(call: ContentCall): Promise<ContentAnswers>;
  close(): Promise<void>;
}

/** What a batch comes to, wherever it is run. */
export function answersTo(work: ContentWork, call: ContentCall): ContentAnswers {
  return 'paths' in call ? { files: work.read(call.root, call.paths) } : { compared: work.compare(call.root, call.job) };
}

/** A pool of this one thread. */
export function inlinePool(parser: { define(definitions: TreeDefinitions): void }, work: ContentWork): ContentPool {
  return {
    threads: 0,
    begin: (definitions, known) => {
      parser.define(definitions);
      work.begin(known);
    },
    free: () => Promise.resolve(),
    run: (call) => Promise.resolve(answersTo(work, call)),
    close: () => Promise.resolve(),
  };
}

/** What a thread is told at its start. */
export interface ThreadData {
  readonly schemaFile: string;
  readonly readingFile: string;
  readonly slot: number;
}

export type ThreadCall = { readonly call: ContentCall } | { readonly definitions: TreeDefinitions; readonly known: readonly string[] };
/** `ContentAnswers` as JSON: one text is handed from thread to thread at a fraction of what many small objects take. Answers come in the order of the calls. */
export type ThreadAnswer = string;

interface Running {
  readonly resolve: (answers: ContentAnswers) => void;
  readonly timer: NodeJS.Timeout;
}

/** A thread with what it works at, the oldest first. */
class Thread {
  readonly running: Running[] = [];
  readonly worker: Worker;

  constructor(data: ThreadData, onDied: () => void, onFree: () => void) {
    this.worker = new Worker(workerEntry('manifest-thread'), { workerData: data, resourceLimits: { maxOldGenerationSizeMb: THREAD_MIB, maxYoungGenerationSizeMb: THREAD_YOUNG_MIB } });
    this.worker.on('message', (answer: ThreadAnswer) => {
      const running = this.running.shift();
      clearTimeout(running?.timer);
      onFree();
      running?.resolve(JSON.parse(answer) as ContentAnswers);
    });
    this.worker.on('error', onDied);
    this.worker.on('exit', onDied);
  }

  run(call: ContentCall, onLate: () => void): Promise<ContentAnswers> {
    return new Promise((resolve) => {
      this.running.push({ resolve, timer: setTimeout(onLate, BATCH_MS) });
      this.worker.postMessage({ call } satisfies ThreadCall);
    });
  }
}

/** A pool of threads. One that dies ends the whole process: what it died of is in its mark, and whoever started us begins again without it. */
export function threadPool(count: number, data: Omit<ThreadData, 'slot'>, onDied: () => void): ContentPool {
  let isClosing = false;
  let waiting: (() => void)[] = [];
  const died = (): void => {
    if (!isClosing) onDied();
  };
  const freed = (): void => {
    const now = waiting;
    waiting = [];
    for (const one of now) one();
  };
  const threads = Array.from({ length: count }, (_, index) => new Thread({ ...data, slot: index + 1 }, died, freed));
  const idlest = (): Thread | undefined => threads.reduce<Thread | undefined>((best, one) => (best === undefined || one.running.length < best.running.length ? one : best), undefined);
  return {
    threads: count,
    begin: (definitions, known) => {
      const call: ThreadCall = { definitions, known: [...known.keys()] };
      for (const { worker } of threads) worker.postMessage(call);
    },
    free: async () => {
      while ((idlest()?.running.length ?? 0) >= AHEAD) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    run: (call) => idlest()?.run(call, died) ?? Promise.resolve({}),
    close: async () => {
      isClosing = true;
      for (const { running } of threads) for (const { timer } of running) clearTimeout(timer);
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
