import type { OperationState } from './operation';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What retention needs to know of an ended operation. */
export interface EndedOperation {
  readonly id: string;
  readonly state: OperationState;
  /** ISO time; null when it is not known: then its age does not count. */
  readonly finishedAt: string | null;
}

/** Which ended operations stay: succeeded and cancelled ones, and beside them failed ones, each with a count and an age of its own. */
export interface RetentionLimits {
  readonly keepCount: number;
  readonly keepDays: number;
  readonly keepFailedDays: number;
}

/** The ids that stay, out of ended operations given newest first. `needed` stay whatever their age, and do not count. */
export function keptOperations(newestFirst: readonly EndedOperation[], limits: RetentionLimits, nowMs: number, needed: ReadonlySet<string>): ReadonlySet<string> {
  const kept = new Set<string>();
  const counts = { well: 0, badly: 0 };
  for (const one of newestFirst) {
    if (needed.has(one.id)) {
      kept.add(one.id);
      continue;
    }
    const group = one.state === 'succeeded' || one.state === 'cancelled' ? 'well' : 'badly';
    const days = group === 'well' ? limits.keepDays : limits.keepFailedDays;
    const endedMs = one.finishedAt === null ? Number.NaN : Date.parse(one.finishedAt);
    if (counts[group] >= limits.keepCount || nowMs - endedMs > days * DAY_MS) continue;
    counts[group] += 1;
    kept.add(one.id);
  }
  return kept;
}
