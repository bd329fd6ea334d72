import { Worker } from 'node:worker_threads';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import { workerEntry } from '../platform/entries';
import type { SyncAnswer, SyncCall, SyncValue, SyncWorkerData } from './engine-protocol';
import type { SentFiles } from '@shared/domain/workspaces/volume-plan';
import type { SyncEngine, SyncEngineOptions, SyncPlan, SyncProgress, SyncReport, SyncWatchEvent } from './engine-types';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (value: SyncValue) => void;
  readonly reject: (error: AppError) => void;
  readonly onProgress: (progress: SyncProgress) => void;
}

/** An engine in a thread of its own; the thread starts with the first call. */
export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const thread = new SyncThread(options);
  return {
    run: async (request, onProgress, signal) => (await thread.call({ method: 'run', request }, onProgress, signal)) as SyncReport,
    plan: async (request, signal) => (await thread.call({ method: 'plan', request }, () => undefined, signal)) as SyncPlan,
    contents: async (scope) => (await thread.call({ method: 'contents', scope })) as SentFiles,
    watch: (request, onEvent) => thread.watch(request.workspace, onEvent),
    close: () => thread.close(),
  };
}

class SyncThread {
  private worker: Worker | null = null;
  private lastId = 0;
  private gone: AppErrorData | null = null;
  private ended: Promise<void> = Promise.resolve();
  private readonly waiting = new Map<number, Waiting>();
  private readonly watches = new Map<number, (event: SyncWatchEvent) => void>();

  constructor(private readonly options: SyncEngineOptions) {}

  async call(call: WithoutId<SyncCall>, onProgress: (progress: SyncProgress) => void = () => undefined, signal?: AbortSignal): Promise<SyncValue> {
    if (signal?.aborted === true) throw new AppError('cancelled', 'Cancelled.');
    const id = this.nextId();
    const cancel = (): void => this.post({ id: this.nextId(), method: 'cancel', of: id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.ask({ ...call, id } as SyncCall, onProgress);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async watch(workspace: string | null, onEvent: (event: SyncWatchEvent) => void): Promise<{ stop(): Promise<void> }> {
    const id = this.nextId();
    this.watches.set(id, onEvent);
    try {
      await this.ask({ id, method: 'watch', request: { workspace } });
    } catch (error) {
      this.watches.delete(id);
      throw error;
    }
    return {
      stop: async () => {
        if (!this.watches.delete(id) || this.gone !== null) return;
        await this.ask({ id: this.nextId(), method: 'unwatch', of: id });
        this.rest();
      },
    };
  }

  async close(): Promise<void> {
    if (this.worker !== null && this.gone === null) await this.ask({ id: this.nextId(), method: 'close' }).catch(() => undefined);
    await this.ended;
    this.gone ??= closed();
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  private ask(call: SyncCall, onProgress: (progress: SyncProgress) => void = () => undefined): Promise<SyncValue> {
    if (this.gone !== null) return Promise.reject(AppError.fromData(this.gone));
    return new Promise((resolve, reject) => {
      this.waiting.set(call.id, { resolve, reject, onProgress });
      this.start().ref();
      this.post(call);
    });
  }

  private post(call: SyncCall): void {
    if (this.gone === null) this.worker?.postMessage(call);
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(workerEntry('sync-worker'), { workerData: { options: this.options } satisfies SyncWorkerData });
    this.worker = worker;
    worker.on('message', (answer: SyncAnswer) => this.receive(answer));
    worker.on('error', (error) => this.fail({ code: 'internal', message: `The sync stopped: ${error.message}` }));
    this.ended = new Promise((resolve) =>
      worker.once('exit', () => {
        this.fail(closed());
        resolve();
      }),
    );
    return worker;
  }

  private receive(answer: SyncAnswer): void {
    if (answer.kind === 'event') {
      this.watches.get(answer.id)?.(answer.event);
      return;
    }
    const waiting = this.waiting.get(answer.id);
    if (answer.kind === 'progress') {
      waiting?.onProgress(answer.progress);
      return;
    }
    this.waiting.delete(answer.id);
    if (answer.kind === 'done') waiting?.resolve(answer.value);
    else waiting?.reject(AppError.fromData(answer.error));
    this.rest();
  }

  /** An engine that is asked nothing and watches nothing does not keep a finished command line alive. */
  private rest(): void {
    if (this.waiting.size === 0 && this.watches.size === 0) this.worker?.unref();
  }

  private fail(error: AppErrorData): void {
    this.gone ??= error;
    for (const one of this.waiting.values()) one.reject(AppError.fromData(this.gone));
    this.waiting.clear();
  }
}

function closed(): AppErrorData {
  return { code: 'cancelled', message: 'The sync engine is closed.' };
}
