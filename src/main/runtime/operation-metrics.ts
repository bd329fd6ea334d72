import type { SequencedEvent } from '@shared/contract/events';
import type { Disposable } from '@shared/kernel/disposable';
import type { Metrics } from './types';

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'rolled-back', 'cancelled', 'interrupted', 'needs-attention']);
/** One that was cancelled did as it was told. */
const WANTED_ENDS: ReadonlySet<string> = new Set(['succeeded', 'cancelled']);
/** Ends seen are remembered so far back: an operation that is told again (pruned log, undo) is not counted again. */
const REMEMBERED_IDS = 2_000;

/** Counts operations as they end, from the event stream: whoever ran them. */
export function observeOperations(metrics: Pick<Metrics, 'observe' | 'count'>, events: { on(listener: (event: SequencedEvent) => void): Disposable }): Disposable {
  const seen = new Set<string>();
  return events.on(({ event }) => {
    if (event.type !== 'operation.changed' || !ENDED.has(event.operation.state)) return;
    const { id, kind, state, startedAt, finishedAt, attempt } = event.operation;
    const run = `${id} ${attempt}`;
    if (seen.has(run)) return;
    seen.add(run);
    if (seen.size > REMEMBERED_IDS) for (const oldest of seen) if (seen.size > REMEMBERED_IDS) seen.delete(oldest); else break;
    metrics.count(`operations ${state}`);
    // One that was cancelled in the queue never ran.
    if (startedAt === null || finishedAt === null) return;
    metrics.observe(`operation ${kind}`, Date.parse(finishedAt) - Date.parse(startedAt), !WANTED_ENDS.has(state));
  });
}
