import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDockerignore } from '@shared/domain/engine/dockerignore';
import { concernsPath, isUnwatched, planWatchBatch, ruleObstacle, watchRulesOf, type LeftOut, type WatchRule } from '@shared/domain/services/watch-rules';

const rules = (...watch: readonly object[]): readonly WatchRule[] => watchRulesOf('web', { develop: { watch } });
const one = (more: object): WatchRule => rules({ path: '/p/src', action: 'sync', target: '/app', ...more })[0] as WatchRule;
const none = (): undefined => undefined;
const leftOut = (text: string): LeftOut => {
  const parsed = parseDockerignore(text);
  return { dir: '/p', patterns: parsed.ok ? parsed.patterns : [] };
};

it('takes files to where the file says, a single file to its name there', () => {
  const batch = planWatchBatch([one({}), one({ path: '/p/one.conf', target: '/etc/one.conf' })], [{ path: '/p/src/a/b.js', exists: true }, { path: '/p/src/gone.js', exists: false }, { path: '/p/one.conf', exists: true }, { path: '/p/other', exists: true }], none);
  expect(batch.get('web')).toEqual({ copy: [{ from: '/p/src/a/b.js', to: '/app/a/b.js' }, { from: '/p/one.conf', to: '/etc/one.conf' }], remove: ['/app/gone.js'], exec: [], restart: false, rebuild: false });
});

it('does what each action says; a rebuild makes the rest superfluous', () => {
  const change = [{ path: '/p/src/a', exists: true }];
  const exec = { command: ['reload'] };
  expect(planWatchBatch([one({ action: 'sync+restart' })], change, none).get('web')).toMatchObject({ restart: true, copy: [{ to: '/app/a' }] });
  expect(planWatchBatch([one({ action: 'sync+exec', exec })], change, none).get('web')).toMatchObject({ exec: [{ command: ['reload'] }], copy: [{ to: '/app/a' }] });
  expect(planWatchBatch([one({ action: 'restart', target: undefined })], change, none).get('web')).toMatchObject({ restart: true, copy: [] });
  expect(planWatchBatch([one({}), one({ action: 'rebuild' })], change, none).get('web')).toEqual({ copy: [], remove: [], exec: [], restart: false, rebuild: true });
});

it('leaves out what the rule, the build and editors do not mean', () => {
  expect(concernsPath(one({ ignore: ['node_modules/', '**/*.log'] }), '/p/src/node_modules/x', undefined)).toBe(false);
  expect(concernsPath(one({ ignore: 'a/*.log' }), '/p/src/a/x.log', undefined)).toBe(false);
  expect(concernsPath(one({ include: ['**/*.js'] }), '/p/src/x/a.js', undefined)).toBe(true);
  expect(concernsPath(one({ include: ['**/*.js'] }), '/p/src/x/a.css', undefined)).toBe(false);
  expect(concernsPath(one({}), '/p/src/x.tmp', leftOut('src/*.tmp'))).toBe(false);
  for (const path of ['/p/src/.git/index', '/p/src/.a.txt.swp', '/p/src/a.txt~', '/p/src/4913', '/p/src/.idea/x']) expect(concernsPath(one({}), path, undefined), path).toBe(false);
  expect(concernsPath(one({}), '/p/src/a.txt', undefined)).toBe(true);
});

it('watches no folder that no rule is about, and every folder on the way to one', () => {
  const ignoring = [one({ ignore: ['node_modules/'], include: ['deep/**/*.js'] })];
  expect(isUnwatched(ignoring, '/p/src/node_modules', none)).toBe(true);
  expect(isUnwatched(ignoring, '/p/src/other', none)).toBe(false);
  expect(isUnwatched(ignoring, '/p', none)).toBe(false);
  expect(isUnwatched(ignoring, '/q', none)).toBe(true);
});

it('says why a rule cannot be followed', () => {
  expect(ruleObstacle(one({ target: undefined }))).toMatch(/does not say where to/);
  expect(ruleObstacle(one({ target: 'relative' }))).toMatch(/absolute path/);
  expect(ruleObstacle(one({ action: 'sync+exec' }))).toMatch(/`exec` is missing/);
  expect(ruleObstacle(one({ action: 'sync+exec', exec: { command: ['x'], privileged: true } }))).toMatch(/more rights/);
  expect(ruleObstacle(one({ action: 'rebuild', target: undefined }))).toBeNull();
  expect(watchRulesOf('web', { develop: { watch: [{ path: '/p', action: 'dance' }, 3, null] } })).toEqual([]);
});

it('never takes anything out of the target', () => {
  const names = fc.stringMatching(/^[a-z0-9.]{1,8}$/).filter((name) => name !== '.' && name !== '..');
  fc.assert(
    fc.property(fc.array(fc.record({ parts: fc.array(names, { minLength: 1, maxLength: 4 }), exists: fc.boolean() })), (changes) => {
      const batch = planWatchBatch([one({})], changes.map(({ parts, exists }) => ({ path: `/p/src/${parts.join('/')}`, exists })), none).get('web');
      for (const path of [...(batch?.copy.map(({ to }) => to) ?? []), ...(batch?.remove ?? [])]) expect(path.startsWith('/app/')).toBe(true);
    }),
  );
});
