import { describe, expect, it } from 'vitest';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };

describe('what was looked at, for people', () => {
  it('connections as a table, and a sentence for each that does not answer', () => {
    const cell = { from: 'api', to: 'db', host: 'db', port: 5432, state: 'open', detail: 'api reaches db at db:5432.', tookMs: 2 };
    const text = render('checks.connectivity', { operationId: 'op', ok: false, cells: [cell, { ...cell, to: 'cache', host: 'cache', port: 0, state: 'no-port', detail: 'Nobody knows.' }, { ...cell, to: 'queue', state: 'closed', detail: 'api does not reach queue.' }] }, terminal);
    expect(text.split('\n').map((line) => line.replace(/ +/g, ' ').trim())).toEqual(['FROM TO AT ANSWER', 'api db db:5432 open', 'api cache - no port', 'api queue db:5432 closed', 'no port Nobody knows.', 'closed api does not reach queue.', '']);
    expect(render('checks.connectivity', { operationId: 'op', ok: true, cells: [] }, terminal)).toBe('No service depends on another, so there is nothing to try.\n');
  });
  it('variables with what they hide', () => {
    const entry = { name: 'TAG', service: null, value: '3', masked: false, source: '.env:1', state: 'set', shadowed: [{ source: 'default in a.yaml:3', value: 'latest' }] };
    expect(render('compose.variables', [entry], terminal).replace(/ +/g, ' ')).toBe('SERVICE NAME VALUE FROM HIDES\n- TAG 3 .env:1 default in a.yaml:3 (latest)\n');
    expect(render('compose.variables', [], terminal)).toBe('The files use no variables and set no environment.\n');
  });
});
