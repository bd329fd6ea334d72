import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { branchNameProblem } from '@shared/domain/gitops/git-names';
import { createGit, type Git, type GitRepository } from '@main/platform/git';
import type { GitCall } from '@main/platform/git/repository';
import { GitFolder } from '../../support/git-folder';

/** Keys of a repository's configuration that name a program. `%` stands for a program that leaves a mark with the key's name. */
const PLANTS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', '%'],
  ['core.sshCommand', '%'],
  ['core.gitProxy', '%'],
  ['core.askPass', '%'],
  ['core.pager', '%'],
  ['core.editor', '%'],
  ['sequence.editor', '%'],
  ['diff.external', '%'],
  ['diff.planted.command', '%'],
  ['diff.planted.textconv', '%'],
  ['filter.planted.clean', '%'],
  ['filter.planted.smudge', '%'],
  ['filter.planted.process', '%'],
  ['merge.planted.driver', '%'],
  ['gpg.program', '%'],
  ['credential.helper', '!%'],
  ['remote.origin.uploadpack', '%'],
  ['remote.origin.receivepack', '%'],
  ['alias.status', '!%'],
  ['pager.log', '%'],
  ['core.alternateRefsCommand', '%'],
];
const HOOKS = ['pre-commit', 'commit-msg', 'post-commit', 'prepare-commit-msg', 'post-checkout', 'post-merge', 'pre-push', 'reference-transaction', 'post-index-change', 'pre-merge-commit', 'pre-receive', 'update', 'post-receive', 'post-update'];

const HOSTILE_BRANCHES = ['', '-', '--upload-pack=x', '-c', '..', 'a..b', 'a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', '@', 'HEAD', 'a@{1}', '.a', 'a/.b', 'a.lock', 'a/b.lock/c', '/a', 'a/', 'a//b', 'a.', 'a\u0007b', 'a\nb', 'a\u007f'];
const HOSTILE_FILES = ['--output=x', '-rf', ':(top)a', ':!a', '*', 'a b', "a'b", 'a"b', '$(touch x)', '`id`', 'a;b', 'ü.yaml', 'a\nb'];

const folder = new GitFolder();
let git: Git;
beforeAll(() => {
  git = createGit({ viewsDir: join(folder.path, 'views'), env: folder.env });
});
afterAll(() => rmSync(folder.path, { recursive: true, force: true }));

const marks = (): readonly string[] => (existsSync(join(folder.path, 'fired')) ? readdirSync(join(folder.path, 'fired')).sort() : []);
const forgetMarks = (): void => rmSync(join(folder.path, 'fired'), { recursive: true, force: true });

function program(name: string, then = ''): string {
  const file = folder.write(`programs/${name}`, `#!/bin/sh\nmkdir -p '${folder.path}/fired'\n: > '${folder.path}/fired/${name}'\n${then}`);
  chmodSync(file, 0o755);
  return file;
}

/** A clone whose configuration, attributes and hooks all name programs; two branches that both changed one file. */
function hostile(name: string): string {
  folder.remote(`${name}.git`, [name], { 'a.yaml': 'a: 1\n', 'b.planted': 'one\ntwo\n', '.gitattributes': '*.planted diff=planted filter=planted merge=planted\n' });
  folder.git(name, 'checkout', '-q', '-b', 'other');
  folder.commit(name, 'theirs', { 'b.planted': 'theirs\ntwo\n' });
  folder.git(name, 'checkout', '-q', 'main');
  folder.commit(name, 'ours', { 'b.planted': 'ours\ntwo\n', 'c.yaml': 'c: 1\n' });
  for (const [key, value] of PLANTS) folder.git(name, 'config', key, value.replace('%', program(key, key.startsWith('filter') && !key.endsWith('process') ? 'cat\n' : '')));
  folder.git(name, 'config', 'commit.gpgSign', 'true');
  folder.git(name, 'config', 'filter.planted.required', 'false');
  for (const repository of [`${name}/.git`, `${name}.git`]) {
    mkdirSync(join(folder.path, repository, 'hooks'), { recursive: true });
    for (const hook of HOOKS) {
      writeFileSync(join(folder.path, repository, 'hooks', hook), readFileSync(program(`hook-${hook}`)));
      chmodSync(join(folder.path, repository, 'hooks', hook), 0o755);
    }
  }
  folder.write(`${name}/b.planted`, 'edited\ntwo\n');
  forgetMarks();
  return join(folder.path, name);
}

interface Command {
  readonly name: string;
  readonly call: GitCall;
  readonly onServer?: boolean;
}

const call = (...args: string[]): GitCall => ({ args, what: 'It failed', answers: [1, 128], writes: true });
const COMMANDS: readonly Command[] = [
  { name: 'status', call: call('status', '--porcelain=v2', '-z', '--branch') },
  { name: 'diff', call: call('diff') },
  { name: 'log', call: call('log', '-p', '--show-signature', '-3') },
  { name: 'show', call: call('show', 'HEAD') },
  { name: 'ls-files', call: call('ls-files', '--modified', '--others') },
  { name: 'check-ignore', call: call('check-ignore', 'a.yaml') },
  { name: 'add', call: call('add', '--', 'b.planted') },
  { name: 'commit', call: call('commit', '-m', 'x') },
  { name: 'checkout', call: call('checkout', '--force', 'other', '--') },
  { name: 'merge', call: call('merge', '--end-of-options', 'main') },
  { name: 'merge-tree', call: call('merge-tree', '--write-tree', 'main', 'other') },
  { name: 'fetch', call: call('fetch', '--no-write-fetch-head', '--end-of-options', '%', '+refs/heads/*:refs/remotes/origin/*'), onServer: true },
  { name: 'push', call: call('push', '--end-of-options', '%', 'HEAD:refs/heads/pushed'), onServer: true },
];

