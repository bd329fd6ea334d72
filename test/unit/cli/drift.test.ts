import { expect, it } from 'vitest';
import { render } from '../../../src/cli/render/render';
import type { Terminal } from '../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };
const drift = { id: 'd_1', projectId: 'p', service: 'api', field: 'memory', desired: 'none', actual: '64 MiB', cause: 'unknown', why: 'It was changed by hand.', policy: 'ask', state: 'open', operationId: null, nextTryAt: null, since: '' };

it('shows drift with both values, and what was healed', () => {
  expect(render('drift.list', [], terminal)).toBe('No drift: what runs is what is wanted.\n');
  const shown = render('drift.list', [drift, { ...drift, id: 'd_2', service: '', field: 'mode', desired: 'prod', actual: 'dev', state: 'waiting', nextTryAt: 'soon' }], terminal);
  expect(shown).toContain('d_1  api      memory  none    64 MiB  unknown  open, asks\n');
  expect(shown).toContain('tried again at soon');
  expect(shown).toContain('  api memory: It was changed by hand.\n  mode mode:');
  expect(render('drift.heal', { operationId: 'o', healed: ['d_1'], left: ['d_2'] }, terminal)).toBe('Healed 1 of 2. Still there: d_2.\n');
  expect(render('drift.heal', { operationId: 'o', healed: [], left: [] }, terminal)).toBe('There was no drift, so nothing was changed.\n');
  expect(render('drift.policies', { project: 'notify', services: { api: 'heal' } }, terminal)).toBe('SERVICE    POLICY\n(project)  notify\napi        heal\n');
});
