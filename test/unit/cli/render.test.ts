import { describe, expect, it } from 'vitest';
import { printError } from '../../../src/cli/answer';
import { recoveredLine, render, stayingLine } from '../../../src/cli/render/render';
import type { Terminal } from '../../../src/cli/terminal';

const said: string[] = [];
const terminal: Terminal = { out: (text) => said.push(text), err: (text) => said.push(text), stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };

describe('what people read', () => {
  it('says when there was nothing to do', () => {
    const none = { operationId: 'op', services: [] };
    expect(render('services.start', none, terminal, { services: ['web'] })).toBe('web already runs.\n');
    expect(render('services.start', none, terminal, { services: ['web', 'db'] })).toBe('web, db already run.\n');
    expect(render('services.start', none, terminal)).toBe('Everything that has a container already runs.\n');
    expect(render('services.stop', none, terminal, { services: ['web'] })).toBe('web does not run.\n');
    expect(render('services.stop', none, terminal)).toBe('Nothing runs.\n');
    expect(render('services.start', { ...none, services: ['web'] }, terminal)).toBe('Started web.\n');
  });

  it('tells the lines of services apart by colour, and prints no escape sequence of theirs', () => {
    const line = { service: 'api', containerId: 'c', stream: 'stdout' as const, time: '2026-01-01T00:00:00.000000000Z', text: 'one\u001b]0;title\u0007\u202E\u001b[31m two' };
    expect(render('services.logs', line, terminal)).toBe('api | one two\n');
    expect(render('services.logs', line, terminal, { timestamps: true })).toBe('api | 2026-01-01T00:00:00.000000000Z one two\n');
    const coloured = ['api', 'web'].map((service) => render('services.logs', { ...line, service }, { ...terminal, color: true }));
    expect(coloured[0]).toMatch(/^\u001b\[\d+mapi \|\u001b\[0m one two\n$/);
    expect(coloured[1]?.slice(0, 5)).not.toBe(coloured[0]?.slice(0, 5));
    expect(render('services.save-logs', { operationId: 'op', file: '/tmp/a.log', lines: 1, sizeBytes: 7 }, terminal)).toBe('/tmp/a.log: 1 line, 7 bytes.\n');
  });

  it('tells the presets by name from the one a service has', () => {
    const preset = { reservedCpus: 0.5, reservedMemoryBytes: 2 ** 29, cpus: 1, memoryBytes: 2 ** 30, notice: '' };
    const presets = (['current', 'combined', 'none'] as const).map((name) => ({ ...preset, name }));
    const text = render('services.presets', { current: { ...preset, name: 'custom' }, presets }, terminal, { service: 'api' });
    const lines = text.trim().split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    expect(lines[1]).toMatch(/^\* \| custom \| other limits that its compose files set/);
    expect(lines[2]).toMatch(/current \| for a service without a worker in it \(a name, not what it has now\)/);
    expect(lines.at(-1)).toBe('* is what the compose files give api now. Another: berth services resources api <preset>');
    expect(render('services.presets', { current: presets[0], presets }, terminal, { service: 'api' })).not.toContain('custom');
  });

  it('says where the new token is, and what becomes of the old one', () => {
    expect(render('api.rotate-token', { tokenFile: '/home/u/.berth/api-token' }, terminal)).toBe('The new token is in /home/u/.berth/api-token; the old one is refused from now on.\n');
  });

  it('says for whom a command stays, and what Ctrl+C then does', () => {
    expect(stayingLine({ operations: 1, commands: 0 })).toBe('Done. This process stays until 1 operation of others has ended. Ctrl+C ends it now: what they changed is undone unless it is already committed, and what still waits is left to the next berth.');
    expect(stayingLine({ operations: 2, commands: 1 })).toContain('stays until 2 operations and 1 command in a container of others have ended. Ctrl+C ends it now:');
    expect(stayingLine({ operations: 0, commands: 2 })).toBe('Done. This process stays until 2 commands in containers of others have ended. Ctrl+C ends it now: nobody hears of what runs in a container any more.');
  });

  it('tells a switch that changed nothing from one that did', () => {
    const kept = { operationId: 'op', state: 'succeeded', from: 'dev', to: 'dev', durationMs: 40, healthyMs: 40, services: [{ name: 'web', downtimeMs: 0, containerId: 'c', action: 'keep' }], warnings: [] };
    expect(render('modes.switch', kept, terminal)).toMatch(/^dev already runs; nothing had to change\.\n/);
    expect(render('modes.switch', { ...kept, services: [{ ...kept.services[0], action: 'recreate' }] }, terminal)).toMatch(/^dev runs as its files say now; that took 40 ms\.\n/);
    expect(render('modes.switch', { ...kept, warnings: [{ service: 'web', message: 'Port 80 of web did not accept connections within 5 s.' }] }, terminal)).toMatch(/\nwarning web: Port 80 of web did not accept connections within 5 s\.\n$/);
  });

  it('says of which mode the findings are, and that a plan with errors would be refused', () => {
    const fault = { id: 'f', code: 'PORT_TAKEN', severity: 'error' as const, area: 'ports' as const, object: 'o', message: 'Port 80 is in use.', why: '', fixes: [] };
    const report = { ok: true, mode: 'dev', areas: [], findings: [], trustQuestions: [] };
    expect(render('checks.run', report, terminal)).toBe('No errors in dev.\n');
    expect(render('checks.run', { ...report, ok: false, findings: [fault] }, terminal)).toMatch(/\n1 error in dev\.\nEach code/);
    const change = { service: 'api', number: 1, action: 'keep' as const, reasons: [], differences: [], build: 'none' as const };
    const plan = { id: 'plan_1', projectId: 'p', projectName: 'shop', mode: 'dev', from: 'dev', changes: [change, { ...change, number: 2, action: 'recreate' as const, reasons: ['image changes'] }, { ...change, service: 'web' }], volumesKept: [], volumesCreated: [], networksCreated: [], networksRemoved: [], findings: [], mustAsk: false, trustQuestions: [], trusted: true };
    expect(render('modes.plan', plan, terminal)).toBe('shop: dev -> dev\n  = api (1): keep\n  ~ api (2): recreate (image changes)\n  = web: keep\n');
    expect(render('modes.plan', { ...plan, findings: [fault, { ...fault, id: 'g' }] }, terminal)).toMatch(/\nA switch would be refused: 2 errors\.\n$/);
  });

  it('says what became of an interrupted operation', () => {
    const one = { id: 'op_1', kind: 'modes.switch', title: 'Switch shop to dev' };
    expect(recoveredLine({ ...one, state: 'rolled-back' })).toBe('An interrupted switch was undone first: Switch shop to dev.');
    expect(recoveredLine({ ...one, state: 'succeeded' })).toBe('An interrupted switch was finished first: Switch shop to dev.');
    expect(recoveredLine({ ...one, state: 'needs-attention' })).toContain('berth operations show op_1');
    expect(recoveredLine({ ...one, state: 'interrupted' })).toBeUndefined();
  });

  it('says the line also where the message names the file', () => {
    const said: string[] = [];
    const heard = { ...terminal, err: (text: string) => void said.push(text) };
    printError({ code: 'compose-invalid', message: 'a in /p/c.yaml is wrong.', where: { file: '/p/c.yaml', line: 3, column: 5 } }, false, heard);
    printError({ code: 'compose-not-found', message: 'There is no file /p/c.yaml.', where: { file: '/p/c.yaml' } }, false, heard);
    expect(said).toEqual(['berth: a in /p/c.yaml is wrong. (/p/c.yaml:3:5)\n', 'berth: There is no file /p/c.yaml.\n']);
  });

  it('lists what trust is asked for', () => {
    said.length = 0;
    expect(printError({ code: 'trust-required', message: 'Not trusted.', hint: 'Trust it.', details: { trustQuestions: ['shop runs 1 service'] } }, false, terminal)).toBe(2);
    expect(said.join('')).toBe('berth: Not trusted.\n  - shop runs 1 service\nTrust it.\n');
  });
});
