import { describe, expect, it } from 'vitest';
import { commandHelp, referencePage } from '@shared/contract/command-help';
import { contract } from '@shared/contract/contract';
import { exitCodeOf, type ContractEntry } from '@shared/contract/define';

const code = (name: keyof typeof contract, value: object): number => exitCodeOf(contract[name] as ContractEntry, value);

describe('an answer that is no error', () => {
  it('ends with 0 where nothing is said of it', () => {
    expect(code('modes.list', [])).toBe(0);
    expect(code('gitops.sync', { state: 'pulled' })).toBe(0);
    expect(code('checks.run', { ok: true, findings: [{ severity: 'warning' }] })).toBe(0);
  });

  it('ends with the code of what it comes to', () => {
    expect(code('engine.status', { state: 'unreachable' })).toBe(3);
    expect(code('checks.run', { ok: false, findings: [{ severity: 'error' }] })).toBe(4);
    expect(code('checks.connectivity', { ok: false })).toBe(4);
    expect(code('checks.robustness', { score: 9, of: 10 })).toBe(4);
    expect(code('storage.validate', { ok: false })).toBe(1);
    expect(code('gitops.validate', { ok: false })).toBe(4);
    expect(code('gitops.preview', { problems: [{}] })).toBe(4);
    for (const name of ['gitops.sync', 'gitops.pull', 'gitops.merge-branch', 'gitops.resolve-merge'] as const) expect(code(name, { state: 'conflict' }), name).toBe(4);
  });

  it('ends with that of the first rule that fits', () => {
    expect(code('changes.test', { ok: false, findings: [{ severity: 'error' }] })).toBe(4);
    expect(code('changes.test', { ok: false, findings: [] })).toBe(1);
    expect(code('changes.test', { ok: true, findings: [] })).toBe(0);
  });

  it('is told of in the help and on the reference page', () => {
    const told = 'Ends with 4 when both sides changed the same and nothing was touched.';
    expect(commandHelp('gitops.sync', contract['gitops.sync'])).toContain(told);
    expect(referencePage({ 'gitops.sync': contract['gitops.sync'] })).toContain(told);
  });
});
