import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chmod, chown, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { openWorld, type World } from '../modes/kit';
import { execIn, expectComposeAgrees, inspectAll, smallShop, stateOf, type SmallShop } from '../modes/small-shop';
import { inVolume, lookAtVolume } from '../../support/volumes';
import { AppError } from '@shared/kernel/app-error';
import { planRestore } from '@main/snapshots/plan-restore';
import { DEFAULT_SETTINGS } from '@main/snapshots/records';
import { withCreate } from './create-kit';
import { withSnapshots, type SnapshotWorld } from './restore-kit';

const run = promisify(execFile);
let shop: SmallShop;
let world: World;
let snapshots: SnapshotWorld;
let volume: string;

beforeEach(async () => {
  shop = await smallShop();
  volume = `${shop.name}_data`;
  await shop.write('.env', 'TOKEN=first-value\n');
  world = await openWorld({ tapped: false });
  snapshots = await withSnapshots(world);
  await world.projects.open(shop.dir, true);
  expect((await world.switchTo(shop.dir, 'dev')).error).toBeNull();
  await execIn(shop, 'db', 'echo first > /var/lib/data/rows; ln /var/lib/data/rows /var/lib/data/linked; ln -s ../../etc/passwd /var/lib/data/away; mkfifo /var/lib/data/pipe; mkdir -m 1770 /var/lib/data/deep; chown 70:71 /var/lib/data/deep; truncate -s 3M /var/lib/data/holes; printf x > "/var/lib/data/deep/with\n a line"');
});
afterEach(async () => {
  await world.close();
  await removeStaged();
  await shop.close();
});

