import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineJson } from '../../support/images';
import { mountsBeneath, storageStage, waitUntil, type StorageStage } from '../../support/storage';
import { API_FILES, runnersStage, type RunnersStage } from './runners-kit';

const SOURCE_BYTES = 5_000_000;
const PARTS = 50;
const SHARE_ABOVE = 0.1;
let here: RunnersStage;
let s3: StorageStage;

beforeAll(async () => {
  [here, s3] = await Promise.all([runnersStage('trf'), storageStage('trf')]);
  await s3.rclone('mkdir', 't:workspaces');
  for (const [path, text] of Object.entries(API_FILES)) await here.write(`api/${path}`, text);
  for (let part = 0; part < PARTS; part += 1) await here.write(`api/data/part-${String(part)}.txt`, randomBytes(SOURCE_BYTES / PARTS / 2).toString('hex'));
  await s3.rclone('sync', here.root, 't:workspaces');
}, 300_000);
afterAll(async () => {
  await here?.close();
  await s3?.close();
});

/** What left the container of the server, headers and all: its own metrics are minutes old. */
async function sentByServer(): Promise<number> {
  const { networks } = await engineJson<{ networks: Record<string, { tx_bytes: number }> }>('GET', `/containers/${s3.server}/stats?stream=false&one-shot=true`);
  return Object.values(networks).reduce((sum, { tx_bytes: bytes }) => sum + bytes, 0);
}

async function costOf(what: string, start: () => Promise<void>): Promise<{ readonly server: number; readonly read: number }> {
  const before = await sentByServer();
  await start();
  const server = (await sentByServer()) - before;
  const read = (await here.runners.status(here.projectId)).get('api')?.readBytes ?? 0;
  process.stdout.write(`traffic: a start from ${what}: the server sent ${String(server)} bytes, the container says ${String(read)}, of a source of ${String(SOURCE_BYTES)}\n`);
  return { server, read };
}

function expectOneSource({ server, read }: { readonly server: number; readonly read: number }): void {
  expect(server).toBeLessThanOrEqual(SOURCE_BYTES * (1 + SHARE_ABOVE));
  expect(server).toBeGreaterThanOrEqual(SOURCE_BYTES);
  expect(Math.abs(read - SOURCE_BYTES) / SOURCE_BYTES).toBeLessThan(SHARE_ABOVE);
}

describe('the start of a container', () => {
  test('downloads its source once, installing included, and says how much', async () => {
    expectOneSource(await costOf('the bucket itself', () => here.start('api', { kind: 'direct', endpoint: s3.endpointInside, network: s3.network, region: 'us-east-1', bucket: 'workspaces', prefix: '', accessKey: s3.accessKey, secretKey: s3.secretKey })));
    expect((await here.get('/api/')).text).toBe('hello one /');
    await here.stop('api');
  }, 120_000);

  test('reads its source once through the mount, and a second start nothing', async () => {
    const parent = await s3.mountParent();
    await s3.mounter({ name: 'mount', image: s3.images.rclone, parent, command: ['mount', 't:workspaces', '/mnt/workspaces', '--read-only', '--allow-other', '--vfs-cache-mode', 'full', '--dir-cache-time', '5m', '--use-server-modtime'], env: s3.remote('t') });
    await waitUntil(async () => (await mountsBeneath(parent)).some(({ type }) => type === 'fuse.rclone'), 30_000, 'the bucket is mounted');
    const start = (): Promise<void> => here.start('api', { kind: 'mount', hostFolder: `${parent}/mnt`, targetFolder: '/mnt', path: '/mnt/workspaces' });
    expectOneSource(await costOf('the mount', start));
    await here.stop('api');
    expect((await costOf('the mount, a second time', start)).server).toBeLessThan(SOURCE_BYTES * SHARE_ABOVE);
    await here.stop('api');
  }, 120_000);
});
