import type { OutputOf } from '@shared/contract/contract';
import { duration, paint, table, type Terminal } from '../terminal';

/** How the robustness run is shown: the points as a table, what was lost in words, the score last. */
export const robustnessRenderers = {
  'checks.robustness': (value: OutputOf<'checks.robustness'>, terminal: Terminal): string => {
    const rows = table(['', 'POINT', 'ID', 'TOOK', 'WHAT HAPPENED'], value.points.map((one) => [one.ok ? 'passed' : 'LOST', one.title, one.id, duration(one.tookMs), one.detail]));
    const score = `${String(value.score)} of ${String(value.of)} points in ${duration(value.tookMs)}`;
    return `${rows}${paint(terminal, value.score === value.of ? 'green' : 'red', score)}. The copy is removed.\n`;
  },
} as const;
