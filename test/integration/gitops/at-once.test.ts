import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolutionGit } from '@main/gitops';
import type { OperationKind } from '@main/operations/types';
import { GitFolder } from '../../support/git-folder';
import { openGitWorld, type GitWorld } from '../../support/git-world';
import { DEEP } from '../../support/random';

const folder = new GitFolder();
const ROUNDS = DEEP ? 50 : 10;
let world: GitWorld;
beforeAll(async () => {
  world = await openGitWorld({ home: join(folder.path, 'state'), env: folder.env });
});
afterAll(async () => {
  await world.close();
  rmSync(folder.path, { recursive: true, force: true });
});

it('a sync and a batch of the same files that are started at once both succeed, as one after the other would', { timeout: 600_000 }, async () => {
  folder.remote('remote.git', ['ours', 'theirs', 'serial'], { 'a.yaml': 'a: 0\n', 'b.yaml': 'b: 0\n' });
  const dir = join(folder.path, 'ours');
  const remote = join(folder.path, 'remote.git');
  for (let round = 1; round <= ROUNDS; round += 1) {
    folder.commit('theirs', `theirs ${String(round)}`, { 'b.yaml': `b: ${String(round)}\n` });
    folder.git('theirs', 'pull', '-q', '--no-rebase', '--no-edit');
    folder.git('theirs', 'push', '-q');
    const batch = { dir, actions: [{ action: 'replace', path: 'a.yaml', text: `a: ${String(round)}\n` }, { action: 'create', path: `new/${String(round)}.yaml`, text: 'x: 1\n' }] as never, commit: `batch ${String(round)}` };
    const both = await Promise.all(round % 2 === 0 ? [world.run('gitops.sync', { dir, remote }), world.run('gitops.batch', batch)] : [world.run('gitops.batch', batch), world.run('gitops.sync', { dir, remote })]);
    expect(both.map(({ state, error }) => [state, error?.message])).toEqual([['succeeded', undefined], ['succeeded', undefined]]);
  }
  await world.result('gitops.sync', { dir, remote });
  folder.git('serial', 'pull', '-q');
  expect(folder.git('ours', 'rev-parse', 'HEAD')).toBe(folder.git('serial', 'rev-parse', 'HEAD'));
  expect(folder.git('ours', 'status', '--porcelain')).toBe('');
  expect([readFileSync(join(dir, 'a.yaml'), 'utf8'), readFileSync(join(dir, 'b.yaml'), 'utf8'), folder.git('ours', 'ls-files', 'new').split('\n').length]).toEqual([`a: ${String(ROUNDS)}\n`, `b: ${String(ROUNDS)}\n`, ROUNDS]);
});

it('a resolution is put on a branch of its own, and branch, index and HEAD are put back when it fails', async () => {
  const dir = folder.repository('resolved', { 'apps/a.yaml': 'a: 1\n', 'apps/b.yaml': 'a: 1\n' });
  const git = resolutionGit(world.deps);
  folder.write('resolved/apps/new.yaml', 'n: 1\n');
  const facts = await git.facts(join(dir, 'apps'), new AbortController().signal);
  expect([[...(facts?.tracked ?? [])], [...(facts?.dirty ?? [])]]).toEqual([['a.yaml', 'b.yaml'], ['new.yaml']]);
  expect(await git.facts(folder.home, new AbortController().signal)).toBeNull();
  const kind = (name: string, fails: boolean): OperationKind => ({
    kind: name,
    needsEngine: false,
    key: () => 'resolution',
    title: () => 'Resolve',
    projectId: () => null,
    async run(context) {
      await git.startBranch(context, join(dir, 'apps'), 'gitops/resolve-20260101-000000');
      rmSync(join(dir, 'apps/b.yaml'), { force: true });
      const commit = await git.commit(context, join(dir, 'apps'), ['b.yaml'], 'Resolve duplicates');
      if (fails) throw new Error('afterwards');
      await context.commit();
      return commit;
    },
    rollback: (context) => git.putBack(context, join(dir, 'apps')),
    finish: () => Promise.resolve(null),
  });
  world.operations.register(kind('test.fails', true));
  world.operations.register(kind('test.works', false));
  const before = [folder.git('resolved', 'for-each-ref'), folder.git('resolved', 'symbolic-ref', 'HEAD'), folder.git('resolved', 'ls-files', '-s')];
  expect((await world.run('test.fails', {})).state).toBe('rolled-back');
  expect([folder.git('resolved', 'for-each-ref'), folder.git('resolved', 'symbolic-ref', 'HEAD'), folder.git('resolved', 'ls-files', '-s')]).toEqual(before);
  folder.git('resolved', 'checkout', '-q', '--', 'apps/b.yaml');
  const main = folder.git('resolved', 'rev-parse', 'main');
  await world.result('test.works', {});
  expect([folder.git('resolved', 'symbolic-ref', '--short', 'HEAD'), folder.git('resolved', 'rev-parse', 'main')]).toEqual(['gitops/resolve-20260101-000000', main]);
  await world.result('gitops.switch-branch', { dir, name: 'main' });
  await world.result('gitops.merge-branch', { dir, name: 'gitops/resolve-20260101-000000' });
  expect(folder.git('resolved', 'ls-files', 'apps')).toBe('apps/a.yaml');
});
