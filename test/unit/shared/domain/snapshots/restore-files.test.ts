import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileAction, filesInTheWay, restoreDiff } from '@shared/domain/snapshots/restore-files';

const file = (text: string, mode = 0o644): { readonly text: string; readonly mode: number } => ({ text, mode });

describe('fileAction', () => {
  it.each([
    [null, null, 'same'],
    [file('a'), null, 'create'],
    [null, file('a'), 'remove'],
    [file('a'), file('a'), 'same'],
    [file('a'), file('b'), 'change'],
    [file('a', 0o755), file('a'), 'change'],
  ])('of %j over %j is %s', (then, now, action) => {
    expect(fileAction({ then, now })).toBe(action);
  });
});

describe('restoreDiff', () => {
  it('shows the lines of compose files, and of env files that a value differs, never which', () => {
    const diff = restoreDiff([
      { path: 'compose.yaml', secret: false, now: file('a: 1\n'), then: file('a: 2\n') },
      { path: '.env', secret: true, now: file('TOKEN=hunter2\nSAME=always\n# OLD=commented\n'), then: file('TOKEN=swordfish\nSAME=always\nmore of a value\n') },
    ]);
    expect(diff).toContain('-a: 1\n+a: 2');
    expect(diff).toContain('-TOKEN=*** (now)');
    expect(diff).toContain('+TOKEN=*** (in the snapshot)');
    expect(diff).toContain(' SAME=***');
    expect(diff).not.toMatch(/hunter2|swordfish|always|commented|more of/);
  });

  it('shows no value of an env file, whatever is in it', () => {
    const value = fc.string({ minLength: 8, maxLength: 20 }).filter((one) => !/[\n\r=:]/.test(one) && one.trim().length >= 8 && !'*** (in the snapshot)'.includes(one.trim()));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[A-Z]{1,6}$/), value)), fc.array(fc.tuple(fc.stringMatching(/^[A-Z]{1,6}$/), value)), (now, then) => {
        const text = (rows: readonly (readonly [string, string])[]): string => rows.map(([name, one]) => `${name}=${one}\n`).join('');
        const diff = restoreDiff([{ path: '.env', secret: true, now: file(text(now)), then: file(text(then)) }]);
        for (const [, one] of [...now, ...then]) expect(diff).not.toContain(`=${one}`);
      }),
    );
  });
});

describe('filesInTheWay', () => {
  it('names files of the modes of now that the snapshot does not have', () => {
    const now = { composeFiles: ['compose.yaml', 'compose.override.yaml', '../outside.yaml', '/abs.yaml'], envFiles: ['.env', 'more.env'] };
    expect(filesInTheWay(now, new Set(['compose.yaml', '.env']), { compose: true, env: true })).toEqual([
      { path: 'compose.override.yaml', secret: false },
      { path: 'more.env', secret: true },
    ]);
    // A repository without secrets knows nothing of env files: that is no reason to remove them.
    expect(filesInTheWay(now, new Set(['compose.yaml']), { compose: true, env: false })).toEqual([{ path: 'compose.override.yaml', secret: false }]);
  });
});
