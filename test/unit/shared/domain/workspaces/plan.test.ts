import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalOfRoot, deleteLimit, judgeDeletes, judgeRoot } from '@shared/domain/workspaces/guard';
import { compareKeys, workspaceOf, hasSizeOnly, isSizeOnly } from '@shared/domain/workspaces/keys';
import { planSteps, RemotePages, type LocalItem, type PlanOptions } from '@shared/domain/workspaces/plan';
import type { LocalFile, RemoteFile, SyncedFile, SyncStep } from '@shared/domain/workspaces/sync-model';

const file = (key: string, version = 1, sizeBytes = 1): LocalFile => ({ key, sizeBytes, mtimeNs: BigInt(version), ctimeNs: BigInt(version), ino: 7n });
const synced = (key: string, version = 1, etag = 'e1', sizeBytes = 1): SyncedFile => ({ ...file(key, version, sizeBytes), md5: etag, etag, racy: false });
const remote = (key: string, etag = 'e1', sizeBytes = 1): RemoteFile => ({ key, sizeBytes, etag });
const here = (...files: readonly LocalFile[]): LocalItem[] => files.map((one) => ({ kind: 'file', file: one }));

function plan(local: readonly LocalItem[], state: readonly SyncedFile[], listing: readonly RemoteFile[] | null, options: Partial<PlanOptions> = {}, pageSize = 2): readonly SyncStep[] {
  const pages = listing === null ? null : new RemotePages();
  const steps: SyncStep[] = [];
  let fed = 0;
  for (const step of planSteps(local[Symbol.iterator](), state[Symbol.iterator](), pages, { sizeOnly: false, mayOverwrite: () => false, onForeign: () => undefined, ...options })) {
    if (step !== null) steps.push(step);
    else if (listing === null || fed >= listing.length) pages?.feed(null);
    else {
      pages?.feed(listing.slice(fed, fed + pageSize));
      fed += pageSize;
    }
  }
  return steps;
}

const kinds = (steps: readonly SyncStep[]): readonly string[] => steps.map((step) => (step.kind === 'conflict' ? `conflict ${step.because}` : step.kind));

describe('the order of keys', () => {
  it('is that of their bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        expect(Math.sign(compareKeys(one, other))).toBe(Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other))));
      }),
      { numRuns: 2_000 },
    );
    expect(compareKeys('\uffff', '😀')).toBeLessThan(0);
    expect(compareKeys('a-b', 'a/b')).toBeLessThan(0);
    expect([workspaceOf('a/b/c'), workspaceOf('README')]).toEqual(['a', null]);
  });
});

describe('the plan of one key', () => {
  it.each<[string, LocalFile | null, SyncedFile | null, RemoteFile | null | 'not listed', string]>([
    ['new here', file('k'), null, 'not listed', 'upload'],
    ['new here, and the place is free', file('k'), null, null, 'upload'],
    ['new here, and there with the same size', file('k'), null, remote('k'), 'adopt'],
    ['new here, and there with another size', file('k'), null, remote('k', 'e', 2), 'conflict not-ours'],
    ['untouched', file('k'), synced('k'), 'not listed', 'keep'],
    ['untouched on both sides', file('k'), synced('k'), remote('k'), 'keep'],
    ['its times moved', file('k', 2), synced('k'), 'not listed', 'rehash'],
    ['its size moved', file('k', 2, 5), synced('k'), 'not listed', 'upload'],
    ['was read too soon after it was written', file('k'), { ...synced('k'), racy: true }, 'not listed', 'rehash'],
    ['changed there', file('k'), synced('k'), remote('k', 'e2', 9), 'conflict changed-there'],
    ['changed there to what may be the same', file('k', 2), synced('k'), remote('k', 'e2'), 'adopt'],
    ['removed there', file('k'), synced('k'), null, 'upload'],
    ['gone here', null, synced('k'), 'not listed', 'remove'],
    ['gone here, as it was there', null, synced('k'), remote('k'), 'remove'],
    ['gone here, changed there', null, synced('k'), remote('k', 'e2'), 'conflict changed-there'],
    ['gone on both sides', null, synced('k'), null, 'forget'],
  ])('%s', (_name, local, known, there, wanted) => {
    expect(kinds(plan(local === null ? [] : here(local), known === null ? [] : [known], there === 'not listed' ? null : there === null ? [] : [there]))).toEqual([wanted]);
  });

  it('leaves what was never ours alone, and what was about to be ours is ours', () => {
    const foreign: string[] = [];
    expect(plan([], [], [remote('.berth/lease'), remote('k')], { onForeign: ({ key }) => foreign.push(key) })).toEqual([]);
    expect(foreign).toEqual(['k']);
    const ours = { mayOverwrite: (_key: string, etag: string): boolean => etag === 'half' };
    expect(plan(here(file('k', 2, 5)), [synced('k')], [remote('k', 'half', 9)], ours)).toEqual([{ kind: 'upload', local: file('k', 2, 5), ifMatch: 'half' }]);
    expect(kinds(plan([], [], [remote('k', 'half')], ours))).toEqual(['remove']);
  });

  it('says of what a rule excludes since that it is excluded, and nothing of what cannot be read', () => {
    const steps = plan([{ kind: 'excluded', key: 'a/log' }, { kind: 'excluded', key: 'a/out/' }, { kind: 'unknown', key: 'b/' }], [synced('a/gone'), synced('a/log'), synced('a/out/x'), synced('a/out/y'), synced('b/x')], null);
    expect(steps.map((step) => (step.kind === 'remove' ? `${step.synced.key} ${step.because}` : step.kind))).toEqual(['a/gone deleted', 'a/log excluded', 'a/out/x excluded', 'a/out/y excluded']);
  });

  it('compares sizes alone when told', () => {
    expect(kinds(plan(here(file('k', 2)), [synced('k')], null, { sizeOnly: true }))).toEqual(['keep']);
  });
});

