import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { berthCommand, type BerthCommand, type CommandResult, type JsonAnswer } from '../../support/berth-command';
import { GitFolder } from '../../support/git-folder';

const folder = new GitFolder();
const FILES = { 'a.yaml': 'a: 1\n', 'k8s/b.yaml': 'b: 1\n' };
let berth: BerthCommand;
beforeAll(async () => {
  berth = await berthCommand();
  await berth.serve({ env: { HOME: folder.home } });
});
afterAll(async () => {
  await berth.close();
  rmSync(folder.path, { recursive: true, force: true });
});

const at = (name: string): string => join(folder.path, name);
/** As somebody types it in a folder. */
const typed = (cwd: string, ...words: readonly string[]): Promise<CommandResult> => berth.run(words, { cwd: at(cwd), env: { HOME: folder.home } });
const json = <T>(cwd: string, ...words: readonly string[]): Promise<{ readonly code: number | null; readonly answer: JsonAnswer<T> }> => berth.json<T>(words, { cwd: at(cwd), env: { HOME: folder.home } });

describe('git on the command line', { timeout: 60_000 }, () => {
  it('says that there is nothing to take over where only this side has gone on', async () => {
    folder.remote('ahead.git', ['ahead'], FILES);
    folder.commit('ahead', 'mine', { 'c.yaml': 'c: 1\n' });
    const pulled = await typed('ahead', 'gitops', 'pull', '--remote', at('ahead.git'), '--yes');
    expect([pulled.code, pulled.stdout]).toEqual([0, 'Nothing to take over: main is 1 commit ahead of origin/main. `berth gitops push` sends it.\n']);
    expect((await json<OutputOf<'gitops.pull'>>('ahead', 'gitops', 'pull', '--yes')).answer.value).toMatchObject({ state: 'up-to-date', ahead: 1, behind: 0 });
    expect((await typed('ahead', 'gitops', 'sync', '--yes')).stdout).toBe('Sent: main and origin/main; 1 commit sent.\n');
    expect((await typed('ahead', 'gitops', 'pull', '--yes')).stdout).toBe('Both sides are the same: main and origin/main.\n');
  });

  it('ends with 4 at a conflict, and answers all the same', async () => {
    folder.remote('clash.git', ['clash', 'others'], FILES);
    folder.commit('others', 'theirs', { 'a.yaml': 'a: theirs\n' });
    folder.git('others', 'push', '-q');
    folder.commit('clash', 'ours', { 'a.yaml': 'a: ours\n' });
    folder.git('clash', 'branch', 'side', 'HEAD~1');
    for (const verb of ['sync', 'pull']) expect(await json('clash', 'gitops', verb, '--remote', at('clash.git'), '--yes'), verb).toMatchObject({ code: 4, answer: { ok: true, value: { state: 'conflict', conflicts: [{ path: 'a.yaml' }] } } });
    folder.git('clash', 'fetch', '-q');
    folder.git('clash', 'branch', '-f', 'side', 'origin/main');
    expect((await typed('clash', 'gitops', 'merge-branch', 'side', '--yes')).code).toBe(4);
  });

  it('finds the repository for what a file was, and takes HEAD and branches for commits', async () => {
    folder.repository('shown', FILES);
    folder.git('shown', 'branch', 'old');
    const newest = folder.commit('shown', 'second', { 'k8s/b.yaml': 'b: 2\n' });
    folder.git('shown', 'update-ref', 'refs/remotes/origin/main', newest);
    for (const words of [['--file', 'k8s/b.yaml'], ['--file', join(at('shown'), 'k8s/b.yaml')], ['--file', './k8s/b.yaml', '--branch', 'main'], ['--file', 'k8s/b.yaml', '--branch', 'origin/main']]) {
      const { code, answer } = await json<OutputOf<'gitops.history'>>('shown/k8s', 'gitops', 'history', ...words);
      expect([code, answer.value?.commits.map((one) => one.subject)], words.join(' ')).toEqual([0, ['second', 'first']]);
    }
    for (const name of ['HEAD', 'main', newest.slice(0, 7), 'HEAD~0', 'HEAD^0']) {
      const { code, answer } = await json<OutputOf<'gitops.show'>>('shown', 'gitops', 'show', '--commit', name, '--file', 'k8s/b.yaml');
      expect([code, answer.value?.commit, answer.value?.text], name).toEqual([0, newest, { path: 'k8s/b.yaml', before: 'b: 1\n', after: 'b: 2\n' }]);
    }
    expect((await json<OutputOf<'gitops.show'>>('shown', 'gitops', 'show', '--commit', 'old')).answer.value?.commit).toBe(folder.git('shown', 'rev-parse', 'HEAD~1'));
    expect((await typed('shown', 'gitops', 'show', '--file', 'a.yaml')).stdout).toBe('Nothing changed.\n');
    folder.write('shown/a.yaml', 'a: 2\n');
    expect((await typed('shown/k8s', 'gitops', 'show', '--file', 'a.yaml')).stdout).toBe('--- a/a.yaml\n+++ b/a.yaml\n@@ -1,1 +1,1 @@\n-a: 1\n+a: 2\n');
    for (const name of ['--all', 'HEAD:a.yaml', 'main..old', '@{-1}', 'HEAD^{tree}', ':/first', '-n1']) {
      const refused = await json('shown', 'gitops', 'show', `--commit=${name}`);
      expect([refused.code, refused.answer.error?.code, refused.answer.error?.message], name).toEqual([2, 'input-invalid', '"commit" is not valid: a commit is named by its id (4 digits or more), HEAD, a branch or a tag, with ~2 or ^ to go back from it.']);
    }
  });

  it('ends with 2 for what is not there, and names it', async () => {
    folder.repository('missing', FILES);
    mkdirSync(at('missing/templates/gitops'), { recursive: true });
    folder.write('missing/templates/gitops/app.yaml', 'a: 1\n');
    const refused = async (...words: readonly string[]): Promise<unknown> => {
      const { code, answer } = await json('missing', 'gitops', ...words);
      return [code, answer.error?.code, answer.error?.message];
    };
    const root = at('missing');
    expect(await refused('history', '--branch', 'nope')).toEqual([2, 'not-found', 'There is no branch nope.']);
    expect(await refused('history', '--file', 'nope.yaml')).toEqual([2, 'not-found', 'No commit of this branch has nope.yaml, and there is no such file.']);
    expect(await refused('history', '--file', '../nope.yaml')).toEqual([2, 'input-invalid', `../nope.yaml is no file in the repository ${root}.`]);
    expect(await refused('show', '--commit', 'nope')).toEqual([2, 'not-found', 'There is no commit nope.']);
    expect(await refused('show', '--file', 'nope.yaml')).toEqual([2, 'not-found', 'There is no file nope.yaml.']);
    expect(await refused('show', '--commit', 'HEAD', '--file', 'nope.yaml')).toEqual([2, 'not-found', `The commit ${folder.git('missing', 'rev-parse', 'HEAD').slice(0, 10)} has no file nope.yaml.`]);
    expect(await refused('template-versions', 'nope')).toEqual([2, 'not-found', `There is no template nope in ${root}/templates/gitops.`]);
    expect(await refused('preview', 'ap.yaml')).toEqual([2, 'not-found', `There is no template ap.yaml in ${root}/templates/gitops.`]);
    expect((await json('missing', 'gitops', 'template-versions', 'app.yaml')).code).toBe(0);
    expect((await json('missing', 'gitops', 'history', '--file', 'templates/gitops/app.yaml')).answer.value).toMatchObject({ commits: [] });
  });

  it('commits no file that is not there or not here, and says which', async () => {
    folder.repository('commit', FILES);
    folder.write('outside.yaml', 'x: 1\n');
    folder.write('commit/a.yaml', 'a: 2\n');
    const before = folder.git('commit', 'rev-parse', 'HEAD');
    const refused = async (...files: readonly string[]): Promise<unknown> => {
      const { code, answer } = await json('commit', 'gitops', 'commit', ...files, '--message', 'x', '--yes');
      return [code, answer.error?.message];
    };
    const root = at('commit');
    expect(await refused('a.yaml', 'nope.yaml')).toEqual([2, `There is no file nope.yaml in ${root}.`]);
    expect(await refused('../outside.yaml')).toEqual([2, `../outside.yaml is no file in the repository ${root}.`]);
    expect(await refused(at('outside.yaml'))).toEqual([2, `${at('outside.yaml')} is no file in the repository ${root}.`]);
    expect(await refused('k8s')).toEqual([2, 'k8s is a folder.']);
    expect(await refused('k8s/b.yaml')).toEqual([1, 'There is nothing to commit: k8s/b.yaml is as in the last commit, or left out by .gitignore.']);
    expect(folder.git('commit', 'rev-parse', 'HEAD')).toBe(before);
    rmSync(at('commit/k8s/b.yaml'));
    expect((await typed('commit/k8s', 'gitops', 'commit', join(root, 'a.yaml'), './k8s/b.yaml', '--message', 'two', '--yes')).stdout).toMatch(/^2 files committed to main as /);
  });

  it('deletes a branch that a remote, another branch or a tag has', async () => {
    folder.remote('kept.git', ['kept'], FILES);
    for (const name of ['sent', 'tagged', 'alone']) {
      folder.git('kept', 'checkout', '-q', '-b', name, 'main');
      folder.commit('kept', name, { [`${name}.yaml`]: 'x: 1\n' });
    }
    folder.git('kept', 'push', '-q', 'origin', 'sent');
    folder.git('kept', 'tag', 'v1', 'tagged');
    folder.git('kept', 'checkout', '-q', 'main');
    for (const name of ['sent', 'tagged']) expect((await typed('kept', 'gitops', 'delete-branch', name, '--yes')).code, name).toBe(0);
    const refused = await json('kept', 'gitops', 'delete-branch', 'alone', '--yes');
    expect([refused.code, refused.answer.error?.message]).toEqual([1, 'alone has commits that are nowhere else: no other branch and no tag has them, nor a remote as of the last fetch.']);
    expect((await typed('kept', 'gitops', 'delete-branch', 'alone', '--unmerged', '--yes')).code).toBe(0);
    expect(folder.git('kept', 'branch')).toBe('* main');
  });
});
