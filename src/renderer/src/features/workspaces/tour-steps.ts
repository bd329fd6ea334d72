import type { Workspace } from './workspaces-answer';

/** The way of an edit, in its order: sent, run, looked at, edited, looked at again. */
export const TOUR_STEPS = ['send', 'run', 'look', 'edit', 'again'] as const;

export type TourStep = (typeof TOUR_STEPS)[number];

/** What the page saw its user do on the way. */
export interface TourSeen {
  readonly looked: boolean;
  readonly again: boolean;
  /** When the first look was, so that an edit from before is not taken for the one that is asked for; null before it. */
  readonly lookedAtMs: number | null;
}

/** How far the tour is: the first step that is not done is next, and none behind it counts. */
export function tourStates({ lastSyncedAt, runner }: Pick<Workspace, 'lastSyncedAt' | 'runner'>, seen: TourSeen): readonly ('done' | 'now' | 'later')[] {
  const copiedAtMs = runner?.copiedAt == null ? 0 : Date.parse(runner.copiedAt);
  const done: { readonly [step in TourStep]: boolean } = {
    send: lastSyncedAt !== null,
    run: runner?.state === 'running' || (seen.looked && runner !== null && runner.state !== 'stopped' && runner.state !== 'failed'),
    look: seen.looked,
    edit: seen.lookedAtMs !== null && copiedAtMs > seen.lookedAtMs && runner?.state === 'running',
    again: seen.again,
  };
  const next = TOUR_STEPS.findIndex((step) => !done[step]);
  const at = next === -1 ? TOUR_STEPS.length : next;
  return TOUR_STEPS.map((_, index) => (index < at ? 'done' : index === at ? 'now' : 'later'));
}
