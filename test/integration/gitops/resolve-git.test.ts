import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { exactState } from '../../support/exact-tree';
import { callsOf } from '../../support/service-calls';

const run = promisify(execFile);
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

let base: string;
let dir: string;
let services: Services;

async function git(...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main'];
  return (await run('git', [...identity, '-C', dir, ...args], { env: { ...process.env, GIT_CONFIG_GLOBAL: join(base, 'gitconfig') } })).stdout.trim();
}

async function start(points = ''): Promise<void> {
  process.env['BERTH_FAIL'] = points;
  try {
    services = await createServices({ home: join(base, 'home'), version: '0.0.0-test' });
  } finally {
    delete process.env['BERTH_FAIL'];
  }
  await services.start();
}

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-gg-')));
  dir = join(base, 'tree');
  await mkdir(join(base, 'home'));
  await mkdir(dir);
  await writeFile(join(base, 'gitconfig'), '[user]\n\tname = Test\n\temail = test@example.com\n');
  await git('init', '--initial-branch=main', '.');
  for (const name of ['a', 'b']) {
    for (const place of ['production', 'examples']) {
      await mkdir(join(dir, place), { recursive: true });
      await writeFile(join(dir, place, `${name}.yaml`), map(name));
    }
  }
  await git('add', '.');
  await git('commit', '-m', 'first');
});
afterEach(async () => {
  await services.close();
  await rm(base, { recursive: true, force: true });
});

const { ended } = callsOf(() => services);

async function where(): Promise<Readonly<Record<string, unknown>>> {
  return { head: await readFile(join(dir, '.git/HEAD'), 'utf8'), commit: await git('rev-parse', 'HEAD'), branches: await git('branch', '--list', '--format=%(refname) %(objectname)'), status: await git('status', '--porcelain', '--ignored=no'), staged: await git('diff', '--cached', '--name-only'), files: [...(await exactState(dir))] };
}

describe('a resolution in a repository', () => {
  it('on a branch of its own is committed there, and main has nothing of it', async () => {
    await start();
    const main = await git('rev-parse', 'main');
    const done = await ended('gitops.resolve', { dir, branch: 'gitops/cleanup', commit: true });
    expect([done.state, done.error]).toEqual(['succeeded', null]);
    expect(await git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('gitops/cleanup');
    expect(await git('rev-parse', 'main')).toBe(main);
    expect((await git('diff', '--name-only', 'main', 'gitops/cleanup')).split('\n')).toEqual(['examples/a.yaml', 'examples/b.yaml']);
    expect(await git('status', '--porcelain')).toBe('');
    expect(done.result).toMatchObject({ branch: 'gitops/cleanup', commit: await git('rev-parse', 'HEAD') });
  });

  it('leaves alone what is not committed', async () => {
    await start();
    await writeFile(join(dir, 'examples/a.yaml'), `# mine\n${map('a')}`);
    const answer = await services.dispatcher.call('gitops.plan', { dir }, { door: 'cli', signal: new AbortController().signal });
    if (!answer.ok) throw new Error(answer.error.message);
    const plan = answer.value as OutputOf<'gitops.plan'>;
    expect(plan.groups.map((group) => [group.members[0]?.file, group.review]).sort()).toEqual([['production/a.yaml', 'dirty'], ['production/b.yaml', null]]);
  });

  it('in a folder of the repository commits the files of that folder', async () => {
    await start();
    await mkdir(join(dir, 'sub/production'), { recursive: true });
    await mkdir(join(dir, 'sub/examples'), { recursive: true });
    for (const place of ['production', 'examples']) await writeFile(join(dir, 'sub', place, 'c.yaml'), map('c'));
    await git('add', '.');
    await git('commit', '-m', 'second');
    const done = await ended('gitops.resolve', { dir: join(dir, 'sub'), commit: true });
    expect([done.state, done.error]).toEqual(['succeeded', null]);
    expect(await git('show', '--name-only', '--format=', 'HEAD')).toBe('sub/examples/c.yaml');
  });

  it.each(['gitops.backup:after:1:throw', 'gitops.apply:after:1:enospc', 'git.apply:after:1:throw', 'git.apply:after:2:throw', 'git.push:before:1:throw', 'commit:before:1:throw'])('that fails at %s leaves files, branch and index as they were', async (point) => {
    await run('git', ['init', '--bare', join(base, 'remote.git')]);
    await git('remote', 'add', 'origin', join(base, 'remote.git'));
    const before = await where();
    await start(point);
    const failed = await ended('gitops.resolve', { dir, branch: 'gitops/cleanup', push: true });
    expect(failed.state).toMatch(/^(failed|rolled-back)$/);
    expect(await where()).toEqual(before);
  });

  it('that the remote refuses leaves files, branch and index as they were', async () => {
    await git('remote', 'add', 'origin', join(base, dirname('x'), 'nowhere.git'));
    const before = await where();
    await start();
    const failed = await ended('gitops.resolve', { dir, branch: 'gitops/cleanup', push: true });
    expect(failed.state).toBe('rolled-back');
    expect(await where()).toEqual(before);
  });

  it('that is taken back says what git still has of it', async () => {
    const remote = join(base, 'remote.git');
    await run('git', ['clone', '-q', '--bare', dir, remote]);
    await git('remote', 'add', 'origin', remote);
    await start();
    expect((await ended('gitops.fetch', { dir, remote })).error).toBeNull();
    const done = await ended('gitops.resolve', { dir, branch: 'gitops/cleanup', push: true });
    expect([done.state, done.error]).toEqual(['succeeded', null]);
    const commit = await git('rev-parse', 'HEAD');
    const told = await services.dispatcher.call('operations.preview', { name: 'gitops.rollback', input: { id: done.id } }, { door: 'cli', signal: new AbortController().signal });
    expect(JSON.stringify(told)).toContain(`In git there is still the branch gitops/cleanup with the commit ${commit.slice(0, 10)}, on the remote too afterwards`);
    expect((await ended('gitops.rollback', { id: done.id })).result).toMatchObject({ left: { branch: 'gitops/cleanup', commit, pushed: true } });
    expect([await git('rev-parse', 'HEAD'), await git('ls-remote', remote, 'gitops/cleanup')]).toEqual([commit, `${commit}\trefs/heads/gitops/cleanup`]);
    expect(await git('diff', '--name-only', 'main')).toBe('');
  });

  it('is taken back from what git sees, too', async () => {
    await start();
    const done = await ended('gitops.resolve', { dir });
    expect(await git('status', '--porcelain')).not.toBe('');
    expect((await ended('gitops.rollback', { id: done.id })).result).toMatchObject({ left: null });
    expect(await git('status', '--porcelain')).toBe('');
  });
});