describe('the plan of many keys', () => {
  const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', 'é', '\uffee', '😀'), minLength: 1, maxLength: 4 }), { maxLength: 12 });
  const sorted = <T>(items: readonly T[], keyOf: (item: T) => string): T[] => [...items].sort((one, other) => compareKeys(keyOf(one), keyOf(other)));

  it('is that of each key by itself, whatever the pages', () => {
    fc.assert(
      fc.property(names, names, names, fc.integer({ min: 1, max: 3 }), fc.boolean(), (l, s, r, pageSize, listed) => {
        const local = here(...sorted(l, (key) => key).map((key, index) => file(key, index % 2)));
        const state = sorted(s, (key) => key).map((key) => synced(key));
        const there = sorted(r, (key) => key).map((key, index) => remote(key, index % 2 === 0 ? 'e1' : 'e2'));
        const together = plan(local, state, listed ? there : null, {}, pageSize);
        const single = sorted([...new Set([...l, ...s, ...(listed ? r : [])])], (key) => key).flatMap((key) =>
          plan(local.filter((item) => item.kind === 'file' && item.file.key === key), state.filter((one) => one.key === key), listed ? there.filter((one) => one.key === key) : null),
        );
        expect(together).toEqual(single);
      }),
    );
  });

  it('removes nothing that was not sent, and overwrites nothing that is not as it was sent', () => {
    fc.assert(
      fc.property(names, names, fc.array(fc.tuple(fc.constantFrom('a', 'b', 'a/b'), fc.constantFrom('e1', 'e2'))), (l, s, r) => {
        const there = sorted([...new Map(r)], ([key]) => key).map(([key, etag]) => remote(key, etag));
        for (const step of plan(here(...sorted(l, (key) => key).map((key) => file(key, 2))), sorted(s, (key) => key).map((key) => synced(key)), there)) {
          const found = there.find(({ key }) => key === ('synced' in step ? step.synced.key : 'local' in step ? step.local?.key : ''));
          if (step.kind === 'remove') expect(s.includes(step.synced.key) && found?.etag === step.synced.etag).toBe(true);
          if (step.kind === 'upload') expect(step.ifMatch).toBe(found?.etag ?? null);
        }
      }),
    );
  });
});

describe('the guard', () => {
  it('lets 50 or a quarter go', () => {
    expect([deleteLimit(0), deleteLimit(200), deleteLimit(1_000)]).toEqual([50, 50, 250]);
    expect(judgeDeletes('/r', { deletes: 50, seen: 1, known: 51 })).toBeNull();
    expect(judgeDeletes('/r', { deletes: 51, seen: 1, known: 52 })).toEqual({ reason: 'too-many-deletes', deletes: 51, limit: 50, known: 52 });
    expect(judgeDeletes('/r', { deletes: 1, seen: 0, known: 1 })).toEqual({ reason: 'root-emptied', root: '/r', known: 1 });
    expect(judgeDeletes('/r', { deletes: 0, seen: 0, known: 0 })).toBeNull();
  });

  it('stops for a folder that is missing or another one', () => {
    const one = { dev: 1n, ino: 2n };
    expect(judgeRoot('/r', null, one)).toEqual({ reason: 'root-missing', root: '/r' });
    expect(judgeRoot('/r', { dev: 9n, ino: 2n }, one)).toEqual({ reason: 'root-replaced', root: '/r' });
    expect([judgeRoot('/r', one, one), judgeRoot('/r', one, null)]).toEqual([null, null]);
    expect(approvalOfRoot(one)).toBe('root-1-2');
  });
});

describe('comparing by size alone', () => {
  it('holds for the workspaces that were chosen', () => {
    expect(isSizeOnly(['api'], 'api/app.js')).toBe(true);
    expect(isSizeOnly(['api'], 'www/app.js')).toBe(false);
    expect(isSizeOnly([], 'api/app.js')).toBe(false);
    expect([hasSizeOnly(true), hasSizeOnly([]), hasSizeOnly(['api'])]).toEqual([true, false, true]);
  });
});
