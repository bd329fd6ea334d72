import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';
import { SETTINGS } from '@shared/domain/settings/settings';
import type { OperationLimits } from '@main/platform/types';
import { executeOperation, recoverOperation } from './execute';
import { LiveOperation, type OperationDeps } from './live-operation';
import { newOperation } from './new-operation';
import { OperationReader } from './operation-reader';
import { Tally } from './tally';
import type { EnqueueOptions, OperationFilter, OperationKind, Operations, PlanDocument, RecoveredOperation } from './types';
import { WaitingLine } from './waiting-line';

const MAX_PARALLEL = 4;
/** Ends between two prunings, so that it does not run after every one. */
const PRUNE_SLACK = 50;

const DEFAULT_LIMITS: OperationLimits = {
  keepCount: SETTINGS['operations.keepCount'].default,
  keepDays: SETTINGS['operations.keepDays'].default,
  keepFailedDays: SETTINGS['operations.keepFailedDays'].default,
};

/** Opens the queue over what the store holds: operations a crash left wait for `recover`, and hold their key until then. */
export async function createOperations(deps: OperationDeps, options: { readonly maxParallel?: number } = {}): Promise<Operations> {
  const queue = new OperationQueue(deps, options.maxParallel ?? MAX_PARALLEL);
  await queue.load(await deps.store.openOperations());
  return queue;
}

