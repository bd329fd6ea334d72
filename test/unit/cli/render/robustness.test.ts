import { expect, it } from 'vitest';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };

it('shows each point with its time and one sentence, and the score last', () => {
  const points = [
    { id: 'delete', title: 'Delete a service', ok: true, tookMs: 1_500, detail: 'web went.' },
    { id: 'ports', title: 'Move every port', ok: false, tookMs: 900, detail: 'web should publish 8100\nand publishes 8000.' },
  ];
  expect(render('checks.robustness', { operationId: 'op', score: 1, of: 2, tookMs: 61_000, points, markdown: '' }, terminal)).toBe(
    [
      '        POINT             ID      TOOK    WHAT HAPPENED',
      'passed  Delete a service  delete  1.5 s   web went.',
      'LOST    Move every port   ports   900 ms  web should publish 8100 and publishes 8000.',
      '1 of 2 points in 1 min 1 s. The copy is removed.',
      '',
    ].join('\n'),
  );
});
