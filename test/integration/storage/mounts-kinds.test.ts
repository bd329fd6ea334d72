import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { NO_STORAGE } from '@shared/domain/storage/definition-of';
import type { MountsParts } from '@main/storage/mounts';
import { engineJson, ensureBusybox } from '../../support/images';
import { execIn, waitUntil } from '../../support/storage';
import { containerOf, mountOf, mountsStage, type MountsStage } from './mounts-kit';

/** The mount of the workspaces, with either program; each has a file and a service of its own, as the preset writes them. */
function workspaces(container: string, backend: 'rclone' | 's3fs' = 'rclone'): StorageDefinition {
  const service = backend === 's3fs' ? 's3fs-mounter' : 'rclone-mount';
  return { file: `docker-compose.${backend}.yml`, containers: [containerOf(service, container, backend)], mounts: [mountOf(service, 'minio', 'workspaces', '/mnt/workspaces')], jobs: [] };
}

let here: MountsStage;
let berth: MountsParts;
let mounter: string;
const noConsent = { pull: false, build: false };
const start = (): Promise<void> => berth.mounts.start(here.context(), here.projectId, here.definition, noConsent);
const state = async (): Promise<string | undefined> => (await berth.mounts.status(here.projectId, here.definition))[0]?.state;
const isWell = async (): Promise<boolean> => (await state()) === 'healthy';
const raw = (name: string): Promise<{ Name: string; Args: string[]; State: { Running: boolean }; HostConfig: { [field: string]: unknown } }> => engineJson('GET', `/containers/${name}/json`);
const isThere = (name: string): Promise<boolean> => raw(name).then(() => true, () => false);

beforeAll(async () => {
  here = await mountsStage('mk', workspaces);
  mounter = `${here.stage.prefix}-mount`;
  await here.stage.rclone('copyto', '/etc/hostname', 't:workspaces/shop/a.txt');
});
beforeEach(() => {
  here.log.length = 0;
  onTestFailed(() => void process.stdout.write(`${here.log.join('\n')}\n`));
});
afterEach(async () => {
  await here.startS3();
  await berth.mounts.stop(here.context(), here.projectId);
  await berth.watch.stop();
  here.definition = workspaces(mounter);
  expect(await here.fuseMounts()).toEqual([]);
});
afterAll(async () => here?.close());

