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

describe('checks.fix', () => {
  const error = { finding: 'x-1', code: 'BIND_MISSING', severity: 'error', modes: ['dev', 'prod'], service: 'api', message: 'The folder ./x is missing.', reason: 'It must be done by hand. Put it there.', fixes: [] };

  it('says that nothing was changed, what is still wrong and what is to be done by hand', () => {
    expect(render('checks.fix', { applied: [], diff: '', left: [error] }, terminal)).toBe('Nothing was changed.\nOne error is still there:\nerror BIND_MISSING api in dev, prod: The folder ./x is missing.\n      It must be done by hand. Put it there.\n');
    expect(render('checks.fix', { applied: [], diff: '', left: [] }, terminal)).toBe('Nothing was changed: there is no error that could be fixed.\n');
  });

  it('says what was applied, and the fixes that are made only when they are named', () => {
    const named = { ...error, reason: 'Its fix is made only when it is named.', fixes: [{ id: 'f1', title: 'Create it' }] };
    expect(render('checks.fix', { applied: ['a'], diff: '+x\n', left: [named, error] }, terminal)).toContain('+x\nApplied: a\n2 errors are still there:\nerror BIND_MISSING api in dev, prod: The folder ./x is missing.\n      Its fix is made only when it is named.\n      fix: Create it (berth checks fix f1)\n');
    expect(render('checks.fix', { applied: ['a'], diff: '', left: [{ ...named, severity: 'warning' }] }, terminal)).toContain('One fault is still there:\nwarning BIND_MISSING');
    expect(render('checks.fix', { applied: [], diff: '+x\n', left: [] }, terminal)).toBe('+x\nNothing was changed.\n');
  });
});
