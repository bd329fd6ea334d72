import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '@shared/contract/command-line';
import { commandWords, shellLine } from '@shared/contract/command-words';
import { describeContract, type FormField } from '@shared/contract/describe';

const PROJECT = 'p_0123456789abc';
const options = { cwd: '/work', resolvePath: (path: string) => (path.startsWith('/') ? path : `/work/${path}`) };
const entries = describeContract();

function valueOf(field: FormField): fc.Arbitrary<unknown> {
  const text = fc.string({ minLength: 1, maxLength: 12 });
  const path = fc.stringMatching(/^\/[a-z -]{1,12}$/);
  if (field.type === 'boolean') return fc.boolean();
  if (field.type === 'number') return fc.integer({ min: -1_000, max: 1_000_000 });
  if (field.isPath) return field.type === 'list' ? fc.array(path, { minLength: 1, maxLength: 3 }) : path;
  if (field.hasJsonItems) return fc.array(fc.oneof(text, fc.dictionary(text.filter((key) => key !== '__proto__'), fc.oneof(text, fc.integer()), { noNullPrototype: true })), { maxLength: 3 });
  if (field.type === 'list') return fc.array(text, { minLength: 1, maxLength: 3 });
  if (field.type === 'json') return fc.oneof(fc.integer(), fc.boolean(), text, fc.constant({ a: [1, 'b'] }));
  return text;
}

describe('the command line of an input', () => {
  it.each(entries.filter((entry) => entry.name !== 'schedules.set').map((entry) => [entry.name, entry] as const))('%s reads as the same input again', (_name, entry) => {
    const fields = entry.fields.filter((field) => field.name !== 'project' && !field.secret);
    const record = fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field)])), { requiredKeys: fields.filter((field) => field.required).map((field) => field.name) });
    fc.assert(
      fc.property(record, (input) => {
        // A project named by its folder may be given as an id: made absolute by whoever reads it.
        fc.pre(!entry.name.startsWith('projects.') || !/[\\/]|^\.{1,2}$/.test(String(input['id'] ?? '')));
        const takesProject = entry.fields.some((field) => field.name === 'project');
        const line = parseCommandLine(commandWords(entry, input, PROJECT).slice(1), options);
        const dir = entry.name === 'compose.config' && input['dir'] === undefined && input['file'] === undefined ? { dir: '/work' } : {};
        expect(line).toMatchObject({ kind: 'call', name: entry.name });
        expect(line.kind === 'call' ? line.input : null).toEqual({ ...input, ...dir, ...(takesProject ? { project: PROJECT } : {}) });
      }),
      { numRuns: 25 },
    );
  });

  it('leaves secrets out, whatever was typed', () => {
    for (const entry of entries) {
      const input = Object.fromEntries(entry.fields.filter((field) => field.secret).map((field) => [field.name, 'hush hush']));
      expect(commandWords(entry, input, PROJECT).join(' '), entry.name).not.toContain('hush');
    }
  });

  it('is quoted as a shell reads it', () => {
    expect(shellLine(['berth', 'modes', 'switch', 'prod', '--project', 'my shop'])).toBe("berth modes switch prod --project 'my shop'");
    expect(shellLine(["it's", '$HOME', ''])).toBe("'it'\\''s' '$HOME' ''");
  });
});

describe('the description of the contract', () => {
  const field = (entry: string, name: string): FormField | undefined => entries.find((one) => one.name === entry)?.fields.find((one) => one.name === name);

  it('is plain data without what only doors use', () => {
    expect(JSON.parse(JSON.stringify(entries))).toEqual(JSON.parse(JSON.stringify(entries)));
    expect(entries.some((entry) => entry.name === 'contract.describe' || entry.name === 'events.since')).toBe(false);
  });

  it('says what can be chosen, within which range, and what is a secret', () => {
    expect(field('workspaces.resolve', 'keep')?.choices).toEqual(['local', 'remote', 'both']);
    expect(field('storage.sync', 'job')?.choices).toEqual([]);
    expect(field('operations.list', 'limit')).toMatchObject({ type: 'number', minimum: 1, maximum: 500, defaultText: '50' });
    expect(field('storage.use', 'secretKey')?.secret).toBe(true);
    // A choice that is one word or anything is typed.
    expect(field('snapshots.verify', 'id')?.choices).toEqual([]);
  });
});