describe('a mount', () => {
  test('waits for an S3 that comes later, and starts nothing before', async () => {
    berth = here.berth();
    await berth.watch.start();
    await here.stopS3();
    const starting = start();
    await waitUntil(async () => ((await berth.mounts.status(here.projectId, here.definition))[0]?.detail ?? '').startsWith('Waits for S3'), 30_000, 'it waits');
    expect(await state()).toBe('starting');
    expect(await isThere(mounter)).toBe(false);
    await here.startS3();
    const began = performance.now();
    await starting;
    process.stdout.write(`mounts: S3 there until the waiting start is done: ${(performance.now() - began).toFixed(0)} ms\n`);
    expect(await state()).toBe('healthy');
    expect((await execIn(mounter, 'df', '-h', '/mnt/workspaces')).stdout).toMatch(/minio.*:workspaces/);
    expect((await execIn(mounter, 'rclone', 'ls', 'minio:workspaces')).stdout).toContain('shop/a.txt');
  });

  test('is there again when its container was removed by hand', async () => {
    berth = here.berth();
    await berth.watch.start();
    await start();
    const consumer = await here.consumer('removed', '/mnt');
    await engineJson('DELETE', `/containers/${mounter}?force=1&v=1`);
    const began = performance.now();
    await waitUntil(async () => (await execIn(consumer, 'cat', '/mnt/workspaces/shop/a.txt')).code === 0 && (await isThere(mounter)), 30_000, 'it is mounted by a new container');
    process.stdout.write(`mounts: docker rm -f until a consumer reads again: ${(performance.now() - began).toFixed(0)} ms\n`);
    await waitUntil(isWell, 10_000, 'it is healthy');
  });

  test('has another name where its own is taken, and says so', async () => {
    await here.stage.container({ name: 'mount', image: await ensureBusybox(), command: ['sleep', '600'] });
    berth = here.berth();
    await start();
    const [status] = await berth.mounts.status(here.projectId, here.definition);
    expect(status?.container).toBe(`${mounter}-${here.stage.prefix}`);
    expect(here.log.join('\n')).toContain(`The name ${mounter} is taken`);
    expect((await execIn(status?.container ?? '', 'ls', '/mnt/workspaces')).stdout).toContain('shop');
    await engineJson('DELETE', `/containers/${mounter}?force=1&v=1`);
  });

  test('is made and seen by a process that keeps no watch, and looked at when somebody asks', async () => {
    berth = here.berth();
    await start();
    const other = here.berth();
    expect((await other.mounts.status(here.projectId, here.definition))[0]).toMatchObject({ state: 'healthy', container: mounter });
    await engineJson('POST', `/containers/${mounter}/stop`);
    expect((await other.mounts.status(here.projectId, here.definition))[0]?.state).not.toBe('healthy');
    expect((await raw(mounter)).State.Running).toBe(false);
    await start();
    expect((await other.mounts.status(here.projectId, here.definition))[0]?.state).toBe('healthy');
  });

  test('that another file describes says so, and is stopped when no file names it any more', async () => {
    berth = here.berth();
    await berth.watch.start();
    await start();
    here.definition = { ...here.definition, mounts: [mountOf('rclone-mount', 'minio', 'elsewhere', '/mnt/workspaces')] };
    expect((await berth.mounts.status(here.projectId, here.definition))[0]).toMatchObject({ state: 'stopped' });
    expect((await berth.mounts.status(here.projectId, here.definition))[0]?.detail).toContain('storage file changed');
    // The next Berth knows nothing of the older file.
    await berth.watch.stop();
    berth = here.berth();
    await berth.watch.start();
    expect(await isThere(mounter)).toBe(true);
    here.definition = NO_STORAGE;
    await berth.mounts.stop(here.context(), here.projectId);
    expect(await isThere(mounter)).toBe(false);
  });

  test('raises an alert when its cache is 80 % full', async () => {
    here.definition = { ...workspaces(mounter), mounts: [{ ...mountOf('rclone-mount', 'minio', 'workspaces', '/mnt/workspaces'), cacheMaxBytes: 8 * 1024 ** 2 }] };
    berth = here.berth();
    await start();
    expect((await execIn(mounter, 'sh', '-c', 'head -c 7549747 /dev/zero > /tmp/big && rclone copyto /tmp/big minio:workspaces/big.bin')).code).toBe(0);
    await berth.mounts.refresh(here.projectId, null, []);
    const consumer = await here.consumer('reader', '/mnt');
    await waitUntil(async () => (await execIn(consumer, 'sh', '-c', 'cat /mnt/workspaces/big.bin | wc -c')).stdout.trim() === '7549747', 10_000, 'the file is read');
    await waitUntil(
      async () => {
        await start();
        return here.alerts.size > 0;
      },
      30_000,
      'the alert is raised',
    );
    expect([...here.alerts.values()]).toMatchObject([{ code: 'STORAGE-CACHE-FULL', object: 'rclone-mount:/mnt/workspaces', severity: 'warning' }]);
    expect([...here.alerts.values()][0]?.message).toMatch(/is 90 % full/);
    const du = Number((await execIn(mounter, 'du', '-s', '-k', '/root/.cache/rclone-mount')).stdout.split('\t')[0]) * 1024;
    const used = (await berth.mounts.status(here.projectId, here.definition))[0]?.cache.usedBytes ?? 0;
    process.stdout.write(`mounts: cache gauge ${String(used)} B, du ${String(du)} B\n`);
    expect(Math.abs(du - used) / used).toBeLessThan(0.05);
  });
});

