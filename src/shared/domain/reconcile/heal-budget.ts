/** How often healing may try. */
export interface HealLimits {
  readonly maxTries: number;
  readonly windowMs: number;
}

/** Whether a service may be healed now. */
export type HealDecision = { readonly kind: 'try' } | { readonly kind: 'wait'; readonly untilMs: number } | { readonly kind: 'gave-up'; readonly tries: number };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** How long to wait after so many tries: 1, 2, 4 … 60 seconds. */
export function backOffMs(tries: number): number {
  if (tries <= 0) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 16));
}

/**
 * At most `maxTries` within the window, each after its back-off. `tries`: when earlier ones were, in any order. What has ended is left
 * ended for 1, 2, 4 … s, so the back-off counts from `endedMs`; where nothing ended, from the last try.
 */
export function decideHeal(tries: readonly number[], nowMs: number, limits: HealLimits, endedMs: number | null = null): HealDecision {
  const recent = triesWithin(tries, nowMs, limits.windowMs);
  if (recent.length >= limits.maxTries) return { kind: 'gave-up', tries: recent.length };
  const sinceTryMs = recent.length === 0 ? nowMs : Math.max(...recent) + backOffMs(recent.length);
  // The engine's clock may be ahead of ours.
  const sinceEndMs = endedMs === null ? nowMs : Math.min(endedMs, nowMs) + backOffMs(recent.length + 1);
  const untilMs = Math.max(sinceTryMs, sinceEndMs);
  return untilMs <= nowMs ? { kind: 'try' } : { kind: 'wait', untilMs };
}

/** Those that still count. */
export function triesWithin(tries: readonly number[], nowMs: number, windowMs: number): readonly number[] {
  return tries.filter((at) => nowMs - at < windowMs);
}
