import { execFile } from 'node:child_process';
import { chmod, chown, link, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ComposeService } from '@main/compose';
import { planRestore } from '@main/snapshots/plan-restore';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { inVolume } from '../../support/volumes';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { statesOf, withCreate, type CreateWorld } from './create-kit';
import { withSnapshots, type SnapshotWorld } from './restore-kit';

const run = promisify(execFile);
let project: TestProject;
let efs: string;
let world: World;
let create: CreateWorld;
let snapshots: SnapshotWorld;
let kept: string;

async function open(env: { readonly [name: string]: string } = {}, readOnly = false): Promise<void> {
  await project.write('docker-compose.yml', stringify({ services: { app: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], volumes: [`${efs}:/mnt/efs${readOnly ? ':ro' : ''}`], stop_grace_period: '2s' } } }));
  world = await openWorld({ env, grants: [`bind:${efs}`], compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  create = await withCreate(world, (deps) => deps, join(world.home, 'snapshots'));
  snapshots = await withSnapshots(world);
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
}

/** Every path with what it is, and the bytes of files. */
async function look(dir = efs, path = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of (await readdir(join(dir, path))).sort()) {
    const below = path === '' ? name : `${path}/${name}`;
    const seen = await lstat(join(dir, below), { bigint: true });
    const words = `${below} ${String(seen.mode & 0o7777n)} ${String(seen.uid)}:${String(seen.gid)}`;
    if (seen.isDirectory()) found.push(words, ...(await look(dir, below)));
    else found.push(`${words} ${String(seen.mtimeNs)} ${seen.isFile() ? await readFile(join(dir, below), 'utf8') : 'link'}`);
  }
  return found;
}

async function asideVolumes(): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${project.name}`]);
  return stdout.split('\n').filter((one) => one !== '');
}

/** As a service would: one file another one, one gone with its folder, one more. */
async function breakIt(): Promise<void> {
  await writeFile(join(efs, 'processed/a'), 'two\n');
  await rm(join(efs, 'processed/deep'), { recursive: true });
  await writeFile(join(efs, 'later'), 'stays\n');
}

beforeEach(async () => {
  await ensureBusybox();
  efs = await realpath(await mkdtemp(join(tmpdir(), 'bt-efs-')));
  project = await emptyProject('folders');
  await mkdir(join(efs, 'processed/deep'), { recursive: true });
  await writeFile(join(efs, 'processed/a'), 'one\n');
  await chmod(join(efs, 'processed/a'), 0o640);
  await utimes(join(efs, 'processed/a'), 1_700_000_000, 1_700_000_000.5);
  await writeFile(join(efs, 'processed/deep/b'), 'deep\n');
  await chown(join(efs, 'processed/deep/b'), 70, 71);
  await chown(join(efs, 'processed/deep'), 70, 71);
  await chmod(join(efs, 'processed/deep'), 0o2750);
  await link(join(efs, 'processed/deep/b'), join(efs, 'processed/deep/also-b'));
  await symlink('processed/a', join(efs, 'away'));
  await writeFile(join(efs, 'same'), 'not touched\n');
});
afterEach(async () => {
  await world.close();
  await run('docker', ['rm', '-f', `${project.name}-app-1`]).catch(() => undefined);
  for (const name of await asideVolumes()) await run('docker', ['volume', 'rm', '-f', name]);
  await project.close();
  await rm(efs, { recursive: true, force: true });
});

describe('a folder outside of the project', () => {
  it('comes back file by file when it is named; what is there besides stays, what is replaced is kept aside', async () => {
    await open();
    const before = await look();
    const { ino } = await stat(join(efs, 'same'));
    kept = (await create.made(project.dir)).id;
    await breakIt();
    const step = async (): Promise<unknown> => (await planRestore(snapshots.deps)({ project: project.dir, id: kept, only: [`bind:${efs}`] })).steps.find((one) => one.kind === 'bind');
    expect(await step()).toMatchObject({ name: efs, action: 'replace', detail: '1 file is another one and 3 are gone: processed/a, processed/deep, processed/deep/also-b and 1 more. What is there besides stays; what is replaced is kept aside.' });
    expect((await planRestore(snapshots.deps)({ project: project.dir, id: kept })).steps.find((one) => one.kind === 'bind')).toMatchObject({ action: 'skip' });

    const ended = await snapshots.restore(project.dir, kept, { only: [`bind:${efs}`] });
    expect(ended.error).toBeNull();
    expect((await look()).filter((one) => !one.startsWith('later '))).toEqual(before);
    expect(await readFile(join(efs, 'later'), 'utf8')).toBe('stays\n');
    expect((await stat(join(efs, 'same'))).ino).toBe(ino);
    expect(await statesOf(project)).toEqual({ app: 'running' });
    const [aside = '', ...others] = await asideVolumes();
    expect(others).toEqual([]);
    expect(await inVolume(aside, 'cat /v/old/processed/a')).toBe('two\n');
    expect((await world.store.getRecord('snapshots', `replaced:${aside}`))?.data).toMatchObject({ of: efs });
    expect(await step()).toMatchObject({ action: 'same' });
    expect((await snapshots.restore(project.dir, kept, { only: [`bind:${efs}`] })).error).toBeNull();
    expect(await asideVolumes()).toEqual([aside]);
  });

  it.each(['folder.merge:before', 'folder.merge:after', 'folder.stage:after'])('is as it was when the restore fails at %s', async (point) => {
    await open({ BERTH_FAIL: `${point}:1:throw` });
    kept = (await create.made(project.dir)).id;
    await breakIt();
    const before = await look();
    const failed = await snapshots.restore(project.dir, kept, { only: [`bind:${efs}`] });
    expect(failed.state).toBe('rolled-back');
    expect(await look()).toEqual(before);
    expect(await statesOf(project)).toEqual({ app: 'running' });
    expect(await asideVolumes()).toEqual([]);
  });

  it('is not written to where nobody agreed that a service does', async () => {
    await open({}, true);
    kept = (await create.made(project.dir, { binds: [efs] })).id;
    await breakIt();
    const before = await look();
    const failed = await snapshots.restore(project.dir, kept, { only: [`bind:${efs}`] });
    expect(failed.error).toMatchObject({ code: 'blocked', message: `Nobody agreed that a service of this project changes ${efs}.` });
    expect(await look()).toEqual(before);
  });
});
