import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOf, DEFAULT_RULES, rulesOf } from '@shared/domain/gitops/hierarchy/rules';
import { decidingRule, explainScore, scoreOf } from '@shared/domain/gitops/hierarchy/score';
import { configOfVersion, currentVersion, versionsOf, withVersion, type HierarchyVersion } from '@shared/domain/gitops/hierarchy/versions';

const ADMIN = { created_by: 'admin' };
const PRODUCTION = { environment: 'production' };
const MANAGED = { managed: 'true' };

/** Highest first: 25 files and what each is worth. */
const TABLE: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['production/main.yaml', { ...ADMIN, ...PRODUCTION, ...MANAGED }, 447],
  ['production/main.yaml', { ...ADMIN, ...PRODUCTION }, 446],
  ['production/main.yaml', { ...ADMIN, ...MANAGED }, 445],
  ['production/main.yml', ADMIN, 444],
  ['production/main.yaml', { ...PRODUCTION, ...MANAGED }, 443],
  ['production/main.yaml', PRODUCTION, 442],
  ['production/main.yaml', MANAGED, 441],
  ['production/main.yaml', {}, 440],
  ['production/default.yaml', {}, 430],
  ['production/template.yaml', {}, 420],
  ['production/app.yaml', {}, 410],
  ['production/example.yaml', {}, 400],
  ['environments/main.yaml', {}, 340],
  ['environments/default.yml', {}, 330],
  ['environments/app.yaml', {}, 310],
  ['templates/main.yaml', {}, 240],
  ['templates/template.yaml', {}, 220],
  ['templates/app.yaml', { created_by: 'somebody', managed: 'false' }, 210],
  ['base/main.yaml', {}, 140],
  ['base/app.yaml', MANAGED, 111],
  ['app.yaml', {}, 110],
  ['base/example.yaml', {}, 100],
  ['examples/main.yaml', {}, 40],
  ['examples/app.yaml', {}, 10],
  ['examples/example.yaml', {}, 0],
];

describe('the rank of a file', () => {
  it.each(TABLE)('%s %j is %i', (path, marks, expected) => {
    expect(scoreOf(path, marks, DEFAULT_RULES).score).toBe(expected);
  });

  it('falls from the first to the last of the table', () => {
    expect(TABLE.map(([, , score]) => score)).toEqual([...TABLE.map(([, , score]) => score)].sort((left, right) => right - left));
  });

  it.each([
    ['my-production/app.yaml', 110, 'a part of a segment is none'],
    ['production', 110, 'a file is no folder'],
    ['production.yaml', 110, 'nor is its name'],
    ['a/production/b/app.yaml', 410, 'a folder on the way counts'],
    ['examples/production/app.yaml', 410, 'the highest folder of the path counts'],
    ['examples/a/environments/app.yaml', 310, 'whichever comes first'],
    ['Production/app.yaml', 110, 'letters are taken as they are'],
  ])('%s is %i: %s', (path, expected) => {
    expect(scoreOf(path, {}, DEFAULT_RULES).score).toBe(expected);
  });

  it('is told in plain words', () => {
    expect(explainScore(scoreOf('production/main.yaml', ADMIN, DEFAULT_RULES), DEFAULT_RULES)).toBe('444: folder /production/ 400 + file name main.yaml 40 + created_by=admin 4.');
    expect(explainScore(scoreOf('a/b.yaml', {}, DEFAULT_RULES), DEFAULT_RULES)).toBe('110: no listed folder 100 + no listed file name 10 + no listed metadata 0.');
  });

  it('orders as folder, then name, then metadata, whatever the lists are', () => {
    const lists = fc.record({
      directory_priority: fc.uniqueArray(fc.constantFrom('/a/', '/b/', '/a/b/', '/c/', '/d/', '/e/'), { minLength: 0 }),
      file_name_priority: fc.uniqueArray(fc.constantFrom('v.yaml', 'w.yaml', 'x.yaml', 'y.yaml', 'z.yaml', 'q.yaml', 'r.yaml', 's.yaml', 't.yaml', 'u.yaml', 'p.yaml', 'o.yaml')),
      metadata_priority: fc.uniqueArray(fc.constantFrom('k=1', 'l=1', 'm=1', 'n=1', 'o=1')),
    });
    const path = fc.tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 }), fc.constantFrom('o.yaml', 'p.yml', 'v.yaml', 'w.yaml', 'x.yml', 'z.yaml', 'other.yaml')).map(([folders, name]) => [...folders, name].join('/'));
    const marks = fc.dictionary(fc.constantFrom('k', 'l', 'm', 'n', 'o'), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(lists, path, marks, path, marks, (config, leftPath, leftMarks, rightPath, rightMarks) => {
        const rules = rulesOf(config);
        const [left, right] = [scoreOf(leftPath, leftMarks, rules), scoreOf(rightPath, rightMarks, rules)];
        const rule = decidingRule(left, right);
        if (rule === null) expect(left.score).toBe(right.score);
        else expect(Math.sign(left.score - right.score)).toBe(Math.sign(left[rule] - right[rule]));
      }),
    );
  });

  it('ranks what is in no list above the lowest and below all others', () => {
    expect(scoreOf('x/a.yaml', {}, rulesOf({ directory_priority: ['/live/'] })).directory).toBe(1);
    expect(scoreOf('live/a.yaml', {}, rulesOf({ directory_priority: ['/live/'] })).directory).toBe(2);
    expect(scoreOf('clusters/live/a.yaml', {}, rulesOf({ directory_priority: ['/clusters/live/', '/live/', '/old/'] })).directory).toBe(3);
    expect(scoreOf('live/clusters/a.yaml', {}, rulesOf({ directory_priority: ['/clusters/live/', '/old/'] })).directory).toBe(1);
  });
});

describe('the rules', () => {
  it('are the defaults for {} and refuse what decides nothing', () => {
    expect(rulesOf({})).toEqual(DEFAULT_RULES);
    expect(configOf(DEFAULT_RULES)).toEqual({});
    expect(configOf(rulesOf({ directory_priority: ['/a/'] }))).toEqual({ directory_priority: ['/a/'] });
    for (const config of [{ directory_priority: ['/'] }, { directory_priority: ['/a/', 'a'] }, { file_name_priority: ['a/b.yaml'] }, { file_name_priority: ['main.yml', 'main.yaml'] }, { metadata_priority: ['managed'] }]) {
      expect(() => rulesOf(config)).toThrowError();
    }
  });

  it('are kept as versions, and going back adds the old one again', () => {
    const first: readonly HierarchyVersion[] = [];
    expect(versionsOf(first).map((one) => one.version)).toEqual([1]);
    const second = withVersion(first, { directory_priority: ['/a/'] }, '2026-01-01T00:00:00.000Z', 'a first');
    expect(withVersion(second, { directory_priority: ['/a/'] }, '2026-01-02T00:00:00.000Z', 'the same')).toEqual(second);
    const third = withVersion(second, configOfVersion(second, 1), '2026-01-03T00:00:00.000Z', 'Back to version 1');
    expect(third.map((one) => one.version)).toEqual([1, 2, 3]);
    expect(currentVersion(third).config).toEqual({});
    expect(() => configOfVersion(third, 9)).toThrowError('There is no version 9 of the rules.');
  });
});
