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

describe('the help of a command', () => {
  it('says what its words are, which flags it cannot do without, and what they can be', () => {
    const saving = commandHelp('gitops.save-template', contract['gitops.save-template']);
    expect(saving).toContain('\nWords:\n  <template>  path in the template folder\n  <text>      a file that has the new text, or - for standard input\n');
    expect(saving).toMatch(/\n {2}--note <note>\n/);
    expect(commandHelp('gitops.batch', contract['gitops.batch'])).toMatch(/^Usage: berth gitops batch \[<dir>\] --actions <json>… \[--commit <commit>\]$/m);
    expect(commandHelp('gitops.batch', contract['gitops.batch'])).toMatch(/^ {2}--actions <json> {3,}required; each as/m);
    expect(commandHelp('files.create', contract['files.create'])).toContain('one of empty, deployment, service, configmap, namespace, kustomization, compose; default empty');
    // What the description says already is not said twice.
    expect(commandHelp('services.resources', contract['services.resources'])).not.toContain('one of current');
  });
});
