import { describe, expect, it } from 'vitest';
import { printError } from '../../../src/cli/answer';
import { recoveredLine, render } from '../../../src/cli/render/render';
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

  it('tells a switch that changed nothing from one that did', () => {
    const kept = { operationId: 'op', state: 'succeeded', from: 'dev', to: 'dev', durationMs: 40, healthyMs: 40, services: [{ name: 'web', downtimeMs: 0, containerId: 'c', action: 'keep' }] };
    expect(render('modes.switch', kept, terminal)).toMatch(/^dev already runs; nothing had to change\.\n/);
    expect(render('modes.switch', { ...kept, services: [{ ...kept.services[0], action: 'recreate' }] }, terminal)).toMatch(/^Switched from dev to dev in 40 ms\.\n/);
  });

  it('says what became of an interrupted operation', () => {
    const one = { id: 'op_1', kind: 'modes.switch', title: 'Switch shop to dev' };
    expect(recoveredLine({ ...one, state: 'rolled-back' })).toBe('An interrupted switch was undone first: Switch shop to dev.');
    expect(recoveredLine({ ...one, state: 'succeeded' })).toBe('An interrupted switch was finished first: Switch shop to dev.');
    expect(recoveredLine({ ...one, state: 'needs-attention' })).toContain('berth operations show op_1');
    expect(recoveredLine({ ...one, state: 'interrupted' })).toBeUndefined();
  });

  it('lists what trust is asked for', () => {
    said.length = 0;
    expect(printError({ code: 'trust-required', message: 'Not trusted.', hint: 'Trust it.', details: { trustQuestions: ['shop runs 1 service'] } }, false, terminal)).toBe(2);
    expect(said.join('')).toBe('berth: Not trusted.\n  - shop runs 1 service\nTrust it.\n');
  });
});
