/** What is remembered of the durations of one kind of work: the newest of them, and what was ever counted. */
export interface DurationRecord {
  count: number;
  failed: number;
  sumMs: number;
  /** The newest, as a ring. */
  readonly recentMs: number[];
}

/** How many durations of one kind of work are remembered for the percentiles. */
export const REMEMBERED_DURATIONS = 512;

export interface DurationSummary {
  readonly count: number;
  readonly failed: number;
  readonly sumMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export function newDurationRecord(): DurationRecord {
  return { count: 0, failed: 0, sumMs: 0, recentMs: [] };
}

/** Adds one duration in place; what is no duration (not finite, below zero) counts as zero. */
export function addDuration(record: DurationRecord, durationMs: number, failed: boolean): void {
  const ms = Number.isFinite(durationMs) && durationMs > 0 ? durationMs : 0;
  record.recentMs[record.count % REMEMBERED_DURATIONS] = ms;
  record.count += 1;
  record.sumMs += ms;
  if (failed) record.failed += 1;
}

/** Percentiles and the longest are over what is remembered (nearest rank); count, failed and sum over everything. */
export function summarize(record: DurationRecord): DurationSummary {
  const sorted = [...record.recentMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { count: record.count, failed: record.failed, sumMs: record.sumMs, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}
