import type { OperationState } from './operation';
import { FINAL_STATES } from './operation';

/** What the queue needs to know of an operation that waits. */
export interface QueueItem {
  readonly id: string;
  readonly key: string;
  /** Larger goes first. */
  readonly priority: number;
  /**
   * `held`: it keeps its place, so that nothing of its key overtakes it (it is being stored, or the engine is away).
   * `later`: it waits for a time or for another operation and lets those behind it go first.
   */
  readonly readiness: 'ready' | 'held' | 'later';
}

/**
 * Which waiting operations may start now: larger priority first, then first come, first served, within a key and
 * among keys. A key that is busy (running, or waiting for recovery) holds back its own only; at most `limit` run at once.
 */
export function startable(waiting: readonly QueueItem[], busyKeys: ReadonlySet<string>, runningCount: number, limit: number): readonly string[] {
  const taken = new Set(busyKeys);
  const out: string[] = [];
  for (const item of [...waiting].sort((a, b) => b.priority - a.priority)) {
    if (item.readiness === 'later' || taken.has(item.key)) continue;
    taken.add(item.key);
    if (item.readiness === 'ready' && runningCount + out.length < limit) out.push(item.id);
  }
  return out;
}

/** What an operation's dependencies say: all succeeded, one still open, or one that ended otherwise (`id`). `stateOf` answers null for one that is unknown. */
export function dependencies(after: readonly string[], stateOf: (id: string) => OperationState | null): { readonly is: 'met' | 'open' } | { readonly is: 'broken'; readonly id: string } {
  const broken = after.find((id) => {
    const state = stateOf(id);
    return state === null || (state !== 'succeeded' && FINAL_STATES.includes(state));
  });
  if (broken !== undefined) return { is: 'broken', id: broken };
  return { is: after.every((id) => stateOf(id) === 'succeeded') ? 'met' : 'open' };
}

const MAX_BACKOFF_MS = 60_000;

/** How long to wait before try `attempt + 1`: 1, 2, 4 … 60 s; null when it is not tried again. */
export function retryAfterMs(attempt: number, code: string, retry: { readonly attempts: number; readonly codes: readonly string[] } | undefined): number | null {
  if (retry === undefined || attempt > retry.attempts || !retry.codes.includes(code)) return null;
  return Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** (attempt - 1));
}