class OperationQueue implements Operations {
  private readonly kinds = new Map<string, OperationKind>();
  private readonly live = new Map<string, LiveOperation>();
  private readonly line: WaitingLine;
  private readonly tally: Tally;
  private readonly reader: OperationReader;
  /** Being added, by their key against doubles. */
  private readonly arriving = new Map<string, Promise<Operation>>();
  private endsSincePrune = 0;
  private isPaused = false;
  private readonly running = new Map<string, Promise<void>>();
  private readonly interrupted = new Set<string>();
  private recovering: Promise<readonly RecoveredOperation[]> | null = null;
  private closing = false;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly deps: OperationDeps,
    private readonly maxParallel: number,
  ) {
    this.tally = new Tally(deps.clock);
    this.reader = new OperationReader(deps.store, this.live);
    this.line = new WaitingLine({
      clock: deps.clock,
      engineReady: deps.engineReady,
      store: deps.store,
      liveOf: (id) => this.live.get(id),
      needsEngine: (kind) => this.kinds.get(kind)?.needsEngine !== false,
      wake: () => this.pump(),
    });
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Queued ones of an earlier process are held: they start once `recover` was called, when every kind is registered. */
  async load(open: readonly Operation[]): Promise<void> {
    for (const operation of open) {
      this.live.set(operation.id, new LiveOperation(operation, this.deps, true));
      if (operation.state === 'queued') this.line.add(operation.id, true);
      else this.interrupted.add(operation.id);
    }
    for (const operation of open) if (this.line.has(operation.id)) await this.line.learnDependencies(operation.id);
  }

  register(kind: OperationKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The operation ${kind.kind} is registered twice.`);
    this.kinds.set(kind.kind, kind);
  }

  enqueue(kindName: string, given: JsonObject, options: EnqueueOptions = {}): Promise<Operation> {
    const { dedupeKey } = options;
    if (dedupeKey === undefined) return this.add(kindName, given, options);
    // Nothing is awaited between looking and reserving: two that ask at once get the same operation.
    const open = this.arriving.get(dedupeKey) ?? this.openWith(dedupeKey);
    if (open !== undefined) {
      this.tally.count('deduplicated');
      return Promise.resolve(open);
    }
    const added = this.add(kindName, given, options).finally(() => this.arriving.delete(dedupeKey));
    this.arriving.set(dedupeKey, added);
    return added;
  }

  private openWith(dedupeKey: string): Operation | undefined {
    for (const live of this.live.values()) if (live.operation.dedupeKey === dedupeKey && !live.ended) return live.operation;
    return undefined;
  }

  private async add(kindName: string, given: JsonObject, options: EnqueueOptions): Promise<Operation> {
    const kind = this.kinds.get(kindName);
    if (kind === undefined) throw new AppError('not-found', `There is no operation "${kindName}".`);
    this.refuseWhenClosing();
    const input = kind.prepare === undefined ? given : await kind.prepare(given);
    this.refuseWhenClosing();
    const operation = newOperation(kind, input, options, this.deps.clock.now());
    const live = new LiveOperation(operation, this.deps);
    // Its place in the line is taken before the disk is asked, so that first come stays first served.
    this.live.set(operation.id, live);
    this.line.add(operation.id, true);
    try {
      const unknown = await this.line.learnDependencies(operation.id);
      if (unknown !== null) throw new AppError('input-invalid', `There is no operation ${unknown} to wait for.`, { hint: 'See `berth operations list`.' });
      await this.deps.structural?.planFor(kind, input, operation.id);
      await this.deps.failpoints.hit('operation.enqueue', 'before');
      await live.save({});
      await this.deps.failpoints.hit('operation.enqueue', 'after-result');
    } catch (error) {
      this.line.remove(operation.id);
      this.forget(live);
      throw error;
    }
    this.line.release(operation.id);
    this.pump();
    return live.operation;
  }

  async preview(kindName: string, given: JsonObject): Promise<PlanDocument> {
    const kind = this.kinds.get(kindName);
    if (kind === undefined) throw new AppError('not-found', `There is no operation "${kindName}".`);
    const input = kind.prepare === undefined ? given : await kind.prepare(given);
    const document = (await this.deps.structural?.preview(kind, input)) ?? null;
    if (document === null) throw new AppError('input-invalid', `"${kind.title(input)}" changes no files of a project, so there is no plan of it.`);
    return document;
  }

  private refuseWhenClosing(): void {
    if (this.closing) throw new AppError('busy', 'Berth is being closed.', { hint: 'Start it again, then repeat this.' });
  }

  pause(): void {
    this.isPaused = true;
    this.announceIdle();
  }

  resume(): void {
    this.isPaused = false;
    this.pump();
  }

  engineChanged(): void {
    this.pump();
    this.announceIdle();
  }

  counters(): { readonly [name: string]: number } {
    return { queued: this.line.size, running: this.running.size, interrupted: this.interrupted.size, ...this.tally.all() };
  }

  lastTickAt(): string | null {
    return this.tally.lastTickAt();
  }

  async cleanup(limits: OperationLimits): Promise<{ readonly removed: number; readonly kept: number }> {
    this.endsSincePrune = 0;
    const { removed, kept } = await this.deps.store.pruneOperations(limits, new Date(this.deps.clock.now()).toISOString());
    // Whatever has ended needs its temporary folder no more, whether its record stays or goes.
    for (const id of (await this.deps.folders?.list()) ?? []) if (!this.live.has(id)) await this.deps.folders?.remove(id);
    return { removed: removed.length, kept };
  }

  get(id: string): Promise<Operation> {
    return this.reader.get(id);
  }

  list(filter: OperationFilter): Promise<readonly Operation[]> {
    return this.reader.list(filter);
  }

  steps(id: string): ReturnType<Operations['steps']> {
    return this.reader.steps(id);
  }

  logOf(id: string): Promise<readonly string[]> {
    return this.reader.logOf(id);
  }

  wait(id: string, timeoutMs: number): Promise<Operation> {
    return this.reader.wait(id, timeoutMs);
  }

  async cancel(id: string): Promise<Operation> {
    const live = this.live.get(id);
    if (live === undefined || live.ended) {
      const ended = await this.get(id);
      throw new AppError('input-invalid', `"${ended.title}" has already ended.`, ended.state === 'succeeded' ? { hint: 'Run the opposite to undo it, for example switch back.' } : {});
    }
    if (this.line.has(id)) {
      live.cancelRequested = true;
      await this.endWaiting(live, live.operation.attempt > 1 ? 'Cancelled while it waited for another try.' : 'Cancelled before it started.');
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
        this.afterWork(live);
        const { kind, title, state, error } = live.operation;
        return { id, kind, title, state, error };
      }),
    );
    this.line.releaseAll();
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
    this.line.close();
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
    if (this.running.size > 0) return true;
    return !this.isPaused && !this.closing && this.line.next(this.keysOf(this.interrupted), 0, 1).length > 0;
  }

  private keysOf(ids: Iterable<string>): ReadonlySet<string> {
    return new Set([...ids].flatMap((id) => this.live.get(id)?.operation.key ?? []));
  }

  private pump(): void {
    if (this.closing) return;
    for (const { id, by } of this.line.broken()) {
      const live = this.live.get(id);
      if (live === undefined) continue;
      const title = this.live.get(by)?.operation.title;
      const message = `Not started, because ${title === undefined ? 'the operation it waited for' : `"${title}"`} did not succeed.`;
      void this.endWaiting(live, message).then(() => this.pump());
    }
    if (!this.isPaused) {
      for (const id of this.line.next(this.keysOf([...this.running.keys(), ...this.interrupted]), this.running.size, this.maxParallel)) this.start(id);
    }
    this.line.arrange();
  }

  private start(id: string): void {
    const live = this.live.get(id);
    if (live === undefined) return;
    this.line.remove(id);
    this.tally.count('started');
    const kind = this.kinds.get(live.operation.kind);
    const work = (kind === undefined ? recoverOperation(live, kind, this.deps) : executeOperation(live, kind, this.deps)).catch((error: unknown) =>
      this.deps.logger.error('An operation could not be ended', { operationId: id, error }),
    );
    this.running.set(id, work);
    void work.then(() => {
      this.running.delete(id);
      this.afterWork(live);
      this.pump();
      this.announceIdle();
    });
  }

  /** Ended, queued for another try, or waiting for an engine to be brought to its end. */
  private afterWork(live: LiveOperation): void {
    const { id, state } = live.operation;
    this.interrupted.delete(id);
    if (live.ended) {
      this.noteEnd(live);
      this.forget(live);
    } else if (state === 'queued') {
      this.tally.count('retried');
      this.line.addAgain(id);
    } else this.interrupted.add(id);
  }

  /** Ends one that waits. It leaves the line before the disk is asked, so that it cannot start meanwhile. */
  private async endWaiting(live: LiveOperation, message: string): Promise<void> {
    this.line.remove(live.operation.id);
    await live.save({ state: 'cancelled', cancellable: false, error: { code: 'cancelled', message }, finishedAt: new Date(this.deps.clock.now()).toISOString() }).catch((error: unknown) => {
      live.isUnsaved = true;
      this.deps.logger.error('An operation’s end could not be stored', { operationId: live.operation.id, error });
    });
    this.noteEnd(live);
    this.forget(live);
    this.announceIdle();
  }

  private noteEnd(live: LiveOperation): void {
    this.line.noteEnd(live.operation.id, live.operation.state);
    this.tally.ended(live.operation.state);
    this.endsSincePrune += 1;
    if (this.endsSincePrune < PRUNE_SLACK || this.closing) return;
    void this.cleanup(this.deps.limits?.() ?? DEFAULT_LIMITS).catch((error: unknown) => this.deps.logger.warn('Ended operations could not be removed', { error }));
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
