import { expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 120 };
const row = { service: 'api', action: 'recreate', state: 'running', health: 'healthy', tookMs: 900, detail: '' };

it('says what changed, why it may or may not be deployed, and what to do next', () => {
  const shown: OutputOf<'changes.show'> = {
    mode: 'dev',
    hash: 'a1',
    pending: true,
    changes: [{ service: 'api', number: 1, action: 'recreate', reasons: ['image changes'], differences: [], build: 'build' }],
    tested: null,
    deployable: false,
    reason: 'These changes were not tested yet.',
  };
  expect(render('changes.show', shown, terminal)).toBe('  ~ api: recreate (image changes)\nThese changes were not tested yet.\nTest them: berth changes test\n');
  expect(render('changes.show', { ...shown, deployable: true, reason: 'The test of exactly these changes passed.' }, terminal)).toMatch(/Deploy them: berth changes deploy\n$/);
  expect(render('changes.show', { ...shown, pending: false, changes: [], reason: 'Nothing.' }, terminal)).toBe('Nothing.\n');
});

it('shows each service of a test with its verdict, and the outage of a deploy', () => {
  const report: OutputOf<'changes.test'> = { operationId: 'op', mode: 'dev', hash: 'a1', ok: false, tookMs: 12_300, findings: [], services: [{ ...row, state: 'failed', detail: 'api ended with code 1 soon after its start.' }], connectivity: [], summary: 'api ended with code 1 soon after its start.' };
  expect(render('changes.test', report, terminal)).toMatch(/SERVICE .*\napi .*failed .*\nfailed api ended with code 1 soon after its start\. \(.*12.*\)\n$/);
  const deployed: OutputOf<'changes.deploy'> = { operationId: 'op', mode: 'dev', hash: 'a1', services: [row], outageMs: 0, summary: 'Deployed api.' };
  expect(render('changes.deploy', deployed, terminal)).toMatch(/Deployed api\. No service was away\.\n$/);
  expect(render('changes.rollback', { ...deployed, outageMs: 2_500 }, terminal)).toMatch(/Deployed api\. Services were away for .*2.*\.\n$/);
});
