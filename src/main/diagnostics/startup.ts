import { performance } from 'node:perf_hooks';
import type { OutputOf } from '@shared/contract/contract';

/** Marks of the start begin with it (`performance.mark`). */
const PREFIX = 'berth:';

/** How the start of this process went: the moments that were marked, and the steps of the services. */
export function startupReport(steps: OutputOf<'diagnostics.startup'>['steps']): OutputOf<'diagnostics.startup'> {
  const marks = performance.getEntriesByType('mark').filter((mark) => mark.name.startsWith(PREFIX));
  return {
    startedAt: new Date(performance.timeOrigin).toISOString(),
    // A window that is opened again marks again: the first time is the start.
    marks: [...new Map(marks.toReversed().map((mark) => [mark.name, mark] as const)).values()].toReversed().map((mark) => ({ name: mark.name.slice(PREFIX.length), atMs: Math.round(mark.startTime * 10) / 10 })),
    steps: [...steps],
  };
}
