import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { askPrivateSocket } from '@main/platform/private-socket';
import type { MountsParts } from '@main/storage/mounts';
import { engineJson } from '../../support/images';
import { execIn, waitUntil } from '../../support/storage';
import { mountedStage, tookOf, type MountedStage, type MountsStage } from './mounts-kit';

let here: MountsStage;
let berth: MountsParts;
let mounter: string;
let consumer: string;

const took = tookOf('mounts');
let reads: MountedStage['reads'];
const states = async (): Promise<readonly string[]> => (await berth.mounts.status(here.projectId, here.definition)).map(({ state }) => state);
const allAre = (state: string) => async () => (await states()).every((one) => one === state);

beforeAll(async () => {
  ({ here, berth, mounter, consumer, reads } = await mountedStage('mnt', took));
});
beforeEach(() => {
  here.log.length = 0;
  onTestFailed(() => void process.stdout.write(`${here.log.join('\n')}\n`));
});
afterAll(async () => here?.close());

describe('three buckets as folders', () => {
  test('are three file systems with the flags, limits, configuration and cache that the file says', async () => {
    const df = await execIn(mounter, 'df', '/mnt/s3/data', '/mnt/s3/index', '/mnt/s3/realtime');
    process.stdout.write(df.stdout);
    expect(df.code).toBe(0);
    expect(df.stdout.trim().split('\n').filter((line) => /s3-(?:data|index|realtime)\{.*\}:/.test(line))).toHaveLength(3);
    const { Args, HostConfig, Mounts } = await engineJson<{ Args: string[]; HostConfig: { [field: string]: unknown }; Mounts: { Type: string; Destination: string; Propagation: string }[] }>('GET', `/containers/${mounter}/json`);
    expect(HostConfig).toMatchObject({ Memory: 268_435_456, MemoryReservation: 134_217_728, NanoCpus: 200_000_000, CpuShares: 102, Privileged: false, CapAdd: ['SYS_ADMIN'], RestartPolicy: { Name: 'no' }, PortBindings: null });
    expect(Args.join(' ')).toContain('--read-only --allow-other --vfs-cache-mode full --vfs-cache-max-size 1G --vfs-cache-max-age 1h --dir-cache-time 5m');
    expect(Mounts.find(({ Destination }) => Destination === '/mnt')).toMatchObject({ Type: 'bind', Propagation: 'rshared' });
    expect(Mounts.filter(({ Type, Destination }) => Type === 'volume' && Destination.startsWith('/root/')).map(({ Destination }) => Destination).toSorted()).toEqual(['/root/.cache/rclone-mount', '/root/.config/rclone-mount']);
    expect((await execIn(mounter, 'rclone', 'config', 'file')).stdout).toContain('/root/.config/rclone-mount/rclone.conf');
    expect((await execIn(mounter, 'rclone', 'ls', 's3-data:data')).stdout).toContain('a.txt');
    const stats = await execIn(mounter, 'rclone', 'rc', '--unix-socket', '/run/berth/mnt-s3-data.sock', 'vfs/stats');
    expect(JSON.parse(stats.stdout)).toMatchObject({ opt: { CacheMode: 3, CacheMaxSize: 1_073_741_824, CacheMaxAge: 3_600_000_000_000, DirCacheTime: 300_000_000_000 } });
  });

  test('are read by a consumer, and written by none', async () => {
    expect((await execIn(consumer, 'cat', '/mnt/s3/data/a.txt')).stdout).toBe(await readFile('/etc/hostname', 'utf8'));
    expect((await execIn(consumer, 'touch', '/mnt/s3/data/x')).stderr).toMatch(/read-only/i);
    const [status] = await berth.mounts.status(here.projectId, here.definition);
    expect(status).toMatchObject({ id: 'rclone-mount:/mnt/s3/data', state: 'healthy', container: mounter, backend: 'rclone', cache: { maxBytes: 1_073_741_824 } });
    await waitUntil(async () => (await berth.mounts.status(here.projectId, here.definition))[0]?.cache.usedBytes !== null, 20_000, 'the gauge of the cache is read');
    expect(status?.hostPath).toBe(`${here.stateDir}/storage/${here.projectId}/root/mnt/s3/data`);
  });

  test('show after a refresh what another client wrote', async () => {
    expect((await execIn(consumer, 'ls', '/mnt/s3/realtime')).stdout).toBe('');
    await here.stage.rclone('copyto', '/etc/hostname', 't:realtime/new.txt');
    expect(await reads('/mnt/s3/realtime/new.txt')).toBe(false);
    await took('refresh until a consumer reads the new object', async () => {
      expect(await berth.mounts.refresh(here.projectId, 'rclone-mount:/mnt/s3/realtime', [])).toEqual(['rclone-mount:/mnt/s3/realtime']);
      await waitUntil(() => reads('/mnt/s3/realtime/new.txt'), 10_000, 'the object is seen');
    });
    // A folder that the mount does not know yet, beneath one that it does not know either.
    await here.stage.rclone('copyto', '/etc/hostname', 't:realtime/deep/er/b.txt');
    await berth.mounts.refresh(here.projectId, null, ['deep/er']);
    await waitUntil(() => reads('/mnt/s3/realtime/deep/er/b.txt'), 2_000, 'the deep object is seen');
    expect((await berth.mounts.status(here.projectId, here.definition))[2]?.lastRefreshedAt).not.toBeNull();
  });

  test('take orders over a socket that only this user opens, and by a program in their container where it is gone', async () => {
    const folder = join(here.stateDir, 'storage', here.projectId, 'run/mount-rclone-mount');
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await mode(folder)).toBe(0o700);
    expect((await readdir(folder)).toSorted()).toEqual(['mnt-s3-data.sock', 'mnt-s3-index.sock', 'mnt-s3-realtime.sock']);
    await waitUntil(async () => (await mode(join(folder, 'mnt-s3-data.sock'))) === 0o600, 20_000, 'the socket is given to its owner');
    expect((await stat(join(folder, 'mnt-s3-data.sock'))).uid).toBe(process.getuid?.());
    const ask = () => askPrivateSocket({ folder, name: 'mnt-s3-data.sock' }, { path: '/vfs/stats', body: {}, timeoutMs: 5_000 });
    expect((await ask())?.status).toBe(200);
    expect((await execIn(consumer, 'find', '/mnt', '/run', '-type', 's')).stdout).toBe('');
    // As an image of an older Berth has it: nothing of the container is seen here.
    await rename(folder, `${folder}.away`);
    expect(await ask()).toBeNull();
    expect(await berth.mounts.refresh(here.projectId, 'rclone-mount:/mnt/s3/data', [])).toEqual(['rclone-mount:/mnt/s3/data']);
    await rename(`${folder}.away`, folder);
    expect((await ask())?.status).toBe(200);
  });

  test('are there again after docker kill, in the same consumer', async () => {
    await took('docker kill until a consumer reads again', async () => {
      await engineJson('POST', `/containers/${mounter}/kill`);
      await waitUntil(async () => !(await reads('/mnt/s3/data/a.txt')), 5_000, 'the mount is gone').catch(() => undefined);
      await waitUntil(() => reads('/mnt/s3/data/a.txt'), 30_000, 'the mount is back');
    });
    await waitUntil(allAre('healthy'), 10_000, 'all are healthy');
  });

  test('that hang are degraded, answered for all the same, and mounted again', async () => {
    const rclone = (await execIn(mounter, 'ps', '-o', 'pid,args')).stdout.split('\n').find((line) => /^\s*\d+ rclone mount /.test(line) && line.includes(' /mnt/s3/data '))?.trim().split(' ')[0] ?? '';
    let slowestMs = 0;
    const seen = new Set<string>();
    const ms = await took('STOP of rclone until a consumer reads again', async () => {
      expect((await execIn(mounter, 'kill', '-STOP', rclone)).code).toBe(0);
      await waitUntil(
        async () => {
          const began = performance.now();
          const [data] = await states();
          slowestMs = Math.max(slowestMs, performance.now() - began);
          seen.add(data ?? '');
          return seen.size > 1 && data === 'healthy';
        },
        60_000,
        'the hung mount was mounted again',
      );
      await waitUntil(() => reads('/mnt/s3/data/a.txt'), 10_000, 'it is read');
    });
    process.stdout.write(`mounts: states ${[...seen].join(' > ')}, slowest answer meanwhile ${slowestMs.toFixed(1)} ms, ${String(ms)} ms\n`);
    expect(seen).toContain('degraded');
    expect((await execIn(mounter, 'cat', '/mnt/s3/index/.')).stderr).not.toMatch(/not connected/);
    expect([...here.alerts.keys()].filter((key) => key.startsWith('STORAGE-MOUNT-DOWN'))).toEqual([]);
  });

  test('are degraded while S3 is away, with an alert, and work again by themselves', async () => {
    const startedAt = (await engineJson<{ State: { StartedAt: string } }>('GET', `/containers/${mounter}/json`)).State.StartedAt;
    await here.stopS3();
    await took('S3 stopped until the state says so', () => waitUntil(allAre('degraded'), 30_000, 'all are degraded'));
    await waitUntil(() => Promise.resolve(here.alerts.size === 3), 20_000, 'three alerts stand');
    await took('troubleshoot while S3 is away', async () => {
      const checks = await berth.mounts.troubleshoot(here.projectId, here.definition);
      expect(checks.filter(({ title }) => title === 'S3').map(({ ok }) => ok)).toEqual([false, false, false]);
      expect(checks.filter(({ title }) => title === 'Mounted').map(({ ok }) => ok)).toEqual([true, true, true]);
      expect(checks.find(({ title }) => title === 'S3')).toMatchObject({ command: `docker exec ${mounter} rclone ls s3-data:data`, fix: 'berth storage start --component s3' });
    });
    await here.startS3();
    await took('S3 back until all is healthy', () => waitUntil(allAre('healthy'), 20_000, 'all are healthy'));
    expect((await execIn(mounter, 'rclone', 'copyto', '/etc/hostname', 's3-index:index/late.txt')).code).toBe(0);
    await berth.mounts.refresh(here.projectId, null, []);
    await waitUntil(() => reads('/mnt/s3/index/late.txt'), 5_000, 'a new object is read');
    await waitUntil(() => Promise.resolve(here.alerts.size === 0), 5_000, 'the alerts are gone');
    expect((await engineJson<{ State: { StartedAt: string } }>('GET', `/containers/${mounter}/json`)).State.StartedAt).toBe(startedAt);
  });

  test('killed while S3 is away wait for it, without a loop, and leave an empty folder meanwhile', async () => {
    await here.stopS3();
    // Before that is seen a killed mount is started again at once, and waits inside of its container.
    await waitUntil(allAre('degraded'), 30_000, 'it is seen that S3 is away');
    await engineJson('POST', `/containers/${mounter}/kill`);
    await waitUntil(async () => (await execIn(consumer, 'ls', '/mnt/s3/data')).code === 0, 20_000, 'the folder is empty, without an error');
    const told = async (): Promise<readonly string[]> => (await berth.mounts.status(here.projectId, here.definition)).map(({ state, detail }) => `${state}: ${detail}`);
    await expect.poll(told).toEqual(Array(3).fill(expect.stringMatching(/^recovering: Waits for S3/)));
    await expect(berth.mounts.refresh(here.projectId, null, [])).rejects.toMatchObject({ code: 'service-unreachable' });
    expect((await engineJson<{ State: { Running: boolean } }>('GET', `/containers/${mounter}/json`)).State.Running).toBe(false);
    await here.startS3();
    await took('S3 back until killed mounts are read', () => waitUntil(() => reads('/mnt/s3/data/a.txt'), 30_000, 'the mount is back'));
    await waitUntil(allAre('healthy'), 10_000, 'all are healthy');
  });

  test('are remounted one by one and all together, consumers running', async () => {
    await took('remount of one', () => berth.mounts.remount(here.context(), here.projectId, 'rclone-mount:/mnt/s3/data'));
    expect(await reads('/mnt/s3/data/a.txt')).toBe(true);
    here.definition = { ...here.definition, mounts: here.definition.mounts.map((mount) => ({ ...mount, cacheMaxBytes: 5 * 1024 ** 3, dirCacheSeconds: 60 })) };
    await took('remount of all, with other values', () => berth.mounts.remount(here.context(), here.projectId, null));
    expect(await reads('/mnt/s3/data/a.txt')).toBe(true);
    const stats = await execIn(mounter, 'rclone', 'rc', '--unix-socket', '/run/berth/mnt-s3-data.sock', 'vfs/stats');
    expect(JSON.parse(stats.stdout)).toMatchObject({ opt: { CacheMaxSize: 5_368_709_120, DirCacheTime: 60_000_000_000 } });
    await expect(berth.mounts.remount(here.context(), here.projectId, 'rclone-mount:/nowhere')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('stay when Berth ends, and are taken over by the next one', async () => {
    await berth.watch.stop();
    expect(await reads('/mnt/s3/data/a.txt')).toBe(true);
    berth = here.berth();
    await berth.watch.start();
    await waitUntil(allAre('healthy'), 10_000, 'all are healthy');
    await took('docker kill after the take-over until a consumer reads again', async () => {
      await engineJson('POST', `/containers/${mounter}/kill`);
      await waitUntil(async () => !(await reads('/mnt/s3/data/a.txt')), 5_000, 'the mount is gone').catch(() => undefined);
      await waitUntil(() => reads('/mnt/s3/data/a.txt'), 30_000, 'the mount is back');
    });
    await waitUntil(allAre('healthy'), 10_000, 'all are healthy');
  });

  test('pass all three checks, and leave nothing mounted when they are stopped', async () => {
    await waitUntil(async () => (await berth.mounts.troubleshoot(here.projectId, here.definition)).filter(({ title }) => title !== 'Log').every(({ ok }) => ok), 20_000, 'mounts and S3 are well');
    expect(await here.fuseMounts()).toHaveLength(3);
    await took('stop', () => berth.mounts.stop(here.context(), here.projectId));
    expect(await here.fuseMounts()).toEqual([]);
    expect((await execIn(consumer, 'ls', '/mnt/s3/data')).stdout).toBe('');
    expect(await states()).toEqual(['stopped', 'stopped', 'stopped']);
    const checks = await berth.mounts.troubleshoot(here.projectId, here.definition);
    expect(checks.every(({ ok }) => !ok)).toBe(true);
  });
});
