import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inScope, planVolume, type SentFile } from '@shared/domain/workspaces/volume-plan';

const file = (key: string, md5: string): SentFile => ({ key, sizeBytes: md5.length, md5 });
const heldOf = (files: readonly SentFile[]): Map<string, SentFile> => new Map(files.map((one) => [one.key, one]));
const files = fc.uniqueArray(fc.record({ key: fc.constantFrom('api/a', 'api/b', 'api/c/d', 'www/a', 'www/b', 'top'), md5: fc.constantFrom('1', '2', '3') }), { selector: ({ key }) => key }).map((all) => all.map(({ key, md5 }) => file(key, md5)));

describe('a volume', () => {
  it('becomes what was sent, whatever lay in it', () => {
    fc.assert(
      fc.property(files, files, (before, sent) => {
        const held = heldOf(before);
        const plan = planVolume(held, { files: sent, complete: true }, { workspaces: null });
        for (const one of plan.put) held.set(one.key, one);
        for (const key of plan.remove) held.delete(key);
        expect(held).toEqual(heldOf(sent));
        expect(planVolume(held, { files: sent, complete: true }, { workspaces: null })).toEqual({ put: [], remove: [], withheld: 0 });
      }),
    );
  });

  it('keeps what is outside of the part that is looked at', () => {
    fc.assert(
      fc.property(files, fc.constantFrom({ workspaces: ['api'] }, { workspaces: ['.'] }, { keys: ['www/a'] }), (before, scope) => {
        const plan = planVolume(heldOf(before), { files: [], complete: true }, scope);
        expect(plan.remove).toEqual(before.map(({ key }) => key).filter(inScope(scope)).sort());
      }),
    );
  });

  it('loses little on suspicion, and nothing when nothing at all is known', () => {
    const many = Array.from({ length: 200 }, (_, index) => file(`api/${String(index)}`, 'x'));
    const held = heldOf(many);
    expect(planVolume(held, { files: [], complete: false }, { workspaces: null })).toEqual({ put: [], remove: [], withheld: 200 });
    expect(planVolume(held, { files: many.slice(100), complete: false }, { workspaces: null })).toMatchObject({ remove: [], withheld: 100 });
    expect(planVolume(held, { files: many.slice(40), complete: false }, { workspaces: null }).remove).toHaveLength(40);
    expect(planVolume(held, { files: many.slice(100), complete: true }, { workspaces: null }).remove).toHaveLength(100);
  });

  it('does not guess the content of what was compared by size alone', () => {
    expect(planVolume(new Map(), { files: [file('api/a', '')], complete: true }, { workspaces: null }).put).toEqual([]);
  });
});
