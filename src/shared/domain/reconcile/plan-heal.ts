import type { FoundDrift } from './find-drifts';

/** What heals a set of drifts. */
export interface HealPlan {
  /** Containers to stop, start and restart as they are. */
  readonly stop: readonly string[];
  readonly start: readonly string[];
  readonly restart: readonly string[];
  /** Null: nothing is made anew. Otherwise a switch held to these services; `services` null: to the whole wanted mode. */
  readonly remake: { readonly services: readonly string[] | null; readonly recreate: readonly string[] } | null;
}

/** Starts and restarts what only has to run; makes anew what has another shape or is missing. One of the latter takes all into the one transaction. */
export function planHeal(drifts: readonly FoundDrift[]): HealPlan {
  const stop = idsOf(drifts.filter((one) => one.field === 'state' && one.desired === 'stopped'));
  const rest = drifts.filter((one) => !(one.field === 'state' && one.desired === 'stopped'));
  if (rest.some((one) => one.field === 'mode')) return { stop: [], start: [], restart: [], remake: { services: null, recreate: [] } };
  const restart = rest.filter((one) => one.field === 'health' || one.field === 'namespace' || (one.field === 'state' && one.actual === 'restarting'));
  const start = rest.filter((one) => one.field === 'state' && (one.actual.startsWith('exited') || one.actual === 'created'));
  const shaped = rest.filter((one) => !restart.includes(one) && !start.includes(one));
  if (shaped.length === 0) return { stop, start: idsOf(start), restart: idsOf(restart), remake: null };
  const recreate = [...shaped.filter((one) => one.field !== 'containers' && !(one.field === 'state' && one.actual !== 'paused')), ...restart];
  return { stop, start: [], restart: [], remake: { services: servicesOf(rest), recreate: servicesOf(recreate) } };
}

/** True when a drift may be healed without anybody being asked: a crash, or a field that is not as the files say. What somebody did on purpose never is. */
export function mayHealItself(drift: Pick<FoundDrift, 'cause' | 'field' | 'restartsItself'>): boolean {
  if (drift.restartsItself || drift.cause === 'intent') return false;
  return drift.cause === 'crash' || (drift.field !== 'state' && drift.field !== 'mode');
}

function idsOf(drifts: readonly FoundDrift[]): readonly string[] {
  return [...new Set(drifts.flatMap((one) => one.containerId ?? []))];
}

function servicesOf(drifts: readonly FoundDrift[]): readonly string[] {
  return [...new Set(drifts.map((one) => one.service))].sort();
}
