import { randomBytes } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { describeRow } from '@shared/domain/operations/journal';
import type { Operation } from '@shared/domain/operations/operation';
import { startable } from '@shared/domain/operations/queue';
import { executeOperation, recoverOperation } from './execute';
import { LiveOperation, type OperationDeps } from './live-operation';
import type { OperationFilter, OperationKind, Operations, RecoveredOperation } from './types';

const MAX_PARALLEL = 4;

/** Opens the queue over what the store holds: operations a crash left wait for `recover`, and hold their key until then. */
export async function createOperations(deps: OperationDeps, options: { readonly maxParallel?: number } = {}): Promise<Operations> {
  const queue = new OperationQueue(deps, options.maxParallel ?? MAX_PARALLEL);
  queue.load(await deps.store.openOperations());
  return queue;
}

class OperationQueue implements Operations {
  private readonly kinds = new Map<string, OperationKind>();
  private readonly live = new Map<string, LiveOperation>();
  /** Ids, first come first served. */
  private waiting: string[] = [];
  private readonly running = new Map<string, Promise<void>>();
  private readonly interrupted = new Set<string>();
  /** Queued by an earlier process: started only once `recover` was called, when every kind is registered. */
  private readonly held = new Set<string>();
  private recovering: Promise<readonly RecoveredOperation[]> | null = null;
  private closing = false;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly deps: OperationDeps,
    private readonly maxParallel: number,
  ) {}

  load(open: readonly Operation[]): void {
    for (const operation of open) {
      this.live.set(operation.id, new LiveOperation(operation, this.deps));
      if (operation.state === 'queued') {
        this.waiting.push(operation.id);
        this.held.add(operation.id);
      } else this.interrupted.add(operation.id);
    }
  }

  register(kind: OperationKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The operation ${kind.kind} is registered twice.`);
    this.kinds.set(kind.kind, kind);
  }

  async enqueue(kindName: string, given: JsonObject): Promise<Operation> {
    const kind = this.kinds.get(kindName);
    if (kind === undefined) throw new AppError('not-found', `There is no operation "${kindName}".`);
    if (this.closing) throw new AppError('busy', 'Berth is being closed.', { hint: 'Start it again, then repeat this.' });
    const input = kind.prepare === undefined ? given : await kind.prepare(given);
    const operation: Operation = {
      id: newOperationId(this.deps.clock.now()),
      kind: kindName,
      key: kind.key(input),
      title: kind.title(input),
      projectId: kind.projectId(input),
      state: 'queued',
      progress: { step: 0, of: 0, message: 'Waiting' },
      input,
      result: null,
      error: null,
      cancellable: true,
      createdAt: new Date(this.deps.clock.now()).toISOString(),
      startedAt: null,
      finishedAt: null,
    };
    const live = new LiveOperation(operation, this.deps);
    // Its place in the line is taken before the disk is asked, so that first come stays first served.
    this.live.set(operation.id, live);
    this.waiting.push(operation.id);
    this.held.add(operation.id);
    try {
      await this.deps.failpoints.hit('operation.enqueue', 'before');
      await live.save({});
      await this.deps.failpoints.hit('operation.enqueue', 'after-result');
    } catch (error) {
      this.waiting = this.waiting.filter((id) => id !== operation.id);
      this.forget(live);
      throw error;
    } finally {
      this.held.delete(operation.id);
    }
    this.pump();
    return operation;
  }

  async get(id: string): Promise<Operation> {
    const operation = this.live.get(id)?.operation ?? (await this.deps.store.getOperation(id));
    if (operation === null) throw new AppError('operation-not-found', `There is no operation ${id}.`, { hint: 'See `berth operations list`.' });
    return operation;
  }

  async list(filter: OperationFilter): Promise<readonly Operation[]> {
    const stored = await this.deps.store.listOperations(filter);
    // The store has states; memory also has the progress of this moment.
    return stored.map((operation) => this.live.get(operation.id)?.operation ?? operation);
  }

  async steps(id: string): ReturnType<Operations['steps']> {
    await this.get(id);
    const rows = await this.deps.store.journal(id);
    return rows.map((row) => ({ seq: row.seq, name: row.name, phase: row.phase, at: row.at, text: describeRow(row) }));
  }

  async logOf(id: string): Promise<readonly string[]> {
    await this.get(id);
    await this.live.get(id)?.flushLog();
    return this.deps.store.log(id);
  }

  async cancel(id: string): Promise<Operation> {
    const live = this.live.get(id);
    if (live === undefined || live.ended) {
      const ended = await this.get(id);
      throw new AppError('input-invalid', `"${ended.title}" has already ended.`, ended.state === 'succeeded' ? { hint: 'Run the opposite to undo it, for example switch back.' } : {});
    }
    if (this.waiting.includes(id)) {
      this.waiting = this.waiting.filter((one) => one !== id);
      live.cancelRequested = true;
      await live.save({ state: 'cancelled', cancellable: false, error: { code: 'cancelled', message: 'Cancelled before it started.' }, finishedAt: new Date(this.deps.clock.now()).toISOString() });
      this.forget(live);
      this.pump();
      return live.operation;
    }
    if (live.committing || live.committed) throw new AppError('input-invalid', `"${live.operation.title}" is already committed.`, { hint: 'Let it end, then switch back instead.' });
    if (this.interrupted.has(id) || live.operation.state === 'rolling-back') return live.operation;
    live.cancelRequested = true;
    live.progress({ message: 'Cancelling' });
    live.abort.abort();
    return live.operation;
  }

  async retry(id: string): Promise<Operation> {
    const operation = await this.get(id);
    if (operation.state === 'succeeded') throw new AppError('input-invalid', `"${operation.title}" succeeded; there is nothing to repeat.`);
    if (this.live.get(id)?.ended === false) throw new AppError('busy', `"${operation.title}" has not ended yet.`, { hint: 'Wait for it, or cancel it first.' });
    // A repeated operation is planned anew: the plan it was bound to describes a state that is gone.
    const { planId: _stale, ...input } = operation.input as JsonObject;
    return this.enqueue(operation.kind, input);
  }

  async wait(id: string, timeoutMs: number): Promise<Operation> {
    const live = this.live.get(id);
    if (live === undefined || live.ended) return this.get(id);
    await new Promise<void>((resolve) => {
      const stop = live.onEnd(done);
      const timer = setTimeout(done, Math.min(timeoutMs, 2 ** 31 - 1));
      function done(): void {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
    return live.operation;
  }

  recover(): Promise<readonly RecoveredOperation[]> {
    this.recovering ??= this.recoverAll().finally(() => {
      this.recovering = null;
    });
    return this.recovering;
  }

  private async recoverAll(): Promise<readonly RecoveredOperation[]> {
    const outcomes = await Promise.all(
      [...this.interrupted].map(async (id): Promise<RecoveredOperation | null> => {
        const live = this.live.get(id);
        if (live === undefined) return null;
        const work = recoverOperation(live, this.kinds.get(live.operation.kind), this.deps);
        this.running.set(id, work);
        await work;
        this.running.delete(id);
        if (live.ended) {
          this.interrupted.delete(id);
          this.forget(live);
        }
        const { kind, title, state, error } = live.operation;
        return { id, kind, title, state, error };
      }),
    );
    this.held.clear();
    await this.saveUnsaved();
    this.pump();
    this.announceIdle();
    return outcomes.filter((one) => one !== null);
  }

  async whenIdle(): Promise<void> {
    while (this.isBusy()) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  async shutdown(graceMs: number): Promise<void> {
    this.closing = true;
    for (const id of this.running.keys()) {
      const live = this.live.get(id);
      if (live !== undefined && !live.committing && !live.committed) live.abort.abort();
    }
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled([...this.running.values()]), deadline]);
    clearTimeout(timer);
    await this.saveUnsaved();
  }

  /** Ends that could not be written when they came (a full disk) are written when there is a chance again. */
  private async saveUnsaved(): Promise<void> {
    for (const live of this.live.values()) {
      if (!live.isUnsaved) continue;
      const saved = await live.save({}).then(() => true, () => false);
      if (!saved) continue;
      live.isUnsaved = false;
      this.live.delete(live.operation.id);
    }
  }

  private isBusy(): boolean {
    return this.running.size > 0 || this.waiting.some((id) => !this.held.has(id) && !this.keyIsInterrupted(id));
  }

  private keyIsInterrupted(id: string): boolean {
    const key = this.live.get(id)?.operation.key;
    return [...this.interrupted].some((one) => this.live.get(one)?.operation.key === key);
  }

  private pump(): void {
    if (this.closing) return;
    const items = this.waiting.flatMap((id) => {
      const live = this.live.get(id);
      return live === undefined ? [] : [{ id, key: live.operation.key }];
    });
    const busy = new Set([...this.running.keys(), ...this.interrupted].flatMap((id) => this.live.get(id)?.operation.key ?? []));
    // One that is held keeps its place: those of its key behind it wait as well.
    const ids = startable(items, busy, this.running.size, this.maxParallel).filter((id) => !this.held.has(id));
    for (const id of ids) this.start(id);
  }

  private start(id: string): void {
    const live = this.live.get(id);
    if (live === undefined) return;
    this.waiting = this.waiting.filter((one) => one !== id);
    const kind = this.kinds.get(live.operation.kind);
    const work = (kind === undefined ? recoverOperation(live, kind, this.deps) : executeOperation(live, kind, this.deps)).catch((error: unknown) =>
      this.deps.logger.error('An operation could not be ended', { operationId: id, error }),
    );
    this.running.set(id, work);
    void work.then(() => {
      this.running.delete(id);
      if (live.ended) this.forget(live);
      else this.interrupted.add(id);
      this.pump();
      this.announceIdle();
    });
  }

  private forget(live: LiveOperation): void {
    // One whose end is not on disk is remembered here, or it would seem to run for ever.
    if (!live.isUnsaved) this.live.delete(live.operation.id);
    live.announceEnd();
  }

  private announceIdle(): void {
    if (this.isBusy()) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const waiter of waiters) waiter();
  }
}

/** Sorts by time, unguessable enough not to collide: `op_` and 18 letters and digits. */
function newOperationId(nowMs: number): string {
  return `op_${nowMs.toString(36).padStart(9, '0')}${BigInt(`0x${randomBytes(6).toString('hex')}`).toString(36).padStart(10, '0').slice(-9)}`;
}