describe('s3fs', () => {
  test('mounts the same bucket with SYS_ADMIN and /dev/fuse, and gives way to rclone and back without a trace', async () => {
    here.definition = workspaces(mounter, 's3fs');
    berth = here.berth();
    await berth.watch.start();
    const began = performance.now();
    await start();
    process.stdout.write(`mounts: start of s3fs: ${(performance.now() - began).toFixed(0)} ms\n`);
    const consumer = await here.consumer('s3fs', '/mnt');
    expect((await execIn(consumer, 'cat', '/mnt/workspaces/shop/a.txt')).stdout).toBe(await readFile('/etc/hostname', 'utf8'));
    // Who is not root reads what any other client wrote, and sees its folders.
    expect((await execIn('--user=1000:1000', consumer, 'cat', '/mnt/workspaces/shop/a.txt')).stdout).toBe(await readFile('/etc/hostname', 'utf8'));
    expect((await execIn('--user=1000:1000', consumer, 'ls', '/mnt/workspaces/shop')).stdout).toContain('a.txt');
    expect((await execIn(consumer, 'touch', '/mnt/workspaces/x')).stderr).toMatch(/read-only/i);
    expect((await raw(mounter)).HostConfig).toMatchObject({ Privileged: false, CapAdd: ['SYS_ADMIN'], Memory: 268_435_456 });
    expect((await berth.mounts.status(here.projectId, here.definition))[0]).toMatchObject({ backend: 's3fs', state: 'healthy', cache: { usedBytes: null } });
    expect((await berth.mounts.troubleshoot(here.projectId, here.definition)).map(({ title, ok }) => [title, ok])).toEqual([['Mounted', true], ['Log', true], ['S3', true]]);
    expect(await berth.mounts.refresh(here.projectId, null, [])).toEqual([]);
    await engineJson('POST', `/containers/${mounter}/kill`);
    await waitUntil(async () => (await execIn(consumer, 'cat', '/mnt/workspaces/shop/a.txt')).code === 0, 10_000, 's3fs is back');
    here.definition = workspaces(mounter);
    await start();
    expect((await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => line.includes(here.stateDir)).map((line) => line.split(' ')[2])).toEqual(['fuse.rclone']);
    expect((await execIn(consumer, 'cat', '/mnt/workspaces/shop/a.txt')).code).toBe(0);
    here.definition = workspaces(mounter, 's3fs');
    await start();
    expect((await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => line.includes(here.stateDir)).map((line) => line.split(' ')[2])).toEqual(['fuse.s3fs']);
  });
});

describe('the cache of a mount', () => {
  const MIB = 1024 ** 2;
  const MOST = 50 * MIB;
  /** The program looks so often, and is given a little. */
  const SMALLER_MS = 12_000;
  /** On the disk of the container. */
  const used = async (): Promise<number> => Number.parseInt((await execIn(mounter, 'du', '-sk', '/root/.cache/rclone-mount')).stdout, 10) * 1024;

  test('that more is read into than it holds stays at its limit, and is told of', async () => {
    const file = join(here.stateDir, 'ten-mib');
    await writeFile(file, randomBytes(10 * MIB));
    const names = Array.from({ length: 6 }, (_, index) => `big-${String(index)}`);
    for (const name of names) await here.stage.rclone('copyto', file, `t:workspaces/shop/${name}`);
    here.definition = { ...here.definition, mounts: here.definition.mounts.map((mount) => ({ ...mount, cacheMaxBytes: MOST })) };
    berth = here.berth();
    await berth.watch.start();
    await start();
    await waitUntil(isWell, 20_000, 'the mount is healthy');
    const reader = await here.consumer('much', '/mnt');
    for (const name of names) expect((await execIn(reader, 'sh', '-c', `cat /mnt/workspaces/shop/${name} | wc -c`)).stdout.trim()).toBe(String(10 * MIB));
    expect(await used()).toBeGreaterThan(20 * MIB);
    await waitUntil(async () => (await used()) <= MOST + MIB, SMALLER_MS, 'the cache is at its limit again');
    await waitUntil(() => Promise.resolve([...here.alerts.keys()].some((key) => key.startsWith('STORAGE-CACHE-FULL'))), 60_000, 'an alert tells of it');
    expect([...here.alerts.values()].find(({ code }) => code === 'STORAGE-CACHE-FULL')).toMatchObject({ severity: 'warning', message: expect.stringMatching(/^The cache of \/mnt\/workspaces is \d+ % full \(\d+ of 50 MiB\)\.$/) as string });
  }, 150_000);
});
