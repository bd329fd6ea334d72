import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { execIn, mountsBeneath, storageStage, waitUntil, type StorageStage } from '../../support/storage';
import { badNetwork } from '../../support/toxiproxy';

let stage: StorageStage;
const started: string[] = [];

beforeAll(async () => {
  stage = await storageStage('img');
  for (const bucket of ['data', 'index']) await stage.rclone('mkdir', `t:${bucket}`);
  for (const path of ['data/a.txt', 'data/deep/b c.txt', 'index/i.txt']) await stage.rclone('copyto', '/etc/hostname', `t:${path}`);
});
afterEach(async () => {
  for (const id of started.splice(0)) await engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
});
afterAll(async () => stage?.close());

const FLAGS = ['--read-only', '--allow-other', '--vfs-cache-mode', 'full', '--dir-cache-time', '5m'];
const TWO = ['mount', 's3-data:data', '/mnt/s3/data', ...FLAGS, ';', 'mount', 's3-index:index', '/mnt/s3/index', ...FLAGS];

async function twoMounts(parent: string, name: string): Promise<string> {
  const id = await stage.mounter({ name, image: stage.images.rclone, command: TWO, env: { ...stage.remote('s3-data'), ...stage.remote('s3-index') }, parent });
  started.push(id);
  return id;
}

async function isThere(path: string, name: string): Promise<boolean> {
  return (await readdir(path).catch((): string[] => [])).includes(name);
}

const bothAreThere = async (parent: string): Promise<boolean> => (await isThere(join(parent, 'mnt/s3/data'), 'a.txt')) && (await isThere(join(parent, 'mnt/s3/index'), 'i.txt'));
const state = async (id: string): Promise<{ readonly Running: boolean; readonly ExitCode: number }> => (await engineJson<{ State: { Running: boolean; ExitCode: number } }>('GET', `/containers/${id}/json`)).State;

/** Process ids of rclone in a container, by the mount point they serve. */
async function rclonesAt(id: string, point: string): Promise<readonly string[]> {
  const { stdout } = await execIn(id, 'ps', '-o', 'pid,args');
  return stdout.split('\n').filter((line) => /^\s*\d+ rclone mount /.test(line) && line.includes(` ${point} `)).map((line) => line.trim().split(' ')[0] ?? '');
}

