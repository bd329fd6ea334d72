import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitFolder } from '../../support/git-folder';
import { openGitWorld, type GitWorld } from '../../support/git-world';

const folder = new GitFolder();
let world: GitWorld;
beforeAll(async () => {
  world = await openGitWorld({ home: join(folder.path, 'state'), env: folder.env });
});
afterAll(async () => {
  await world.close();
  rmSync(folder.path, { recursive: true, force: true });
});

const at = (name: string): string => join(folder.path, name);
const read = (path: string): string => readFileSync(at(path), 'utf8');
const CALL = { door: 'cli', signal: new AbortController().signal } as const;
let made = 0;
/** A bare repository with two clones of it. */
function pair(files?: { readonly [path: string]: string }): { readonly ours: string; readonly theirs: string; readonly remote: string } {
  made += 1;
  const names = { ours: `ours${String(made)}`, theirs: `theirs${String(made)}`, remote: `remote${String(made)}.git` };
  folder.remote(names.remote, [names.ours, names.theirs], files);
  return names;
}
/** Everything that an operation that refuses must leave alone. */
function whole(name: string): string {
  return JSON.stringify([folder.git(name, 'rev-parse', 'HEAD'), folder.git(name, 'symbolic-ref', 'HEAD'), folder.git(name, 'ls-files', '-s'), folder.git(name, 'status', '--porcelain'), folder.git(name, 'for-each-ref', 'refs/heads')]);
}
const sync = async (name: string, remote: string): Promise<Record<string, unknown>> => world.result('gitops.sync', { dir: at(name), remote: at(remote) });

