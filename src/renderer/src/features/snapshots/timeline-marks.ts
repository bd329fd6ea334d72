import { newestFirst, type Snapshot } from './snapshots-answer';

/** Snapshots that stand at one place of the timeline. */
export interface TimelineMark {
  /** From 0, the oldest, to 1, now. */
  readonly at: number;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TICKS = [['hour', HOUR_MS], ['day', DAY_MS], ['week', 7 * DAY_MS], ['month', 30 * DAY_MS], ['year', 365 * DAY_MS]] as const;
/** Ages below this stand at the same place: the newest minute is not stretched over half of the line. */
const FINEST_MS = 5 * 60_000;
/** Never shorter than this, so that a first snapshot does not stand at the far end. */
const SHORTEST_MS = 2 * HOUR_MS;
/** Ticks nearer to each other or to an end than this are left out. */
const TICK_ROOM = 0.09;

function scaleOf(snapshots: readonly Snapshot[], nowMs: number): (ageMs: number) => number {
  const oldest = Math.max(SHORTEST_MS, ...snapshots.map((one) => nowMs - Date.parse(one.createdAt)));
  const whole = Math.log1p(oldest / FINEST_MS);
  return (ageMs) => Math.min(1, Math.max(0, 1 - Math.log1p(Math.max(0, ageMs) / FINEST_MS) / whole));
}

/** Where snapshots stand on a line whose recent part is wider: as many places as there is room for. */
export function timelineMarks(snapshots: readonly Snapshot[], nowMs: number, places: number): readonly TimelineMark[] {
  const scale = scaleOf(snapshots, nowMs);
  const byPlace = new Map<number, Snapshot[]>();
  for (const snapshot of newestFirst(snapshots)) {
    const place = Math.round(scale(nowMs - Date.parse(snapshot.createdAt)) * (places - 1));
    byPlace.set(place, [...(byPlace.get(place) ?? []), snapshot]);
  }
  return [...byPlace].sort(([a], [b]) => a - b).map(([place, own]) => ({ at: places <= 1 ? 1 : place / (places - 1), snapshots: own }));
}

/** The words below the line, where there is room for them. */
export function timelineTicks(snapshots: readonly Snapshot[], nowMs: number): readonly { readonly name: string; readonly at: number }[] {
  const scale = scaleOf(snapshots, nowMs);
  let last = 1;
  return TICKS.flatMap(([name, ageMs]) => {
    const at = scale(ageMs);
    if (at <= 0 || last - at < TICK_ROOM) return [];
    last = at;
    return [{ name, at }];
  });
}
