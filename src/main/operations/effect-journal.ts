import { AppError, errorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { LiveOperation, OperationDeps } from './live-operation';
import type { EffectRecord } from './types';

interface MutableRecord {
  readonly seq: number;
  readonly name: string;
  readonly intent: JsonObject;
  result: Json | undefined;
  undone: boolean;
}

/** The write-ahead journal of one operation: nothing outside is touched before the intent is on disk. */
export class EffectJournal {
  private readonly mutable: MutableRecord[] = [];
  private readonly inFlight = new Set<Promise<unknown>>();
  private nextSeq: number;
  /** Closed once the run has ended: code that goes on after its own failure must not touch anything. */
  private closed = false;

  constructor(
    private readonly live: LiveOperation,
    private readonly deps: OperationDeps,
    replayed: { readonly records: readonly EffectRecord[]; readonly nextSeq: number } = { records: [], nextSeq: 1 },
  ) {
    this.mutable.push(...replayed.records.map((record) => ({ ...record })));
    this.nextSeq = replayed.nextSeq;
  }

  records(): readonly EffectRecord[] {
    return this.mutable.map((record) => ({ ...record }));
  }

  /** Whether anything outside may have been changed. Notes have a null result from the start, effects do not. */
  get hasEffects(): boolean {
    return this.effectCount > 0;
  }

  private effectCount = 0;

  countReplayedEffects(hasEffects: boolean): void {
    if (hasEffects) this.effectCount += 1;
  }

  /** An effect of the run: refused after a cancel. */
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R> {
    this.checkOpen();
    this.checkCancel();
    return this.track(this.perform('run', name, intent, act));
  }

  /** An effect of rollback or finish: nothing cancels it. */
  recoveryEffect<R extends Json>(direction: 'undo' | 'finish', name: string, intent: JsonObject, act: () => Promise<R>): Promise<R> {
    return this.track(this.perform(direction, name, intent, act));
  }

  async note(name: string, data: JsonObject): Promise<void> {
    this.checkOpen();
    this.checkCancel();
    await this.deps.failpoints.hit(name, 'before', this.live.abort.signal);
    const seq = this.takeSeq();
    this.mutable.push({ seq, name, intent: data, result: null, undone: false });
    await this.append(seq, name, 'note', data);
    await this.deps.failpoints.hit(name, 'after-result', this.live.abort.signal);
  }

  async commit(): Promise<void> {
    this.checkOpen();
    await this.deps.failpoints.hit('commit', 'before', this.live.abort.signal);
    this.checkCancel();
    this.live.committing = true;
    try {
      await this.append(this.takeSeq(), 'commit', 'commit', {});
    } catch (error) {
      this.live.committing = false;
      throw error;
    }
    this.live.committed = true;
    await this.deps.failpoints.hit('commit', 'after-result', this.live.abort.signal);
  }

  /** After everything was undone: what was journaled so far belongs to a try that is over. */
  async nextAttempt(attempt: number): Promise<void> {
    await this.append(this.takeSeq(), 'operation.attempt', 'attempt', { attempt });
  }

  /** Waits until effects that run beside the one that failed have ended: undoing while they still act would miss them. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.inFlight.size > 0) await Promise.allSettled([...this.inFlight]);
  }

  private async perform<R extends Json>(direction: 'run' | 'undo' | 'finish', name: string, intent: JsonObject, act: () => Promise<R>): Promise<R> {
    const signal = direction === 'run' ? this.live.abort.signal : undefined;
    const { failpoints } = this.deps;
    const seq = this.takeSeq();
    const undo = direction === 'undo';
    const record: MutableRecord = { seq, name, intent, result: undefined, undone: false };
    if (!undo) {
      // In the list from the moment its number is taken, so that records() is in the order of intents.
      this.mutable.push(record);
      this.effectCount += 1;
    }
    await failpoints.hit(name, 'before', signal);
    await this.append(seq, name, undo ? 'undo-intent' : 'intent', intent);
    await failpoints.hit(name, 'after-intent', signal);
    if (direction === 'run') this.checkCancel();
    let result: R;
    try {
      result = await act();
    } catch (error) {
      // Only for the reader of the journal: that the effect has no result already says it may have happened.
      await this.append(seq, name, 'error', { message: errorData(error).message }).catch(() => undefined);
      throw error;
    }
    await failpoints.hit(name, 'after', signal);
    await this.append(seq, name, undo ? 'undo-result' : 'result', result);
    if (undo) this.markUndone(intent);
    else record.result = result;
    await failpoints.hit(name, 'after-result', signal);
    return result;
  }

  private markUndone(intent: JsonObject): void {
    const undone = this.mutable.find((record) => record.seq === intent['undoes']);
    if (undone !== undefined) undone.undone = true;
  }

  private append(seq: number, name: string, phase: string, data: Json): Promise<void> {
    return this.deps.store.appendJournal({ operationId: this.live.operation.id, seq, name, phase, at: new Date(this.deps.clock.now()).toISOString(), data });
  }

  private takeSeq(): number {
    const seq = this.nextSeq;
    this.nextSeq += 1;
    return seq;
  }

  private track<R>(work: Promise<R>): Promise<R> {
    this.inFlight.add(work);
    const forget = (): void => void this.inFlight.delete(work);
    work.then(forget, forget);
    return work;
  }

  private checkOpen(): void {
    if (this.closed) throw new AppError('cancelled', 'The operation has already ended.');
  }

  private checkCancel(): void {
    if (this.live.abort.signal.aborted && !this.live.committed) throw new AppError('cancelled', 'Cancelled.');
  }
}