describe('gitops.sync', () => {
  it('pulls what only the remote has, and sends what only the clone has', async () => {
    const { ours, theirs, remote } = pair();
    folder.commit(theirs, 'remote', { 'b/c.yaml': 'b: 1\n' });
    folder.git(theirs, 'push', '-q');
    expect(await sync(ours, remote)).toMatchObject({ state: 'pulled', branch: 'main', pulledCommits: 1, pushedCommits: 0, changedFiles: 1 });
    expect(read(`${ours}/b/c.yaml`)).toBe('b: 1\n');
    expect(folder.git(ours, 'status', '--porcelain')).toBe('');
    folder.commit(ours, 'local', { 'd.yaml': 'd: 1\n' });
    // Named once, remembered from then on.
    expect(await world.result('gitops.sync', { dir: at(ours) })).toMatchObject({ state: 'pushed', pulledCommits: 0, pushedCommits: 1 });
    expect(folder.git(remote, 'rev-parse', 'main')).toBe(folder.git(ours, 'rev-parse', 'HEAD'));
    expect(await sync(ours, remote)).toMatchObject({ state: 'up-to-date', pulledCommits: 0, pushedCommits: 0 });
  });

  it('merges different files and sends the merge', async () => {
    const { ours, theirs, remote } = pair();
    folder.commit(theirs, 'remote', { 'b.yaml': 'b: 1\n' });
    folder.git(theirs, 'push', '-q');
    folder.commit(ours, 'local', { 'c.yaml': 'c: 1\n' });
    writeFileSync(at(`${ours}/loose.yaml`), 'not committed\n');
    expect(await sync(ours, remote)).toMatchObject({ state: 'merged', pulledCommits: 1, pushedCommits: 2, changedFiles: 1 });
    expect(folder.git(ours, 'log', '-1', '--format=%P').split(' ')).toHaveLength(2);
    expect(folder.git(remote, 'rev-parse', 'main')).toBe(folder.git(ours, 'rev-parse', 'HEAD'));
    expect(folder.git(ours, 'status', '--porcelain')).toBe('?? loose.yaml');
  });

  it('shows both versions of a conflict and touches nothing until it is decided', async () => {
    const { ours, theirs, remote } = pair({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n', 'c.yaml': 'c: 1\n' });
    folder.commit(theirs, 'remote', { 'a.yaml': 'a: theirs\n', 'b.yaml': 'b: theirs\n', 'c.yaml': 'c: theirs\n', 'd.yaml': 'new\n' });
    folder.git(theirs, 'push', '-q');
    folder.commit(ours, 'local', { 'a.yaml': 'a: ours\n', 'b.yaml': 'b: ours\n', 'c.yaml': 'c: ours\n' });
    const before = whole(ours);
    const stopped = await sync(ours, remote);
    expect(stopped).toMatchObject({ state: 'conflict', pulledCommits: 0, pushedCommits: 0 });
    expect(stopped['conflicts']).toMatchObject([
      { path: 'a.yaml', base: { text: 'a: 1\n' }, ours: { text: 'a: ours\n' }, theirs: { text: 'a: theirs\n' } },
      { path: 'b.yaml' },
      { path: 'c.yaml' },
    ]);
    expect(whole(ours)).toBe(before);

    const seen = { dir: at(ours), oursCommit: String(stopped['oursCommit']), theirsCommit: String(stopped['theirsCommit']) };
    const open = await world.run('gitops.resolve-merge', { ...seen, ours: ['a.yaml'], theirs: ['b.yaml'], texts: [] });
    expect(open.error?.message).toBe('c.yaml is not decided.');
    expect(whole(ours)).toBe(before);
    expect(await world.result('gitops.resolve-merge', { ...seen, ours: ['a.yaml'], theirs: ['b.yaml'], texts: [{ path: 'c.yaml', text: 'c: both\n' }] })).toMatchObject({ state: 'merged' });
    expect([read(`${ours}/a.yaml`), read(`${ours}/b.yaml`), read(`${ours}/c.yaml`), read(`${ours}/d.yaml`)]).toEqual(['a: ours\n', 'b: theirs\n', 'c: both\n', 'new\n']);
    expect(folder.git(remote, 'rev-parse', 'main')).toBe(folder.git(ours, 'rev-parse', 'HEAD'));
    expect(folder.git(ours, 'status', '--porcelain')).toBe('');
    expect((await world.run('gitops.resolve-merge', { ...seen, ours: ['a.yaml', 'b.yaml', 'c.yaml'], theirs: [], texts: [] })).error?.code).toBe('plan-stale');
  });

  it('says in a sentence why nothing can be synced, and leaves everything as it is', async () => {
    const { ours, theirs, remote } = pair();
    const refused = async (name: string, input = {}): Promise<string> => {
      const ended = await world.operations.enqueue('gitops.sync', { dir: at(name), ...input }).then(async ({ id }) => world.operations.wait(id, 60_000), (error: unknown) => ({ error: error as { message: string } }));
      return ended.error?.message ?? '';
    };
    expect(await refused(ours)).toMatch(/is a folder of this machine, and the repository itself named it\.$/);
    mkdirSync(at('unborn'));
    folder.git('unborn', 'init', '-q', '-b', 'main');
    expect(await refused('unborn')).toBe('The branch main has no commit yet.');
    folder.repository('lonely');
    expect(await refused('lonely')).toBe(`The repository in ${at('lonely')} has no remote.`);
    folder.git(ours, 'checkout', '-q', '-b', 'own');
    expect(await refused(ours)).toBe('The branch own follows no branch of a remote.');
    folder.git(ours, 'checkout', '-q', '--detach');
    expect(await refused(ours)).toBe(`No branch is checked out in ${at(ours)}.`);
    folder.git(ours, 'checkout', '-q', 'main');
    folder.commit(theirs, 'remote', { 'a.yaml': 'a: 2\n' });
    folder.git(theirs, 'push', '-q');
    folder.write(`${ours}/a.yaml`, 'a: edited\n');
    const before = whole(ours);
    expect(await refused(ours, { remote: at(remote) })).toBe('a.yaml has changes that are not committed, and would be overwritten.');
    expect(whole(ours)).toBe(before);
    expect(read(`${ours}/a.yaml`)).toBe('a: edited\n');
    expect(await refused('home')).toBe(`${at('home')} is not under git.`);
    expect(await refused(remote)).toMatch(/is the inside of a git repository without a work folder/);
    folder.git(ours, 'remote', 'set-url', 'origin', 'ext::sh -c id');
    expect(await refused(ours)).toMatch(/names a program of its own, which Berth does not run\.$/);
  });

  it('never stores what a filter would have changed', async () => {
    const name = folder.repository('filtered', { '.gitattributes': '*.secret filter=git-crypt\n', 'a.yaml': 'a: 1\n' });
    folder.write('filtered/b.secret', 'plain\n');
    const ended = await world.run('gitops.commit', { dir: name, files: ['b.secret'], message: 'x' });
    expect(ended.error?.message).toMatch(/^b\.secret goes through the filter git-crypt/);
  });
});

describe('branches', () => {
  it('see a file that was changed in the very second of the last commit, with as many bytes', async () => {
    const second = (path: string): number => Math.floor(statSync(join(folder.path, path)).mtimeMs / 1_000);
    let at = 0;
    let name = '';
    // All of it has to lie within one second: again, where it does not.
    do {
      at += 1;
      name = `tick-${String(at)}`;
      folder.repository(name, { 'a.yaml': 'a: 1\n' });
      folder.write(`${name}/a.yaml`, 'a: 2\n');
    } while (second(`${name}/.git/index`) !== second(`${name}/a.yaml`) && at < 50);
    await expect.poll(() => Math.floor(Date.now() / 1_000), { timeout: 5_000, interval: 20 }).toBeGreaterThan(second(`${name}/a.yaml`));
    expect(await world.result('gitops.commit', { dir: join(folder.path, name), files: ['a.yaml'], message: 'changed' })).toMatchObject({ files: 1 });
    expect(folder.git(name, 'show', 'HEAD:a.yaml')).toBe('a: 2');
    expect(folder.git(name, 'status', '--porcelain')).toBe('');
  });

  it('are made, switched, merged and deleted, and a dirty folder loses nothing', async () => {
    const name = folder.repository('branches', { 'a.yaml': 'a: 1\n', 'run.sh': '#!/bin/sh\n' });
    chmodSync(join(name, 'run.sh'), 0o755);
    folder.git('branches', 'commit', '-qam', 'mode');
    folder.write('branches/dirty.yaml', 'mine\n');
    const branch = await world.result('gitops.create-branch', { dir: name, for: 'resolve' });
    expect(String(branch['branch'])).toMatch(/^gitops\/resolve-\d{8}-\d{6}$/);
    expect(folder.git('branches', 'branch')).toContain(`* ${String(branch['branch'])}`);
    folder.write('branches/a.yaml', 'a: 2\n');
    folder.write('branches/new/b.yaml', 'b: 1\n');
    expect(await world.result('gitops.commit', { dir: name, files: ['a.yaml', 'new/b.yaml'], message: 'changed' })).toMatchObject({ files: 2 });
    expect(folder.git('branches', 'status', '--porcelain')).toBe('?? dirty.yaml');
    expect(await world.result('gitops.switch-branch', { dir: name, name: 'main' })).toMatchObject({ changedFiles: 2 });
    expect([read('branches/a.yaml'), existsSync(join(name, 'new')), read('branches/dirty.yaml')]).toEqual(['a: 1\n', false, 'mine\n']);
    expect(statSync(join(name, 'run.sh')).mode & 0o777).toBe(0o755);
    // A change that the other branch would overwrite.
    folder.write('branches/a.yaml', 'a: edited\n');
    expect((await world.run('gitops.switch-branch', { dir: name, name: String(branch['branch']) })).error?.message).toMatch(/^a\.yaml has changes/);
    expect(read('branches/a.yaml')).toBe('a: edited\n');
    folder.git('branches', 'checkout', '-q', '--', 'a.yaml');
    expect((await world.run('gitops.delete-branch', { dir: name, name: String(branch['branch']) })).error?.message).toMatch(/has commits that are nowhere else/);
    expect(await world.result('gitops.merge-branch', { dir: name, name: String(branch['branch']) })).toMatchObject({ state: 'merged', changedFiles: 2 });
    await world.result('gitops.delete-branch', { dir: name, name: String(branch['branch']) });
    expect(folder.git('branches', 'branch').trim()).toBe('* main');
    const { commits } = await world.ask['gitops.history']({ dir: name, file: 'new/b.yaml', limit: 10 }, CALL);
    expect(commits).toMatchObject([{ subject: 'changed', author: 'Ada', email: 'ada@example.org' }]);
    for (const bad of ['-x', 'a..b', 'a b', 'x.lock']) await expect(world.operations.enqueue('gitops.create-branch', { dir: name, name: bad })).rejects.toThrow(/cannot be the name of a branch/);
  });

  it('are told with what is dirty, ahead and behind', async () => {
    const { ours, theirs, remote } = pair();
    folder.commit(theirs, 'remote', { 'b.yaml': 'b: 1\n' });
    folder.git(theirs, 'push', '-q');
    folder.commit(ours, 'local', { 'c.yaml': 'c: 1\n' });
    folder.write(`${ours}/c.yaml`, 'c: 2\n');
    await world.result('gitops.fetch', { dir: at(ours), remote: at(remote) });
    expect(await world.ask['gitops.git']({ dir: at(ours) }, CALL)).toMatchObject({ branch: 'main', upstream: 'origin/main', ahead: 1, behind: 1, changes: [{ path: 'c.yaml', state: 'changed' }], conflicts: [] });
    expect((await world.ask['gitops.branches']({ dir: at(ours) }, CALL)).branches).toMatchObject([{ name: 'main', isCurrent: true, upstream: 'origin/main' }]);
    expect((await world.run('gitops.push', { dir: at(ours) })).error?.message).toMatch(/has 1 commit that main does not have/);
  });

  it('keep what else is staged out of a commit of named files', async () => {
    const name = folder.repository('staged', { 'a.yaml': '1\n', 'b.yaml': '1\n', 'c.yaml': '1\n' });
    folder.write('staged/a.yaml', '2\n');
    folder.write('staged/b.yaml', '2\n');
    rmSync(join(name, 'c.yaml'));
    folder.git('staged', 'add', 'b.yaml');
    await world.result('gitops.commit', { dir: name, files: ['a.yaml', 'c.yaml'], message: 'two' });
    expect(folder.git('staged', 'show', '--name-status', '--format=', 'HEAD').split('\n')).toEqual(['M\ta.yaml', 'D\tc.yaml']);
    expect(folder.git('staged', 'status', '--porcelain')).toBe('M  b.yaml');
  });
});
