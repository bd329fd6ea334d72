import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';
import type { OperationLimits } from '@main/platform/types';
import { within } from '@main/platform/within';
import { executeOperation, recoverOperation } from './execute';
import { Intake } from './intake';
import { LiveOperation, type OperationDeps } from './live-operation';
import { OperationReader } from './operation-reader';
import { Pruning } from './pruning';
import { Tally } from './tally';
import type { EnqueueOptions, OperationFilter, OperationKind, Operations, PlanDocument, RecoveredOperation, RecoveryScope } from './types';
import { WaitingLine } from './waiting-line';

const MAX_PARALLEL = 4;

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
  private readonly intake: Intake;
  private readonly pruning: Pruning;
  private isPaused = false;
  private readonly running = new Map<string, Promise<void>>();
  private readonly interrupted = new Set<string>();
  private recovering: Promise<readonly RecoveredOperation[]> = Promise.resolve([]);
  private closing = false;
  private pumping: NodeJS.Immediate | undefined;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly deps: OperationDeps,
    private readonly maxParallel: number,
  ) {
    this.tally = new Tally(deps.clock);
    this.reader = new OperationReader(deps.store, this.live);
    this.pruning = new Pruning(deps, (id) => this.live.has(id));
    this.line = new WaitingLine({
      clock: deps.clock,
      engineReady: deps.engineReady,
      store: deps.store,
      liveOf: (id) => this.live.get(id),
      needsEngine: (kind) => !this.needsNoEngine(kind),
      wake: () => this.pump(),
    });
    this.intake = new Intake({ ...deps, kinds: this.kinds, live: this.live, line: this.line, isClosing: () => this.closing, onAdded: () => this.pumpSoon(), onDouble: () => this.tally.count('deduplicated'), forget: (live) => this.forget(live) });
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Queued ones of an earlier process are held: they start once `recover` was called, when every kind is registered. */
  async load(open: readonly Operation[]): Promise<void> {
    for (const operation of open) {
      this.live.set(operation.id, new LiveOperation(operation, this.deps, true));
      if (operation.state === 'queued') this.line.add(operation.id, 'of-earlier-process');
      else this.interrupted.add(operation.id);
    }
    for (const operation of open) if (this.line.has(operation.id)) await this.line.learnDependencies(operation.id);
  }

  register(kind: OperationKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The operation ${kind.kind} is registered twice.`);
    this.kinds.set(kind.kind, kind);
  }

  kindOf(name: string): OperationKind | undefined {
    return this.kinds.get(name);
  }

  enqueue(kind: string, input: JsonObject, options: EnqueueOptions = {}): Promise<Operation> {
    return this.intake.enqueue(kind, input, options);
  }

  preview(kind: string, input: JsonObject): Promise<PlanDocument> {
    return this.intake.preview(kind, input);
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

  cleanup(limits: OperationLimits): Promise<{ readonly removed: number; readonly kept: number }> {
    return this.pruning.cleanup(limits);
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
    live.cancel();
    return live.operation;
  }

  async retry(id: string): Promise<Operation> {
    return this.intake.again(await this.get(id));
  }

  recover(scope: RecoveryScope = 'all'): Promise<readonly RecoveredOperation[]> {
    // One after the other: the second finds what the first could not bring to an end.
    const next = (): Promise<readonly RecoveredOperation[]> => this.recoverAll(scope);
    this.recovering = this.recovering.then(next, next);
    return this.recovering;
  }

  private async recoverAll(scope: RecoveryScope): Promise<readonly RecoveredOperation[]> {
    const concerned = (id: string): boolean => scope === 'all' || this.needsNoEngine(this.live.get(id)?.operation.kind ?? '');
    const outcomes = await Promise.all([...this.interrupted].filter(concerned).map((id) => this.recoverOne(id)));
    this.line.releaseEarlier(concerned);
    await this.saveUnsaved();
    this.pump();
    this.announceIdle();
    return outcomes.filter((one) => one !== null);
  }

  private async recoverOne(id: string): Promise<RecoveredOperation | null> {
    const live = this.live.get(id);
    if (live === undefined) return null;
    const work = recoverOperation(live, this.kinds.get(live.operation.kind), this.deps);
    this.running.set(id, work);
    await work;
    this.running.delete(id);
    this.afterWork(live);
    const { kind, title, state, error } = live.operation;
    return { id, kind, title, state, error };
  }

  private needsNoEngine(kind: string): boolean {
    return this.kinds.get(kind)?.needsEngine === false;
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
    await within(graceMs, Promise.allSettled([...this.running.values()]), []);
    await this.saveUnsaved();
  }

  /** Ends that could not be written when they came (a full disk) are written when there is a chance again. */
  private async saveUnsaved(): Promise<void> {
    for (const live of this.live.values()) if (live.isUnsaved && (await live.saveEnd())) this.live.delete(live.operation.id);
  }

  private isBusy(): boolean {
    if (this.running.size > 0) return true;
    return !this.isPaused && !this.closing && this.line.next(this.keysOf(this.interrupted), 0, 1).length > 0;
  }

  /** One that waits for another gives its place to it: else as many as there are places could wait for ever. */
  private placesTaken(): number {
    const waiting = new Set([...this.live.values()].flatMap((live) => (live.ended || live.parent === null ? [] : [live.parent])));
    return [...this.running.keys()].filter((id) => !waiting.has(id)).length;
  }

  private keysOf(ids: Iterable<string>): ReadonlySet<string> {
    return new Set([...ids].flatMap((id) => this.live.get(id)?.operation.key ?? []));
  }

  /** Many may be added in one turn of the loop: the line is then looked through once for all of them. */
  private pumpSoon(): void {
    this.pumping ??= setImmediate(() => {
      this.pumping = undefined;
      this.pump();
    });
  }

  private pump(): void {
    if (this.closing) return;
    for (const { id, message } of this.line.broken()) {
      const live = this.live.get(id);
      if (live !== undefined) void this.endWaiting(live, message).then(() => this.pump());
    }
    if (!this.isPaused) {
      for (const id of this.line.next(this.keysOf([...this.running.keys(), ...this.interrupted]), this.placesTaken(), this.maxParallel)) this.start(id);
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
    if (!this.closing) this.pruning.noteEnd();
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
