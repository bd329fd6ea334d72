/** What decides when a schedule is due. Its times lie on a grid: `nextAtMs` and whole periods before and after it. */
export interface ScheduleTimes {
  readonly everyMs: number;
  readonly nextAtMs: number;
}

/**
 * Whether it is due now, and when it is next. After a sleep of any length it is due exactly once, and the times stay
 * on their grid. A clock that was set back never makes it wait longer than one period, and never makes it due.
 */
export function scheduleTurn(times: ScheduleTimes, nowMs: number): { readonly due: boolean; readonly nextAtMs: number } {
  const { everyMs, nextAtMs } = times;
  const isNear = nowMs < nextAtMs && nextAtMs - nowMs <= everyMs;
  if (isNear) return { due: false, nextAtMs };
  return { due: nowMs >= nextAtMs, nextAtMs: nextAtMs + (Math.floor((nowMs - nextAtMs) / everyMs) + 1) * everyMs };
}
