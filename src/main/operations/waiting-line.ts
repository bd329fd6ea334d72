import { FINAL_STATES, type OperationState } from '@shared/domain/operations/operation';
import { dependencies, startable, type QueueItem } from '@shared/domain/operations/queue';
import type { LiveOperation, OperationDeps } from './live-operation';

const MAX_TIMER_MS = 2 ** 31 - 1;

interface LineDeps extends Pick<OperationDeps, 'clock' | 'engineReady' | 'store'> {
  readonly liveOf: (id: string) => LiveOperation | undefined;
  readonly needsEngine: (kind: string) => boolean;
  /** Called when one that waited for its time may go. */
  readonly wake: () => void;
}

/** The operations that wait, first come first served, and what each of them waits for. */
export class WaitingLine {
  private ids: string[] = [];
  /** Being stored; or queued by an earlier process, and not yet told to go on. */
  private readonly held = new Map<string, 'being-stored' | 'of-earlier-process'>();
  /** How those that others wait for ended; null: nobody knows of it. */
  private readonly ends = new Map<string, OperationState | null>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly deps: LineDeps) {}

  get size(): number {
    return this.ids.length;
  }

  has(id: string): boolean {
    return this.ids.includes(id);
  }

  add(id: string, held: 'being-stored' | 'of-earlier-process'): void {
    this.ids.push(id);
    this.held.set(id, held);
  }

  /** One that has run and is tried again: what it waited for before had succeeded. */
  addAgain(id: string): void {
    this.ids.push(id);
    for (const other of this.deps.liveOf(id)?.operation.after ?? []) this.ends.set(other, 'succeeded');
  }

  remove(id: string): void {
    this.ids = this.ids.filter((one) => one !== id);
    this.held.delete(id);
    if (this.ids.length === 0) this.ends.clear();
  }

  release(id: string): void {
    this.held.delete(id);
  }

  /** Lets go of those that an earlier process had queued, as far as they match. */
  releaseEarlier(matches: (id: string) => boolean): void {
    for (const [id, why] of [...this.held]) if (why === 'of-earlier-process' && matches(id)) this.held.delete(id);
  }

  /** Looks up how the ones that this operation waits for ended, where that was before it came. Resolves with an id that nobody knows. */
  async learnDependencies(id: string): Promise<string | null> {
    for (const other of this.deps.liveOf(id)?.operation.after ?? []) {
      if (this.deps.liveOf(other) !== undefined || this.ends.has(other)) continue;
      const stored = await this.deps.store.getOperation(other);
      // One that has ended meanwhile was noted by `noteEnd`; what was read before that is older.
      if (!this.ends.has(other)) this.ends.set(other, stored?.state ?? null);
      if (stored === null) return other;
    }
    return null;
  }

  noteEnd(id: string, state: OperationState): void {
    if (this.ids.some((one) => this.deps.liveOf(one)?.operation.after.includes(id) === true)) this.ends.set(id, state);
  }

  /** Those that will never start, because one they wait for did not succeed. */
  broken(): readonly { readonly id: string; readonly message: string }[] {
    return this.ids.flatMap((id) => {
      const found = this.held.has(id) ? null : this.dependenciesOf(id);
      if (found?.is !== 'broken') return [];
      const title = this.deps.liveOf(found.id)?.operation.title;
      return [{ id, message: `Not started, because ${title === undefined ? 'the operation it waited for' : `"${title}"`} did not succeed.` }];
    });
  }

  next(busyKeys: ReadonlySet<string>, runningCount: number, limit: number): readonly string[] {
    return startable(
      this.ids.flatMap((id) => this.itemOf(id) ?? []),
      busyKeys,
      runningCount,
      limit,
    );
  }

  /** Says in the progress what each of them waits for, and wakes the queue when the first time comes. */
  arrange(): void {
    const nowMs = this.deps.clock.now();
    let soonestMs = Infinity;
    for (const id of this.ids) {
      const live = this.deps.liveOf(id);
      if (live === undefined) continue;
      const message = this.messageFor(live, nowMs);
      if (this.held.get(id) !== 'being-stored' && live.operation.progress.message !== message) live.progress({ message });
      const dueMs = dueMsOf(live);
      if (dueMs > nowMs) soonestMs = Math.min(soonestMs, dueMs);
    }
    clearTimeout(this.timer);
    if (soonestMs === Infinity) return;
    this.timer = setTimeout(this.deps.wake, Math.min(soonestMs - nowMs, MAX_TIMER_MS));
    this.timer.unref();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private itemOf(id: string): QueueItem | null {
    const live = this.deps.liveOf(id);
    if (live === undefined) return null;
    const { key, priority } = live.operation;
    return { id, key, priority, readiness: this.readinessOf(id, live) };
  }

  private readinessOf(id: string, live: LiveOperation): QueueItem['readiness'] {
    if (dueMsOf(live) > this.deps.clock.now()) return 'later';
    if (this.held.has(id)) return 'held';
    if (this.dependenciesOf(id).is !== 'met') return 'later';
    return this.lacksEngine(live) ? 'held' : 'ready';
  }

  private messageFor(live: LiveOperation, nowMs: number): string {
    const { after, attempt, id } = live.operation;
    if (dueMsOf(live) > nowMs) return attempt > 1 ? `Waiting for try ${attempt}` : 'Waiting for its time';
    if (after.length > 0 && this.dependenciesOf(id).is !== 'met') return 'Waiting for another operation';
    return this.lacksEngine(live) ? 'Waiting for the Docker engine' : 'Waiting';
  }

  private lacksEngine(live: LiveOperation): boolean {
    return this.deps.engineReady?.() === false && this.deps.needsEngine(live.operation.kind);
  }

  private dependenciesOf(id: string): ReturnType<typeof dependencies> {
    return dependencies(this.deps.liveOf(id)?.operation.after ?? [], (other) => {
      const live = this.deps.liveOf(other)?.operation.state;
      if (live !== undefined && !FINAL_STATES.includes(live)) return live;
      return live ?? this.ends.get(other) ?? null;
    });
  }
}

function dueMsOf(live: LiveOperation): number {
  return live.operation.notBefore === null ? 0 : Date.parse(live.operation.notBefore);
}
