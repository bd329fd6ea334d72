/** What retention looks at of a snapshot. */
export interface RetentionItem {
  readonly id: string;
  /** ISO time. */
  readonly createdAt: string;
  readonly pinned: boolean;
  /** All services were well. */
  readonly good: boolean;
}

/** How many stay: the newest ones, and the newest of each of so many hours, days and weeks that have one. */
export interface RetentionRule {
  readonly keepLast: number;
  readonly keepHourly: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970 began on a Thursday; weeks begin on Mondays. */
const MONDAY_MS = 4 * DAY_MS;

/** The ids that stay. Pinned ones, the newest and the newest good one always do; the order they come in does not matter. */
export function retained(items: readonly RetentionItem[], rule: RetentionRule): ReadonlySet<string> {
  const newestFirst = [...items].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, Math.max(rule.keepLast, 1)).map((one) => one.id));
  keepOnePer(newestFirst, rule.keepHourly, (ms) => Math.floor(ms / HOUR_MS), kept);
  keepOnePer(newestFirst, rule.keepDaily, (ms) => Math.floor(ms / DAY_MS), kept);
  keepOnePer(newestFirst, rule.keepWeekly, (ms) => Math.floor((ms - MONDAY_MS) / WEEK_MS), kept);
  for (const one of items) if (one.pinned) kept.add(one.id);
  const good = newestFirst.find((one) => one.good);
  if (good !== undefined) kept.add(good.id);
  return kept;
}

function keepOnePer(newestFirst: readonly RetentionItem[], count: number, periodOf: (ms: number) => number, kept: Set<string>): void {
  const periods = new Set<number>();
  for (const one of newestFirst) {
    if (periods.size >= count) return;
    const period = periodOf(Date.parse(one.createdAt));
    if (periods.has(period)) continue;
    periods.add(period);
    kept.add(one.id);
  }
}
