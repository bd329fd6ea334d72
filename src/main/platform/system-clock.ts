import type { Clock } from '@shared/kernel/clock';

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
