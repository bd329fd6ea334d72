import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { replayJournal } from '@shared/domain/operations/journal';
import type { OperationState } from '@shared/domain/operations/operation';
import { retryAfterMs } from '@shared/domain/operations/queue';
import { EffectJournal } from './effect-journal';
import { keepFirst } from './keep-first';
import type { LiveOperation, OperationDeps } from './live-operation';
import type { OperationContext, OperationKind, RecoveryContext } from './types';

type RecoveryReason = RecoveryContext['reason'];

/** Runs one operation from its start to a final state, or to `interrupted` when undoing needs an engine that is away. Never rejects. */
export async function executeOperation(live: LiveOperation, kind: OperationKind, deps: OperationDeps): Promise<void> {
  let journal = new EffectJournal(live, deps);
  const input = inputOf(live);
  let result: Json;
  try {
    await deps.failpoints.hit('operation.start', 'before');
    // What an earlier try journaled is undone and over, but its numbers are taken.
    if (live.operation.attempt > 1) journal = new EffectJournal(live, deps, replayJournal(await deps.store.journal(live.operation.id)));
    await live.save({ state: 'running', startedAt: isoNow(deps), error: null });
    await deps.failpoints.hit('operation.start', 'after-result');
    if (live.abort.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const keeping = keepFirst(live, kind, deps);
    await keeping.atStart();
    const context = { ...runContext(live, journal), beforeChange: keeping.beforeChange };
    await deps.structural?.backupBefore(kind, context, input);
    result = await kind.run(context, input);
    await journal.close();
  } catch (thrown) {
    await journal.close();
    reportBug(thrown, live, deps);
    if (live.committed) return finishForwards(live, kind, journal, 'failed', errorData(thrown), deps);
    const reason: RecoveryReason = live.abort.signal.aborted ? 'cancelled' : 'failed';
    return undo(live, kind, journal, reason, reason === 'cancelled' ? cancelledError(live) : errorData(thrown), deps);
  }
  await succeed(live, kind, result, deps);
}

/** What a crash left: past the commit it is finished, before it it is undone. Decided by the journal alone. Never rejects. */
export async function recoverOperation(live: LiveOperation, kind: OperationKind | undefined, deps: OperationDeps): Promise<void> {
  try {
    const replayed = replayJournal(await deps.store.journal(live.operation.id));
    const journal = new EffectJournal(live, deps, replayed);
    journal.countReplayedEffects(replayed.hasEffects);
    live.committed = replayed.committed;
    if (kind === undefined) {
      await end(live, 'needs-attention', { error: new AppError('needs-attention', `This Berth does not know "${live.operation.kind}" and cannot undo it.`, { hint: 'Start the version of Berth that began it.' }).toData() }, deps);
    } else if (replayed.committed) {
      await finishForwards(live, kind, journal, 'crashed', live.operation.error ?? interruptedError(), deps);
    } else {
      await undo(live, kind, journal, 'crashed', live.operation.error ?? interruptedError(), deps);
    }
  } catch (thrown) {
    deps.logger.error('Recovery could not read or write the journal', { operationId: live.operation.id, error: thrown });
  }
}

async function undo(live: LiveOperation, kind: OperationKind, journal: EffectJournal, reason: RecoveryReason, error: AppErrorData, deps: OperationDeps): Promise<void> {
  const wasCancelled = error.code === 'cancelled';
  if (!journal.hasEffects) {
    if (!wasCancelled && reason !== 'cancelled' && (await tryAgain(live, kind, journal, error, deps))) return;
    return end(live, wasCancelled ? 'cancelled' : reason === 'crashed' ? 'rolled-back' : 'failed', { error }, deps);
  }
  try {
    // The error is stored before anything is undone: a crash in the middle must not lose why it is being undone.
    await live.save({ state: 'rolling-back', error, cancellable: false });
    await kind.rollback(recoveryContext(live, journal, 'undo', reason), inputOf(live));
  } catch (thrown) {
    if (isEngineAway(thrown)) return pause(live, thrown, deps);
    reportBug(thrown, live, deps);
    return end(live, 'needs-attention', { error: attentionError(error, errorData(thrown)) }, deps);
  } finally {
    await journal.close();
  }
  await deps.structural?.discard(kind, live.operation.id);
  if (!wasCancelled && (await tryAgain(live, kind, journal, error, deps))) return;
  await end(live, wasCancelled ? 'cancelled' : 'rolled-back', { error }, deps);
}

async function finishForwards(live: LiveOperation, kind: OperationKind, journal: EffectJournal, reason: RecoveryReason, error: AppErrorData, deps: OperationDeps): Promise<void> {
  let result: Json;
  try {
    await live.save({ state: 'running', cancellable: false });
    result = await kind.finish(recoveryContext(live, journal, 'finish', reason), inputOf(live));
  } catch (thrown) {
    if (isEngineAway(thrown)) return pause(live, thrown, deps);
    reportBug(thrown, live, deps);
    return end(live, 'needs-attention', { error: attentionError(error, errorData(thrown)) }, deps);
  } finally {
    await journal.close();
  }
  await succeed(live, kind, result, deps);
}

async function succeed(live: LiveOperation, kind: OperationKind, result: Json, deps: OperationDeps): Promise<void> {
  const undoable = (await deps.structural?.settle(kind, live.operation.id)) === true || (await canBeUndone(live, kind, deps));
  await end(live, 'succeeded', { result, error: null, ...(undoable ? { undoable } : {}) }, deps);
}

/** Never rejects: what cannot be found out is not offered. */
async function canBeUndone(live: LiveOperation, kind: OperationKind, deps: OperationDeps): Promise<boolean> {
  const { id } = live.operation;
  try {
    return (await kind.undoneBy?.isPossible(id)) ?? false;
  } catch (error) {
    deps.logger.warn('Whether an operation can be taken back could not be found out', { operationId: id, error });
    return false;
  }
}

/** Everything is undone: queued once more when this failure may pass by itself. Resolves with whether it was. */
async function tryAgain(live: LiveOperation, kind: OperationKind, journal: EffectJournal, error: AppErrorData, deps: OperationDeps): Promise<boolean> {
  const { attempt } = live.operation;
  const delayMs = live.cancelRequested ? null : retryAfterMs(attempt, error.code, kind.retry);
  if (delayMs === null) return false;
  try {
    await journal.nextAttempt(attempt + 1);
    live.log(`Try ${attempt} failed: ${error.message} It is tried again in ${delayMs / 1_000} s.`, undefined);
    await live.flushLog();
    const notBefore = new Date(deps.clock.now() + delayMs).toISOString();
    await live.save({ state: 'queued', attempt: attempt + 1, notBefore, error, cancellable: true, progress: { step: 0, of: 0, message: `Waiting for try ${attempt + 1}` } });
    return true;
  } catch (thrown) {
    deps.logger.error('An operation could not be queued again', { operationId: live.operation.id, error: thrown });
    return false;
  }
}

/** Not an end: recover() takes it up again when there is an engine. Its own error is kept; what it waits for is in the progress. */
async function pause(live: LiveOperation, thrown: unknown, deps: OperationDeps): Promise<void> {
  const message = 'Waiting for the Docker engine, to bring this to its end.';
  live.log(errorData(thrown).message, undefined);
  await live.flushLog();
  await live
    .save({ state: 'interrupted', cancellable: false, progress: { ...live.operation.progress, message } })
    .catch((error: unknown) => deps.logger.error('An operation’s state could not be stored', { operationId: live.operation.id, error }));
}

async function end(live: LiveOperation, state: OperationState, change: { readonly result?: Json; readonly error: AppErrorData | null; readonly undoable?: boolean }, deps: OperationDeps): Promise<void> {
  await live.flushLog();
  try {
    await deps.failpoints.hit('operation.end', 'before');
    await live.save({ ...change, state, cancellable: false, finishedAt: isoNow(deps) });
    await deps.failpoints.hit('operation.end', 'after-result');
  } catch (error) {
    // In memory it has ended; the next start finds it open and brings it to the same end again, idempotently.
    live.remember({ ...change, state, cancellable: false, finishedAt: isoNow(deps) });
    live.isUnsaved = true;
    live.publish();
    deps.logger.error('An operation’s end could not be stored', { operationId: live.operation.id, error });
  }
  // An end is news at once: whoever waits for it must have its last log lines first.
  deps.events.flush();
}

function runContext(live: LiveOperation, journal: EffectJournal): OperationContext {
  return {
    operationId: live.operation.id,
    signal: live.abort.signal,
    effect: async (name, intent, act) => journal.effect(name, intent, act),
    note: (name, data) => journal.note(name, data),
    async commit() {
      await journal.commit();
      live.operation = { ...live.operation, cancellable: false };
      live.progress({});
    },
    records: () => journal.records(),
    progress: (change) => live.progress(change),
    log: (text, service) => live.log(text, service),
  };
}

function recoveryContext(live: LiveOperation, journal: EffectJournal, direction: 'undo' | 'finish', reason: RecoveryReason): RecoveryContext {
  return {
    operationId: live.operation.id,
    reason,
    records: journal.records(),
    effect: async (name, intent, act) => journal.recoveryEffect(direction, name, intent, act),
    progress: (change) => live.progress(change),
    log: (text, service) => live.log(text, service),
  };
}

function reportBug(thrown: unknown, live: LiveOperation, deps: OperationDeps): void {
  if (thrown instanceof AppError && thrown.code !== 'internal') return;
  if (live.abort.signal.aborted && thrown instanceof Error && thrown.name === 'AbortError') return;
  deps.logger.error('An operation failed unexpectedly', { operationId: live.operation.id, kind: live.operation.kind, error: thrown });
  deps.events.publish({ type: 'bug.reported', message: errorData(thrown).message });
}

function isEngineAway(thrown: unknown): boolean {
  return thrown instanceof AppError && (thrown.code === 'engine-unreachable' || thrown.code === 'engine-lost');
}

function cancelledError(live: LiveOperation): AppErrorData {
  return { code: 'cancelled', message: live.cancelRequested ? 'Cancelled.' : 'Cancelled, because Berth was closed.' };
}

function interruptedError(): AppErrorData {
  return { code: 'interrupted', message: 'Berth was ended while this ran; what it had changed was undone.', hint: 'Start it again when you are ready.' };
}

function attentionError(why: AppErrorData, undoing: AppErrorData): AppErrorData {
  return {
    code: 'needs-attention',
    message: `${sentence(why.message)} Bringing it back failed too: ${sentence(undoing.message)}`,
    hint: undoing.hint ?? 'Look at the services of this project, then run the operation again.',
    ...(why.where === undefined ? {} : { where: why.where }),
    ...(why.service === undefined ? {} : { service: why.service }),
    details: { ...why.details, ...(undoing.details?.['left'] === undefined ? {} : { left: undoing.details['left'] }), cause: why as unknown as Json, undo: undoing as unknown as Json },
  };
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function inputOf(live: LiveOperation): JsonObject {
  return live.operation.input as JsonObject;
}

function isoNow(deps: OperationDeps): string {
  return new Date(deps.clock.now()).toISOString();
}
