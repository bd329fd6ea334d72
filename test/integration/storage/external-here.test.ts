import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { engineJson, engineRequest } from '../../support/images';
import { answers, execIn, inData, waitUntil } from '../../support/storage';
import { inspect, storageWorld, type StorageWorld } from './storage-kit';

/** S3 at an address of this machine: what is there decides whether containers reach it. */
const KEYS = { accessKey: 'bt-external-key', secretKey: 'bt-external-secret' };
let world: StorageWorld;
let port: number;
let folder: string;
let server: ChildProcess | undefined;
const endpoint = (): string => `http://127.0.0.1:${String(port)}`;
const name = (service: string): string => `${world.project.name}-${service}`;
const isUp = (): Promise<boolean> => answers(`${endpoint()}/minio/health/live`);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: found } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return found;
}

/** As somebody would start it by hand: in the engine's usual network, for this machine only. */
async function startContainer(): Promise<void> {
  await engineJson('POST', `/containers/create?name=${name('far')}`, {
    body: { Image: 'berth/minio:local', Cmd: ['server', '/data'], Env: [`MINIO_ROOT_USER=${KEYS.accessKey}`, `MINIO_ROOT_PASSWORD=${KEYS.secretKey}`], ExposedPorts: { '9000/tcp': {} }, HostConfig: { PortBindings: { '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } } },
  });
  await engineJson('POST', `/containers/${name('far')}/start`);
  await waitUntil(isUp, 20_000, 'the container answers');
}

async function startProcess(address: string): Promise<void> {
  server = spawn(await ensureTool('minio'), ['server', '--address', `${address}:${String(port)}`, folder], { env: { PATH: process.env['PATH'] ?? '', HOME: folder, MINIO_ROOT_USER: KEYS.accessKey, MINIO_ROOT_PASSWORD: KEYS.secretKey, MINIO_BROWSER: 'off' }, stdio: 'ignore' });
  await waitUntil(isUp, 30_000, 'the program answers');
}

async function endServers(): Promise<void> {
  await engineRequest('DELETE', `/containers/${name('far')}?force=1&v=1`);
  if (server !== undefined && server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  server = undefined;
}

const containers = async (): Promise<readonly string[]> => (await engineJson<{ Names: string[] }[]>('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}-storage`] }))}`)).flatMap((one) => one.Names);
const use = () => world.run('storage.use', { target: 'external', endpoint: endpoint(), ...KEYS });
const sentences = async () => (await world.status()).mounts.map(({ state, detail }) => ({ state, detail }));

beforeAll(async () => {
  world = await storageWorld('exh');
  port = await freePort();
  folder = await mkdtemp(join(tmpdir(), 'bt-exh-'));
  await world.done('storage.setup', { preset: 'complementary' });
  await world.ownNames();
}, 120_000);
afterAll(async () => {
  await endServers();
  await world.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

describe('a plain container that is published for this machine only', () => {
  test('is reached by its own address: mounts are healthy and show what is in the buckets, copies arrive', async () => {
    await startContainer();
    expect((await use()).error).toBeNull();
    await world.done('storage.start');
    expect((await world.status()).mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    const door = openS3({ endpoint: endpoint(), region: 'us-east-1', ...KEYS, deadlineMs: 10_000 });
    await door.put(`${world.project.name}-data`, 'seen.txt', new TextEncoder().encode('from this machine'));
    await world.done('storage.refresh');
    expect((await execIn(name('rclone-mount'), 'cat', '/mnt/s3/data/seen.txt')).stdout).toBe('from this machine');
    expect((await world.done('storage.sync'))['runs']).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    door.close();
  }, 180_000);

  test('is not given to services, who are in another network: one sentence says what to do', async () => {
    const refused = world.call('storage.connect', { services: ['app'] });
    await expect(refused).rejects.toMatchObject({ code: 'service-unreachable', message: expect.stringContaining(name('far')) as string, hint: expect.stringContaining(`docker network connect s3 ${name('far')}`) as string });
    expect((await world.status()).s3.notices.join()).toContain('Services cannot reach S3');
  });

  test('a mount whose S3 only this machine reaches is degraded with that sentence, and healthy again when it is back', async () => {
    await engineRequest('DELETE', `/containers/${name('far')}?force=1&v=1`);
    // The same address and the same keys, for this machine: what Berth itself sees is well.
    await startProcess('127.0.0.1');
    await waitUntil(async () => (await world.status()).s3.health === 'healthy', 20_000, 'this machine reaches it');
    await waitUntil(async () => (await sentences()).every(({ state, detail }) => state === 'degraded' && detail.includes('cannot be reached from the container')), 40_000, 'every mount says so');
    expect((await sentences()).some(({ state }) => state === 'healthy')).toBe(false);
    await endServers();
    await startContainer();
    await world.done('storage.start');
    expect((await sentences()).map(({ state }) => state)).toEqual(['healthy', 'healthy', 'healthy']);
    await world.done('storage.stop');
  }, 180_000);
});

describe('a program of this machine', () => {
  test('that listens for this machine only: start refuses with one sentence, and nothing is made', async () => {
    await endServers();
    await startProcess('127.0.0.1');
    expect((await use()).error).toBeNull();
    const refused = await world.run('storage.start');
    expect(refused.error).toMatchObject({ code: 'service-unreachable', message: `Containers cannot reach S3 at ${endpoint()}: the program behind it listens at this machine’s own address only.` });
    expect(refused.error?.hint).toContain('0.0.0.0');
    expect(await containers()).toEqual([]);
    expect((await world.status()).s3.notices.join()).toContain('Containers cannot reach S3');
  }, 90_000);

  test('that listens for everybody is reached by the name of this machine', async () => {
    await endServers();
    await startProcess('0.0.0.0');
    await world.done('storage.start');
    expect((await world.status()).mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    await world.done('storage.stop');
  }, 120_000);
});

describe('an S3 that is gone for good while mounts and copies run', () => {
  test('is left for the local one, which never ran: its start makes the buckets', async () => {
    await endServers();
    await startProcess('0.0.0.0');
    await world.done('storage.start');
    await endServers();
    expect((await world.run('storage.use', { target: 'local' })).error).toBeNull();
    expect((await world.status()).s3.origin).toBe('local');
    await world.done('storage.start');
    expect((await world.status()).mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    await world.done('storage.stop');
  }, 180_000);
});

describe('while mounts and copies run', () => {
  const door = (): S3Door => openS3({ endpoint: endpoint(), region: 'us-east-1', ...KEYS, deadlineMs: 10_000 });
  const shown = async (): Promise<readonly string[]> => (await execIn(name('rclone-mount'), 'ls', '/mnt/s3/data')).stdout.split('\n').filter((line) => line !== '');
  const copied = async () => (await world.done('storage.sync'))['runs'];
  const local = join('src', 'local.txt');

  test('another S3 gets the buckets, mounts and tests work at once, nothing goes to the local one, and no copy is taken for somebody else’s change', async () => {
    await endServers();
    await world.done('storage.use', { target: 'local' });
    await world.done('storage.start');
    await world.project.write(local, 'of the local S3');
    await world.done('objects.put', { bucket: `${world.project.name}-data`, key: 'local.txt', file: join(world.project.dir, local) });
    await inData(world.project.name, 'echo 1 > /mnt/efs/processed/one.txt');
    expect(await copied()).toMatchObject([{ state: 'succeeded', files: 1 }, { state: 'succeeded' }]);

    await startContainer();
    expect((await use()).error).toBeNull();
    const tests = (await world.done('storage.validate', { what: 's3' }))['tests'];
    expect(tests).toHaveLength(5);
    expect((tests as readonly { readonly ok: boolean }[]).every(({ ok }) => ok)).toBe(true);
    expect(await copied()).toMatchObject([{ state: 'succeeded', files: 1, drifted: [] }, { state: 'succeeded', drifted: [] }]);
    await door().put(`${world.project.name}-data`, 'far.txt', new TextEncoder().encode('of the other one'));
    await world.done('storage.refresh');
    expect(await shown()).toEqual(['far.txt']);
    expect((await inspect<{ State: { Running: boolean } }>(process.env['BERTH_S3_NAME'] ?? '')).State.Running).toBe(false);

    await world.done('storage.use', { target: 'local' });
    expect(await shown()).toEqual(['local.txt']);
    expect(await copied()).toMatchObject([{ state: 'succeeded', files: 0, drifted: [] }, { state: 'succeeded', drifted: [] }]);
    expect((await door().list({ bucket: `${world.project.name}-archive`, prefix: '', delimiter: '', after: null, limit: 10 })).objects.map(({ key }) => key)).toEqual(['one.txt']);
    await world.done('storage.stop');
  }, 300_000);
});