async function staged(): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${shop.name}`]);
  return stdout.split('\n').filter((one) => one !== '');
}

async function removeStaged(): Promise<void> {
  const ids = (await run('docker', ['ps', '-aq', '--filter', `label=com.docker.compose.project=${shop.name}`])).stdout.split('\n').filter((one) => one !== '');
  if (ids.length > 0) await run('docker', ['rm', '-f', ...ids]);
  for (const name of await staged()) await run('docker', ['volume', 'rm', '-f', name]);
}

const take = (): ReturnType<SnapshotWorld['snapshot']> => snapshots.snapshot(shop.dir, { compose: ['docker-compose.dev.yml', 'docker-compose.clean.yml'], env: ['.env'], volumes: [volume] });

async function facts(): Promise<unknown> {
  return (await inspectAll(shop)).map((one) => ({ name: one.Name, status: one.State.Status, hash: one.Config.Labels['com.docker.compose.config-hash'] })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resultOf(operation: Operation): OutputOf<'snapshots.restore'> {
  expect(operation.error).toBeNull();
  expect(operation.state).toBe('succeeded');
  return operation.result as unknown as OutputOf<'snapshots.restore'>;
}

describe('restoring a whole project', () => {
  it('brings rows, files, mode, containers and every byte of a volume back, after all of it was broken', async () => {
    const kept = await take();
    const [bytes, before] = [await lookAtVolume(volume), await facts()];
    const files = await Promise.all(['docker-compose.dev.yml', 'docker-compose.clean.yml', '.env'].map((path) => shop.read(path)));

    expect((await world.switchTo(shop.dir, 'prod')).error).toBeNull();
    await execIn(shop, 'db', 'rm -rf /var/lib/data/*; echo second > /var/lib/data/other');
    await shop.write('docker-compose.dev.yml', 'services: [this is no compose file\n');
    await shop.write('.env', 'TOKEN=second-value\n');
    const result = resultOf(await snapshots.restore(shop.dir, kept.id));

    expect(result).toMatchObject({ snapshotId: kept.id, mode: 'dev', project: { name: shop.name, dir: shop.dir } });
    expect(await Promise.all(['docker-compose.dev.yml', 'docker-compose.clean.yml', '.env'].map((path) => shop.read(path)))).toEqual(files);
    expect(await facts()).toEqual(before);
    expect(await world.modes.activeMode(await world.projects.resolve(shop.dir))).toBe('dev');
    expect(await execIn(shop, 'db', 'cat /var/lib/data/rows')).toBe('first\n');
    await expectComposeAgrees(shop, 'docker-compose.dev.yml');
    expect(await lookAtVolume(volume)).toBe(bytes);
    // What was replaced waits aside.
    const [aside, ...others] = await staged();
    expect(others).toEqual([]);
    expect(await inVolume(aside ?? '', 'cat /v/other')).toBe('second\n');
    expect(result.downtimeMs).toBeGreaterThan(0);
  });

  it('makes a volume that was removed, and leaves nothing aside for it', async () => {
    const kept = await take();
    const bytes = await lookAtVolume(volume);
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'down', '-v'], { cwd: shop.dir });
    resultOf(await snapshots.restore(shop.dir, kept.id));
    expect(await lookAtVolume(volume)).toBe(bytes);
    expect(await staged()).toEqual([]);
    await expectComposeAgrees(shop, 'docker-compose.dev.yml');
  });

  it('touches nothing that is the same already', async () => {
    const kept = await take();
    const before = await stateOf(shop);
    const result = resultOf(await snapshots.restore(shop.dir, kept.id));
    expect(result.steps.filter((one) => one.kind === 'volume' || one.kind === 'files').map((one) => one.action)).toEqual(['same', 'same', 'same']);
    expect(await stateOf(shop)).toEqual(before);
    expect(await staged()).toEqual([]);
  });

  it('says before what it would do, and shows no value of an env file', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    await shop.write('.env', 'TOKEN=second-value\nADDED=third-value\n');
    await shop.write('docker-compose.clean.yml', 'services: {}\n');
    const before = await stateOf(shop);
    const plan = await planRestore(snapshots.deps)({ project: shop.dir, id: kept.id });
    expect(plan.steps.map((one) => `${one.kind}:${one.name} ${one.action}`)).toEqual(['files:compose replace', 'files:env replace', 'settings:project same', 'containers:containers replace', 'images:images same', `volume:${volume} replace`]);
    expect(plan).toMatchObject({ services: ['db'], findings: [], target: { mode: 'dev' } });
    expect(plan.diff).toContain('-services: {}');
    expect(plan.diff).toContain('TOKEN=***');
    expect(plan.diff).not.toMatch(/(first|second|third)-value/);
    expect(await stateOf(shop)).toEqual(before);
  });
});

describe('a restore that fails', () => {
  it('is rolled back byte for byte when a service does not get healthy', async () => {
    const healthy = await shop.read('docker-compose.dev.yml');
    await shop.write('docker-compose.dev.yml', healthy.replaceAll('http://127.0.0.1:8080/', 'http://127.0.0.1:9999/').replaceAll('retries: 5', 'retries: 1'));
    const sick = await snapshots.snapshot(shop.dir, { compose: ['docker-compose.dev.yml', 'docker-compose.clean.yml'], env: ['.env'], volumes: [volume] });
    await shop.write('docker-compose.dev.yml', healthy);
    await shop.write('.env', 'TOKEN=second-value\n');
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows; echo more > /var/lib/data/more');
    const [bytes, before, env] = [await lookAtVolume(volume), await stateOf(shop), await stat(join(shop.dir, '.env'))];
    const failed = await snapshots.restore(shop.dir, sick.id);
    expect(failed.state).toBe('rolled-back');
    expect(failed.error).toMatchObject({ code: 'unhealthy', service: 'api' });
    expect(await stateOf(shop)).toEqual(before);
    expect(await lookAtVolume(volume)).toBe(bytes);
    expect(await shop.read('docker-compose.dev.yml')).toBe(healthy);
    expect(await shop.read('.env')).toBe('TOKEN=second-value\n');
    expect((await stat(join(shop.dir, '.env'))).mode).toBe(env.mode);
    expect(await staged()).toEqual([]);
  });

  it('changes nothing when the snapshot is damaged', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    const { stdout } = await run('find', [join(world.home, 'snapshots', 'packs'), '-type', 'f']);
    for (const file of stdout.trim().split('\n')) {
      const data = await readFile(file);
      data[20] = (data[20] ?? 0) ^ 1;
      await shop.write('../flipped', data);
      await run('cp', [join(shop.dir, '..', 'flipped'), file]);
    }
    const [bytes, before] = [await lookAtVolume(volume), await stateOf(shop)];
    const failed = await snapshots.restore(shop.dir, kept.id).catch((error: unknown) => error as { code: string });
    expect('code' in failed ? failed.code : failed.error?.code).toBe('damaged');
    expect(await stateOf(shop)).toEqual(before);
    expect(await lookAtVolume(volume)).toBe(bytes);
    expect(await staged()).toEqual([]);
  });

  it('is refused while somebody else uses the volume', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    const other = `${shop.name}-stranger`;
    await run('docker', ['run', '-d', '--name', other, '-v', `${volume}:/v`, 'berth-test/busybox:1', 'sleep', '1000']);
    try {
      const failed = await snapshots.restore(shop.dir, kept.id);
      expect(failed.error?.code).toBe('blocked');
      expect(failed.error?.message).toContain(other);
    } finally {
      await run('docker', ['rm', '-f', other]);
    }
  });
});

describe('restoring in part', () => {
  it('brings one volume back and leaves files and other services alone', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    await shop.write('.env', 'TOKEN=second-value\n');
    const ids = Object.fromEntries((await inspectAll(shop)).map((one) => [one.Name, one.State.StartedAt]));
    const result = resultOf(await snapshots.restore(shop.dir, kept.id, { only: ['volume:data'] }));
    expect(result.mode).toBeNull();
    expect(await execIn(shop, 'db', 'cat /var/lib/data/rows')).toBe('first\n');
    expect(await shop.read('.env')).toBe('TOKEN=second-value\n');
    const now = Object.fromEntries((await inspectAll(shop)).map((one) => [one.Name, one.State.StartedAt]));
    expect(Object.keys(now).filter((name) => now[name] !== ids[name])).toEqual([`/${shop.name}-db-1`]);
  });

  it('brings files back alone, and takes that back with an undo', async () => {
    const env = join(shop.dir, '.env');
    const owned = async (): Promise<unknown> => {
      const { uid, gid, mode, mtimeMs } = await stat(env);
      return { uid, gid, mode: mode & 0o7777, mtimeMs };
    };
    const snapshotsOf = await withCreate(world, (deps) => deps, join(world.home, 'snapshots'));
    await chmod(env, 0o640);
    await utimes(env, 1_700_000_000, 1_700_000_000.25);
    if (process.getuid?.() === 0) await chown(env, 12_345, 23_456);
    const then = await owned();
    const kept = await snapshotsOf.made(shop.dir, { only: ['files'] });
    await rm(env);
    await shop.write('.env', 'TOKEN=second-value\n');
    await utimes(env, 1_710_000_000, 1_710_000_000.5);
    const now = await owned();
    const before = await stateOf(shop);
    const restored = await snapshots.restore(shop.dir, kept.id, { only: ['files'] });
    resultOf(restored);
    expect(await shop.read('.env')).toBe('TOKEN=first-value\n');
    expect(await owned()).toEqual(then);
    expect(await stateOf(shop)).toEqual(before);
    const { id } = await world.operations.enqueue('operations.undo', { id: restored.id });
    expect((await world.operations.wait(id, 60_000)).error).toBeNull();
    expect(await shop.read('.env')).toBe('TOKEN=second-value\n');
    expect(await owned()).toEqual(now);
  });

  it('brings one service back with its volume, and makes only its container anew', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    const ids = Object.fromEntries((await inspectAll(shop)).map((one) => [one.Name, one.State.StartedAt]));
    const result = resultOf(await snapshots.restore(shop.dir, kept.id, { only: ['service:db'] }));
    expect(result.mode).toBe('dev');
    expect(await execIn(shop, 'db', 'cat /var/lib/data/rows')).toBe('first\n');
    const now = Object.fromEntries((await inspectAll(shop)).map((one) => [one.Name, one.State.StartedAt]));
    expect(Object.keys(now).filter((name) => now[name] !== ids[name])).toEqual([`/${shop.name}-db-1`]);
  });
});

describe('where volumes cannot be exchanged in one step', () => {
  async function withoutExchange(): Promise<void> {
    await world.close();
    world = await openWorld({ tapped: false });
    snapshots = await withSnapshots(world, (deps) => ({ ...deps, volumeProgram: (authorization) => ({ ...deps.volumeProgram(authorization), exchange: () => Promise.reject(new AppError('not-supported', 'Not here.')) }) }));
    await world.projects.open(shop.dir, true);
  }

  it('copies, and keeps what was there aside', async () => {
    await withoutExchange();
    const kept = await take();
    const bytes = await lookAtVolume(volume);
    await execIn(shop, 'db', 'rm -rf /var/lib/data/*; echo second > /var/lib/data/rows');
    resultOf(await snapshots.restore(shop.dir, kept.id, { only: ['volumes'] }));
    expect(await lookAtVolume(volume)).toBe(bytes);
    const [aside, ...others] = await staged();
    expect(others).toEqual([]);
    expect(await inVolume(aside ?? '', 'cat /v/rows')).toBe('second\n');
  });

  it('copies back byte for byte when a service does not get healthy', async () => {
    await withoutExchange();
    const healthy = await shop.read('docker-compose.dev.yml');
    await shop.write('docker-compose.dev.yml', healthy.replaceAll('http://127.0.0.1:8080/', 'http://127.0.0.1:9999/').replaceAll('retries: 5', 'retries: 1'));
    const sick = await take();
    await shop.write('docker-compose.dev.yml', healthy);
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    const [bytes, before] = [await lookAtVolume(volume), await stateOf(shop)];
    expect((await snapshots.restore(shop.dir, sick.id)).state).toBe('rolled-back');
    expect(await lookAtVolume(volume)).toBe(bytes);
    expect(await stateOf(shop)).toEqual(before);
    expect(await staged()).toEqual([]);
  });
});

describe('what is there now that cannot be kept first', () => {
  it('is said in the result, and stops a restore where what volumes held would not stay aside', async () => {
    await world.close();
    let keepReplacedHours = 0;
    world = await openWorld({ tapped: false });
    snapshots = await withSnapshots(world, (deps) => ({
      ...deps,
      snapshotFirst: () => Promise.resolve({ id: null, failed: 'There is no room.' }),
      notes: { ...deps.notes, settings: () => Promise.resolve({ ...DEFAULT_SETTINGS, retention: { ...DEFAULT_SETTINGS.retention, keepReplacedHours } }) },
    }));
    await world.projects.open(shop.dir, true);
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    const before = await stateOf(shop);
    expect((await snapshots.restore(shop.dir, kept.id, { only: ['volumes'] })).error).toMatchObject({ code: 'blocked', message: expect.stringContaining('There is no room.') as string });
    expect(await stateOf(shop)).toEqual(before);
    keepReplacedHours = 24;
    expect(resultOf(await snapshots.restore(shop.dir, kept.id, { only: ['volumes'] })).warnings).toEqual([expect.stringContaining('There is no room.')]);
    expect(await execIn(shop, 'db', 'cat /var/lib/data/rows')).toBe('first\n');
  });
});

describe('a snapshot that nobody vouches for', () => {
  it('starts nothing from files that were not looked at, and decides no images', async () => {
    const kept = await take();
    const writer = await snapshots.repository.begin(new AbortController().signal);
    const foreign = { ...kept, id: kept.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
    await writer.finish(foreign, { foreign: true });
    await shop.write('.env', 'TOKEN=second-value\n');
    const plan = await planRestore(snapshots.deps)({ project: shop.dir, id: foreign.id });
    expect(plan.findings.map((one) => one.code)).toEqual(['SNAPSHOT_FOREIGN']);
    expect(plan.steps.filter((one) => one.action === 'skip').map((one) => one.kind)).toEqual(['settings', 'images']);
    expect((await snapshots.restore(shop.dir, foreign.id)).error?.code).toBe('trust-required');
    resultOf(await snapshots.restore(shop.dir, foreign.id, { only: ['files'] }));
    resultOf(await snapshots.restore(shop.dir, foreign.id));
  });
});

describe('a restore that is cancelled', () => {
  it('leaves everything as it was', async () => {
    const kept = await take();
    await execIn(shop, 'db', 'echo second > /var/lib/data/rows');
    await shop.write('.env', 'TOKEN=second-value\n');
    const [bytes, before] = [await lookAtVolume(volume), await stateOf(shop)];
    const listening = world.events.on(({ event }) => {
      if (event.type === 'operation.changed' && event.operation.kind === 'snapshots.restore' && event.operation.progress.message === 'Exchanging volumes') void world.operations.cancel(event.operation.id).catch(() => undefined);
    });
    const ended = await snapshots.restore(shop.dir, kept.id);
    listening.dispose();
    expect(ended.state).toBe('cancelled');
    expect(await lookAtVolume(volume)).toBe(bytes);
    expect(await stateOf(shop)).toEqual(before);
    expect(await shop.read('.env')).toBe('TOKEN=second-value\n');
    expect(await staged()).toEqual([]);
  });
});

describe('a drill', () => {
  it('restores every volume aside, compares it and removes it', async () => {
    const kept = await take();
    const before = await stateOf(shop);
    const { id } = await world.operations.enqueue('snapshots.drill', { project: shop.dir, id: kept.id });
    const ended = await world.operations.wait(id, 120_000);
    expect(ended.error).toBeNull();
    expect(ended.result).toMatchObject({ id: kept.id, sampled: false });
    expect((ended.result as { objects: number }).objects).toBeGreaterThan(0);
    expect(await staged()).toEqual([]);
    expect(await stateOf(shop)).toEqual(before);
  });
});