async function runOurs(repository: GitRepository, { call: one, onServer }: Command, remote: string): Promise<void> {
  if (onServer !== true) await repository.run(one);
  else {
    const reachable = await repository.reach(remote, true);
    await repository.speak(reachable, { ...one, args: one.args.map((argument) => (argument === '%' ? reachable.address : argument)) });
  }
}

describe('programs planted in a repository', () => {
  it('fire when plain git works in it', { timeout: 120_000 }, () => {
    hostile('proof');
    folder.attempt('proof', 'status');
    folder.attempt('proof', 'add', 'b.planted');
    folder.attempt('proof', 'config', '--unset', 'filter.planted.process');
    folder.attempt('proof', 'show', '--textconv', 'HEAD');
    folder.write('proof/a.yaml', 'a: 2\n');
    folder.attempt('proof', 'diff');
    folder.attempt('proof', 'add', 'a.yaml', 'b.planted');
    folder.attempt('proof', 'commit', '-m', 'x');
    folder.attempt('proof', 'config', '--unset', 'commit.gpgSign');
    folder.attempt('proof', 'commit', '-m', 'x');
    folder.attempt('proof', 'commit', '--amend');
    folder.attempt('proof', 'merge', 'other');
    folder.attempt('proof', 'merge', '--abort');
    folder.attempt('proof', 'reset', '-q', '--hard');
    folder.attempt('proof', 'checkout', '--force', 'other');
    folder.attempt('proof', 'rebase', '-i', 'HEAD~1');
    folder.attempt('proof', 'fetch');
    folder.attempt('proof', 'push', 'origin', 'HEAD:refs/heads/x');
    folder.attempt('proof', 'push', '--receive-pack=git-receive-pack', 'origin', 'HEAD:refs/heads/x');
    folder.attempt('proof', 'fetch', 'ssh://nobody@127.0.0.1:1/x');
    folder.attempt('proof', 'fetch', 'git://127.0.0.1:1/x');
    folder.attempt('proof', 'fetch', 'http://127.0.0.1:1/x');
    const fired = marks();
    // Pagers and askpass want a terminal, which a test has none of; an alias of a built-in command is never run by git.
    const programs = PLANTS.map(([key]) => key).filter((key) => fired.includes(key));
    expect(programs).toEqual(expect.arrayContaining(['core.fsmonitor', 'core.sshCommand', 'core.gitProxy', 'diff.external', 'diff.planted.textconv', 'filter.planted.clean', 'filter.planted.smudge', 'filter.planted.process', 'merge.planted.driver', 'gpg.program', 'remote.origin.uploadpack', 'remote.origin.receivepack', 'core.editor']));
    expect(fired).toEqual(expect.arrayContaining(['hook-pre-commit', 'hook-post-checkout', 'hook-pre-push', 'hook-reference-transaction', 'hook-post-index-change', 'hook-pre-receive', 'hook-post-update']));
    expect(fired.length).toBeGreaterThanOrEqual(20);
  });

  it.each(COMMANDS)('do not fire at our $name', { timeout: 60_000 }, async (command) => {
    const dir = hostile(`target-${command.name}`);
    const repository = await git.open(dir);
    await runOurs(repository, command, join(folder.path, `target-${command.name}.git`));
    expect(marks()).toEqual([]);
  });

  it('do not come in through forty hostile names of branches and files', { timeout: 60_000 }, async () => {
    const dir = hostile('names');
    const repository = await git.open(dir);
    forgetMarks();
    for (const name of HOSTILE_BRANCHES) expect(branchNameProblem(name), name).not.toBeNull();
    for (const name of HOSTILE_FILES) {
      folder.write(`names/${name}`, 'x: 1\n');
      await repository.run({ args: ['update-index', '--add', '-z', '--stdin'], input: `${name}\0`, writes: true, what: 'It failed' });
      const listed = (await repository.run({ args: ['ls-files', '-z', '--', name], what: 'It failed' })).stdout.toString('utf8');
      expect(listed, name).toBe(`${name}\0`);
      expect((await repository.run({ args: ['log', '--format=%H', '--end-of-options', 'HEAD', '--', name], what: 'It failed' })).stdout.length).toBe(0);
    }
    // What our rules allow git allows as well, and the other way round.
    for (const name of [...HOSTILE_BRANCHES, 'main', 'gitops/resolve-20260101-120000', 'a.b', 'ü', 'a@b', 'x{y}']) {
      const { exitCode } = await repository.run({ args: ['check-ref-format', '--branch', name], what: 'It failed', answers: [1, 128, 129] });
      if (exitCode !== 0) expect(branchNameProblem(name), name).not.toBeNull();
      if (branchNameProblem(name) === null) expect(exitCode, name).toBe(0);
    }
    expect(marks()).toEqual([]);
  });

  it('are not even children: git starts nothing but itself', { timeout: 60_000 }, async () => {
    const dir = hostile('traced');
    const trace = join(folder.path, 'trace.log');
    const traced = createGit({ viewsDir: join(folder.path, 'views'), env: folder.env, traceFile: trace });
    const repository = await traced.open(dir);
    for (const command of COMMANDS) await runOurs(repository, command, join(folder.path, 'traced.git'));
    const children = [...readFileSync(trace, 'utf8').matchAll(/(?:trace: )?run_command: (.*)/g)].map((match) => (match[1] ?? '').replace(/^(unset \w+; |\w+=\S* |unset( \w+)+; )*/, ''));
    expect(children.filter((child) => !/^'?(git|git-upload-pack|git-receive-pack)\b/.test(child.replace(/^.*; /, '')))).toEqual([]);
    expect(marks()).toEqual([]);
  });
});
