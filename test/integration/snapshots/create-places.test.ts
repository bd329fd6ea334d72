import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ComposeService } from '@main/compose';
import { openS3 } from '@main/platform/s3/client';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { filesOf, verifyAll } from '../../support/snapshot-repository';
import { storageStage, type StorageStage } from '../../support/storage';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { statesOf, withCreate, type CreateWorld } from './create-kit';

let project: TestProject;
let efs: string;
let stage: StorageStage;
let world: World;
let snapshots: CreateWorld;

const door = (): ReturnType<typeof openS3> => openS3({ endpoint: stage.endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey, deadlineMs: 20_000 });

beforeAll(async () => {
  await ensureBusybox();
  stage = await storageStage('sc');
  efs = await realpath(await mkdtemp(join(tmpdir(), 'bt-efs-')));
  project = await emptyProject('places');
  await project.write(
    'docker-compose.yml',
    stringify({ services: { app: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], volumes: [`${efs}:/mnt/efs`, './src:/app/src', './one.txt:/one.txt:ro'], stop_grace_period: '3s' } } }),
  );
  await project.write('src/main.js', 'run();\n');
  await project.write('src/node_modules/left-out/index.js', 'x');
  await project.write('one.txt', 'one file\n');
  await mkdir(join(efs, 'processed'));
  await writeFile(join(efs, 'processed/result.tmp'), 'kept, although workspaces leave such files out\n');
  world = await openWorld({ grants: [`bind:${efs}`], compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  snapshots = await withCreate(world, (deps) => ({ ...deps, s3: () => Promise.resolve(door()) }));
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
}, 120_000);
afterAll(async () => {
  await world.close();
  await project.close();
  await stage.close();
  await rm(efs, { recursive: true, force: true });
});

async function partOf(id: string, kind: string, name: string): Promise<ManifestPart> {
  return (await snapshots.repository.manifest(id)).parts.find((part) => part.kind === kind && part.name === name) as ManifestPart;
}

async function textsOf(part: ManifestPart): Promise<{ readonly [path: string]: string }> {
  return Object.fromEntries(Object.entries(await filesOf(snapshots.repository, part)).map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]));
}

describe('folders that services have mounted', () => {
  it('are taken whole where they are data, and source trees not at all, unless they are ticked', async () => {
    const made = await snapshots.made(project.dir);
    expect(made.parts.filter((part) => part.kind === 'bind').map((part) => [part.name, part.consistency])).toEqual([[efs, 'paused']]);
    const part = await partOf(made.id, 'bind', efs);
    expect(part.facts).toEqual({ source: efs, targets: ['/mnt/efs'], services: ['app'], filtered: false });
    expect(await textsOf(part)).toEqual({ 'processed/result.tmp': 'kept, although workspaces leave such files out\n' });
    expect(await statesOf(project)).toEqual({ app: 'running' });
  });

  it('are filtered as workspaces are when they are ticked, a single file too', async () => {
    const made = await snapshots.made(project.dir, { binds: ['./src', 'one.txt'] });
    expect(made.parts.filter((part) => part.kind === 'bind').map((part) => part.name)).toEqual([efs, 'one.txt', 'src']);
    expect(await textsOf(await partOf(made.id, 'bind', 'src'))).toEqual({ 'main.js': 'run();\n' });
    expect((await verifyAll(snapshots.repository, [made.id])).damaged).toEqual([]);
  });

  it('are not in a snapshot that is made by itself', async () => {
    const made = await snapshots.made(project.dir, { reason: 'schedule' });
    expect(made.parts.filter((part) => part.kind === 'bind')).toEqual([]);
  });

  it('are all in the plan, with what is taken without a tick', async () => {
    const plan = await snapshots.plan(project.dir);
    expect(plan.parts.filter((part) => part.kind === 'bind').map((part) => [part.name, part.chosen, part.consistency])).toEqual([[efs, true, 'paused'], ['one.txt', false, 'none'], ['src', false, 'paused']]);
  });
});

describe('a bucket that is ticked', () => {
  it('is kept object by object', async () => {
    const large = randomBytes(3 * 1024 * 1024 + 17);
    const s3 = door();
    try {
      await s3.createBucket('keep');
      for (const [key, body] of Object.entries({ 'a/b.txt': 'in a folder', 'a-b': 'beside it', 'a.txt': 'at the top', empty: '', 'deep/er/x': 'x' })) await s3.put('keep', key, Buffer.from(body));
      await s3.put('keep', 'large', large);
    } finally {
      s3.close();
    }
    const made = await snapshots.made(project.dir, { buckets: ['keep'], only: ['buckets'] });
    expect(made.parts.map((part) => [part.kind, part.name, part.files, part.consistency])).toEqual([['bucket', 'keep', 6, 'live']]);
    const part = await partOf(made.id, 'bucket', 'keep');
    expect(part.facts).toEqual({ versioning: 'off', objects: 6 });
    const { large: kept = new Uint8Array(0), ...small } = await filesOf(snapshots.repository, part);
    expect(Buffer.compare(kept, large)).toBe(0);
    expect(Object.fromEntries(Object.entries(small).map(([key, bytes]) => [key, Buffer.from(bytes).toString()]))).toEqual({ 'a-b': 'beside it', 'a.txt': 'at the top', 'a/b.txt': 'in a folder', 'deep/er/x': 'x', empty: '' });
    expect(await readdir(join(world.home, 'transfers'))).toEqual([]);
    expect((await verifyAll(snapshots.repository, [made.id])).damaged).toEqual([]);
  });

  it('is an error when there is none, and nothing is listed', async () => {
    const before = (await snapshots.repository.list()).manifests.length;
    const ended = await snapshots.create(project.dir, { buckets: ['missing'], only: ['buckets'] });
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'not-found' } });
    expect((await snapshots.repository.list()).manifests).toHaveLength(before);
  });
});
