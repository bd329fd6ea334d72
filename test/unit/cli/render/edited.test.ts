import { expect, it } from 'vitest';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };
const diff = '--- a/compose.yaml\n+++ b/compose.yaml\n@@ -1 +1 @@\n-a\n+b\n';

it('shows what changed in files, and says where nothing had to', () => {
  for (const name of ['compose.healthcheck', 'compose.remap-ports', 'compose.relocate']) {
    expect(render(name, { operationId: 'op', files: ['compose.yaml', '.env'], diff }, terminal)).toBe(`${diff}Changed compose.yaml, .env.\n`);
    expect(render(name, { operationId: 'op', files: [], diff: '' }, terminal)).toBe('Nothing had to change.\n');
  }
  expect(render('compose.rename-network', { operationId: 'op', files: ['compose.yaml'], diff }, terminal)).toContain('The next switch moves the services');
});

it('prints the port map and files as they are, without what would steer a terminal', () => {
  expect(render('compose.ports', { entries: [], markdown: '# Ports of shop\n' }, terminal)).toBe('# Ports of shop\n');
  expect(render('compose.source', { file: '/x', text: 'a: \u001b[31mred\n' }, terminal)).toBe('a: red\n');
});

it('says in one sentence which health check a service has', () => {
  const check = { from: 'image', kind: 'http', port: 80, path: '/up', command: '', intervalSeconds: 10, timeoutSeconds: 5, retries: 3, startPeriodSeconds: 0 };
  const said = (healthcheck: unknown): string => render('services.healthcheck', { healthcheck }, terminal, { service: 'web' });
  expect(said(check)).toBe('The health check of web, from its image, asks port 80 for /up: every 10 s, at most 5 s each, unhealthy after 3 in a row, the first 0 s not counted.\n');
  expect(said({ ...check, kind: 'command', port: null, command: 'true', from: 'file' })).toContain('from its compose file, runs `true`');
  expect(said({ ...check, kind: 'none' })).toContain('switch the health check of web off');
  expect(said(null)).toContain('has no health check');
});