describe('the MinIO image', () => {
  test('is healthy, has its console, and is labelled as an S3 server', async () => {
    expect((await fetch(`${stage.endpoint}/minio/health/live`)).status).toBe(200);
    expect((await fetch(stage.consoleUrl, { headers: { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' } })).status).toBe(200);
    expect((await fetch(stage.endpoint)).status).toBe(403);
    const { Config } = await engineJson<{ Config: { Labels: Record<string, string> } }>('GET', `/images/${stage.images.minio}/json`);
    expect(Config.Labels).toMatchObject({ 'dev.berth.role': 's3', 'dev.berth.flavour': 'minio' });
  });
});

describe('the rclone image', () => {
  test('mounts two buckets that this machine and another container see, with df, rc and a cache of their own', async () => {
    const parent = await stage.mountParent();
    const id = await twoMounts(parent, 'two');
    await waitUntil(() => bothAreThere(parent), 30_000, 'both buckets are mounted');
    expect(await readFile(join(parent, 'mnt/s3/data/deep/b c.txt'), 'utf8')).toBe(await readFile('/etc/hostname', 'utf8'));

    const consumer = await stage.container({
      name: 'consumer',
      image: await ensureBusybox(),
      command: ['sleep', '600'],
      host: { Init: true, Mounts: [{ Type: 'bind', Source: join(parent, 'mnt/s3'), Target: '/mnt/s3', BindOptions: { Propagation: 'rslave' } }] },
    });
    started.push(consumer);
    expect((await execIn(consumer, 'find', '/mnt/s3', '-type', 'f')).stdout.trim().split('\n').toSorted()).toEqual(['/mnt/s3/data/a.txt', '/mnt/s3/data/deep/b c.txt', '/mnt/s3/index/i.txt']);
    expect((await execIn(consumer, 'touch', '/mnt/s3/data/x')).stderr).toMatch(/read-only/i);

    const df = await execIn(id, 'df', '-h', '/mnt/s3/data', '/mnt/s3/index');
    expect(df.stdout).toMatch(/s3-data.*data/);
    expect(df.stdout).toMatch(/s3-index.*index/);
    expect((await execIn(id, 'rclone', 'ls', 's3-data:data')).stdout).toContain('deep/b c.txt');
    const stats = await execIn(id, 'rclone', 'rc', '--unix-socket', '/run/berth/mnt-s3-data.sock', 'vfs/stats');
    expect(JSON.parse(stats.stdout)).toMatchObject({ opt: { CacheMode: 3, DirCacheTime: 300_000_000_000, ReadOnly: true } });
    expect((await execIn(id, 'stat', '-c', '%a', '/run/berth')).stdout.trim()).toBe('700');
    expect((await execIn(id, 'ls', '/cache')).stdout.trim().split('\n')).toEqual(['mnt-s3-data', 'mnt-s3-index']);
    expect((await execIn(id, 'netstat', '-ltn')).stdout).not.toMatch(/:5572/);
  });

  test('brings a killed rclone back, for a container that was there before too, and leaves the other alone', async () => {
    const parent = await stage.mountParent();
    const id = await twoMounts(parent, 'killed');
    await waitUntil(() => bothAreThere(parent), 30_000, 'both buckets are mounted');
    const consumer = await stage.container({
      name: 'watcher',
      image: await ensureBusybox(),
      command: ['sleep', '600'],
      host: { Init: true, Mounts: [{ Type: 'bind', Source: join(parent, 'mnt/s3'), Target: '/mnt/s3', BindOptions: { Propagation: 'rslave' } }] },
    });
    started.push(consumer);
    const [victim = ''] = await rclonesAt(id, '/mnt/s3/data');
    const other = await rclonesAt(id, '/mnt/s3/index');
    const killedAt = Date.now();
    expect((await execIn(id, 'kill', '-9', victim)).code).toBe(0);
    await waitUntil(async () => !(await rclonesAt(id, '/mnt/s3/data')).includes(victim), 10_000, 'the rclone is gone');
    await waitUntil(async () => (await execIn(consumer, 'cat', '/mnt/s3/data/a.txt')).code === 0, 30_000, 'the consumer sees the bucket again');
    expect(Date.now() - killedAt).toBeLessThan(30_000);
    expect(await bothAreThere(parent)).toBe(true);
    expect(await rclonesAt(id, '/mnt/s3/index')).toEqual(other);
    expect((await mountsBeneath(parent)).map(({ type }) => type)).toEqual(['fuse.rclone', 'fuse.rclone']);
  });

  test('works again after docker kill and docker start', async () => {
    const parent = await stage.mountParent();
    const id = await twoMounts(parent, 'restarted');
    await waitUntil(() => bothAreThere(parent), 30_000, 'both buckets are mounted');
    await engineJson('POST', `/containers/${id}/kill`);
    await waitUntil(async () => !(await state(id)).Running, 10_000, 'the container is dead');
    expect(await bothAreThere(parent)).toBe(false);
    await engineJson('POST', `/containers/${id}/start`);
    await waitUntil(() => bothAreThere(parent), 30_000, 'both buckets are mounted again');
    expect(await mountsBeneath(parent)).toHaveLength(2);
  });

  test('leaves no mount and code 0 when it is stopped, with a file open too', async () => {
    const parent = await stage.mountParent();
    const id = await twoMounts(parent, 'stopped');
    await waitUntil(() => bothAreThere(parent), 30_000, 'both buckets are mounted');
    const reader = await stage.container({
      name: 'reader',
      image: await ensureBusybox(),
      command: ['sh', '-c', 'exec 3< /mnt/s3/data/a.txt; sleep 600'],
      host: { Init: true, Mounts: [{ Type: 'bind', Source: join(parent, 'mnt/s3'), Target: '/mnt/s3', BindOptions: { Propagation: 'rslave' } }] },
    });
    started.push(reader);
    const began = Date.now();
    await engineJson('POST', `/containers/${id}/stop?t=30`);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await state(id)).toMatchObject({ Running: false, ExitCode: 0 });
    expect(await mountsBeneath(parent)).toEqual([]);
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(parent);
  });

  test('takes a single mount as the plain rclone image does, and hands on everything else', async () => {
    const parent = await stage.mountParent();
    const env = stage.remote('minio');
    const one = await stage.mounter({ name: 'one', image: stage.images.rclone, command: ['mount', 'minio:data', '/mnt/workspaces', ...FLAGS], env, parent });
    started.push(one);
    await waitUntil(() => isThere(join(parent, 'mnt/workspaces'), 'a.txt'), 30_000, 'the bucket is mounted');

    const version = await stage.container({ name: 'version', image: stage.images.rclone, command: ['lsf', 'minio:data'], env });
    started.push(version);
    await waitUntil(async () => !(await state(version)).Running, 20_000, 'it ended');
    expect((await state(version)).ExitCode).toBe(0);
    expect((await engineRequest('GET', `/containers/${version}/logs?stdout=1`)).text).toMatch(/a\.txt[^]*deep\//);
    const refused = await stage.container({ name: 'refused', image: stage.images.rclone, command: ['mount', 'minio:data', '/mnt/a', ';', 'purge', 'minio:data'], env });
    started.push(refused);
    await waitUntil(async () => !(await state(refused)).Running, 20_000, 'it ended');
    expect((await state(refused)).ExitCode).toBe(64);
    expect(await stage.rclone('lsf', 't:data')).toContain('a.txt');
  });

  test('copies every two seconds without overlap, goes on after a failure, and ends at once', async () => {
    const parent = await stage.mountParent();
    await mkdir(join(parent, 'efs/processed'), { recursive: true });
    await writeFile(join(parent, 'efs/processed/1.txt'), 'one');
    await stage.rclone('mkdir', 't:archive');
    const id = await stage.container({
      name: 'every',
      image: stage.images.rclone,
      command: ['every', '2', 'copy', '/mnt/efs/nowhere', 's3-archive:archive/none', ';', 'copy', '/mnt/efs/processed', 's3-archive:archive'],
      env: stage.remote('s3-archive'),
      host: { Init: true, Binds: [`${join(parent, 'efs')}:/mnt/efs:ro`] },
    });
    started.push(id);
    await waitUntil(async () => (await stage.rclone('lsf', 't:archive')).includes('1.txt'), 20_000, 'the first file is copied');
    await writeFile(join(parent, 'efs/processed/2.txt'), 'two');
    await waitUntil(async () => (await stage.rclone('lsf', 't:archive')).includes('2.txt'), 20_000, 'a later round copied the second file');
    const began = Date.now();
    await engineJson('POST', `/containers/${id}/stop?t=20`);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect((await state(id)).ExitCode).toBe(0);
  });

  test('waits idly for commands, as the first process too', async () => {
    const id = await stage.container({ name: 'idle', image: stage.images.rclone, command: ['idle'], env: stage.remote('minio') });
    started.push(id);
    expect((await execIn(id, 'rclone', 'lsf', 'minio:index')).stdout.trim()).toBe('i.txt');
    // It is the parent of what outlives its own parent.
    expect((await execIn(id, 'sh', '-c', '(sleep 1 &)')).code).toBe(0);
    await waitUntil(async () => !/sleep 1$|\[sleep\]/m.test((await execIn(id, 'ps', '-o', 'stat,args')).stdout), 10_000, 'nothing is left of it');
    await engineJson('POST', `/containers/${id}/stop?t=20`);
    expect((await state(id)).ExitCode).toBe(0);
  });
});

test('a bad network before the server can be slow, cut and mended', async () => {
  const network = await badNetwork(stage);
  try {
    const id = await stage.container({ name: 'far', image: stage.images.rclone, command: ['idle'], env: stage.remote('far', network.endpointInside) });
    started.push(id);
    const list = async (): Promise<number> => (await execIn(id, 'rclone', 'lsf', 'far:index', '--retries', '1', '--low-level-retries', '1', '--contimeout', '3s', '--timeout', '3s')).code;
    expect(await list()).toBe(0);
    await network.cut();
    expect(await list()).not.toBe(0);
    await network.heal();
    await network.add({ type: 'latency', attributes: { latency: 700 } });
    const began = Date.now();
    expect(await list()).toBe(0);
    expect(Date.now() - began).toBeGreaterThan(700);
  } finally {
    await network.stop();
  }
});

describe('the s3fs image', () => {
  test('shows the same files, comes back when it is killed, and leaves no mount and no keys', async () => {
    const parent = await stage.mountParent();
    const id = await stage.mounter({
      name: 's3fs',
      image: stage.images.s3fs,
      command: [],
      env: { AWS_S3_BUCKET: 'data', AWS_S3_MOUNT: '/mnt/workspaces', AWS_S3_URL: stage.endpointInside, AWS_S3_ACCESS_KEY_ID: stage.accessKey, AWS_S3_SECRET_ACCESS_KEY: stage.secretKey, S3FS_ARGS: '-o ro' },
      parent,
    });
    started.push(id);
    const point = join(parent, 'mnt/workspaces');
    await waitUntil(() => isThere(point, 'a.txt'), 30_000, 'the bucket is mounted');
    expect((await readdir(point, { recursive: true })).toSorted()).toEqual(['a.txt', 'deep', 'deep/b c.txt']);
    expect(await readFile(join(point, 'a.txt'), 'utf8')).toBe(await readFile('/etc/hostname', 'utf8'));
    expect((await execIn(id, 'stat', '-c', '%a', '/dev/shm/berth-s3fs-keys')).stdout.trim()).toBe('600');
    expect((await execIn(id, 'df', '/mnt/workspaces')).stdout).toContain('s3fs');
    expect((await execIn(id, 'ps', '-o', 'args')).stdout).not.toContain(stage.secretKey);

    await execIn(id, 'sh', '-c', 'kill -9 $(pidof s3fs)');
    await waitUntil(() => isThere(point, 'a.txt'), 30_000, 'the bucket is mounted again');
    await engineJson('POST', `/containers/${id}/stop?t=30`);
    expect(await state(id)).toMatchObject({ Running: false, ExitCode: 0 });
    expect(await mountsBeneath(parent)).toEqual([]);
  });
});
