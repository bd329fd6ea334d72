import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { engineJson, engineRequest } from '../../support/images';
import { removeProjectObjects } from '../../support/projects';
import { execIn, waitUntil } from '../../support/storage';
import { inspect, storageWorld, type StorageWorld } from '../storage/storage-kit';
import { API_FILES } from './runners-kit';

type Status = OutputOf<'workspaces.list'>;

let world: StorageWorld;
let door: S3Door;
const root = (): string => join(world.project.dir, 'workspaces');
const list = (): Promise<Status> => world.call<Status>('workspaces.list');

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root(), path)), { recursive: true });
  await writeFile(join(root(), path), text);
}

async function runner(): Promise<string> {
  return (await list()).workspaces.find((one) => one.name === 'api')?.runner?.containerId ?? '';
}

/** As a container sees the volume: every file with its content. */
async function inVolume(path: string): Promise<string> {
  return (await execIn(await runner(), 'cat', `/workspaces/${path}`)).stdout;
}

async function treeOfVolume(): Promise<readonly string[]> {
  const { stdout } = await execIn(await runner(), 'find', '/workspaces/', '-type', 'f');
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('/.berth/')).map((line) => line.slice('/workspaces/'.length)).sort();
}

async function keys(): Promise<readonly string[]> {
  return (await door.list({ bucket: 'workspaces', prefix: '', delimiter: '', after: null, limit: 1_000 })).objects.map((one) => one.key).filter((key) => !key.startsWith('.berth/')).sort();
}

/** Where the store is now: while it is stopped somebody else may take its port, and then it starts at another. */
async function openDoor(): Promise<string> {
  const { endpoint, accessKey, secretKey } = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
  door?.close();
  door = openS3({ endpoint, region: 'us-east-1', accessKey, secretKey, deadlineMs: 10_000 });
  return endpoint;
}

/** Somebody who listens at this port and never answers; nobody when another has it already. */
async function silentAt(port: number): Promise<Server> {
  const server = createServer(() => undefined).listen(port, '127.0.0.1');
  await once(server, 'listening').catch(() => undefined);
  return server;
}

async function answer(path = ''): Promise<string> {
  const url = (await list()).workspaces.find((one) => one.name === 'api')?.runner?.url ?? '';
  return fetch(`${url}${path}`).then((response) => response.text(), () => '');
}

async function keeper(): Promise<string> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.berth.workspaces=${world.id}`, 'com.docker.compose.service=workspaces-volume'] }));
  return (await engineJson<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`))[0]?.Id ?? '';
}

beforeAll(async () => {
  world = await storageWorld('wv');
  for (const [path, text] of Object.entries(API_FILES)) await write(`api/${path.replace('vendor/', 'lib/')}`, text.replace('./vendor/', './lib/'));
  await write('api/node_modules/left/index.js', '1\n');
  await write('api/.env', 'TOKEN=planted-secret\n');
  await write('www/public/index.html', '<h1>www</h1>\n');
  await world.done('storage.start', { component: 's3' });
  await world.done('workspaces.sync');
  await openDoor();
  await world.call('workspaces.configure', { source: 'volume' });
}, 180_000);
afterAll(async () => {
  await world?.run('workspaces.stop').catch(() => undefined);
  await removeProjectObjects(`${world.project.name}-workspaces`);
  door?.close();
  await world?.close();
});

describe('a volume in place of the mount', () => {
  test('has exactly what the bucket has, read-only, without FUSE and without a folder of this machine', async () => {
    await world.done('workspaces.start');
    expect(await answer()).toBe('hello one /');
    expect(await treeOfVolume()).toEqual(await keys());
    expect(await treeOfVolume()).not.toContain('api/.env');
    const found = await inspect<{ HostConfig: { Devices: unknown; Binds: unknown }; Mounts: { Type: string; RW: boolean }[] }>(await runner());
    expect(found.HostConfig).toMatchObject({ Devices: null, Binds: null });
    expect(found.Mounts).toEqual([expect.objectContaining({ Type: 'volume', RW: false })]);
    expect((await execIn(await runner(), 'touch', '/workspaces/api/x')).stderr).toMatch(/read-only/i);
    const status = await list();
    expect(status.workspaces.map((one) => [one.name, one.source, one.reads, one.mount])).toEqual(status.workspaces.map((one) => [one.name, 'volume', 'volume', one.bucket]));
    expect(status.volume).toMatchObject({ inStep: true, name: expect.stringContaining(world.project.name) });
    expect(status.monitor.state).toBe('running');
  }, 180_000);

  test('is filled by a container without a network, a capability or anything but the volume', async () => {
    const found = await inspect<{ HostConfig: { NetworkMode: string; CapDrop: string[]; ReadonlyRootfs: boolean }; Mounts: { Type: string }[] }>(await keeper());
    expect(found.HostConfig).toMatchObject({ NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true });
    expect(found.Mounts.map((one) => one.Type)).toEqual(['volume']);
  });

  test('shows a save inside the consumer, and the application answers with it', async () => {
    const took: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const text = `round ${String(round)}\n`;
      const began = performance.now();
      await write('www/note.txt', text);
      await waitUntil(async () => (await inVolume('www/note.txt')) === text, 15_000, 'the save is seen');
      took.push(performance.now() - began);
    }
    took.sort((one, other) => one - other);
    process.stdout.write(`volume: save to visible in a consumer: median ${String(Math.round(took[6] ?? 0))} ms, slowest ${String(Math.round(took[11] ?? 0))} ms\n`);
    await write('api/text.js', "module.exports = 'two';\n");
    await waitUntil(async () => (await answer()) === 'hello two /', 30_000, 'the new answer');
    expect(await treeOfVolume()).toEqual(await keys());
  }, 120_000);

  test('loses what is gone here, and a folder that became a file', async () => {
    await rm(join(root(), 'www/note.txt'));
    await rm(join(root(), 'www/public'), { recursive: true });
    await write('www/public', 'now a file\n');
    await waitUntil(async () => (await inVolume('www/public')) === 'now a file\n', 30_000, 'the file is there');
    await waitUntil(async () => !(await treeOfVolume()).includes('www/note.txt'), 30_000, 'the other is gone');
    expect(await treeOfVolume()).toEqual(await keys());
  }, 90_000);

  test('an emptied folder takes nothing from it', async () => {
    const before = await treeOfVolume();
    await rename(root(), `${root()}-away`);
    await mkdir(root());
    const ended = await world.run('workspaces.sync');
    expect(ended.error?.code).toBe('blocked');
    expect(await treeOfVolume()).toEqual(before);
    await rm(root(), { recursive: true });
    await rename(`${root()}-away`, root());
    await world.done('workspaces.sync');
    expect(await treeOfVolume()).toEqual(before);
  }, 90_000);

  test('is mended when the container that fills it was removed', async () => {
    await engineRequest('DELETE', `/containers/${await keeper()}?force=1`);
    await write('www/one.txt', 'one\n');
    await waitUntil(async () => (await keys()).includes('www/one.txt'), 20_000, 'it is sent');
    await write('www/two.txt', 'two\n');
    await waitUntil(async () => (await inVolume('www/two.txt')) === 'two\n', 30_000, 'the second is seen');
    expect(await inVolume('www/one.txt')).toBe('one\n');
    expect((await list()).volume?.inStep).toBe(true);
  }, 90_000);

  test('is read on while S3 is away, and goes on when it comes back at another port', async () => {
    const before = await openDoor();
    await world.done('storage.stop', { component: 's3' });
    const other = await silentAt(Number(new URL(before).port));
    expect(await answer()).toBe('hello two /');
    expect(await inVolume('www/two.txt')).toBe('two\n');
    await world.done('storage.start', { component: 's3' });
    expect(await openDoor()).not.toBe(before);
    await write('www/three.txt', 'three\n');
    await waitUntil(async () => (await inVolume('www/three.txt')) === 'three\n', 30_000, 'the save is seen');
    expect(await treeOfVolume()).toEqual(await keys());
    other.close();
  }, 90_000);
});

describe('a variable of a workspace', () => {
  test('is in the environment of its application, and nowhere else', async () => {
    const value = 'planted-value-7f3a91';
    await expect(world.call('workspaces.set-variable', { name: 'api', variable: 'BERTH_S3_SECRET_KEY', value })).rejects.toMatchObject({ code: 'input-invalid' });
    const said = await world.call<OutputOf<'workspaces.set-variable'>>('workspaces.set-variable', { name: 'api', variable: 'API_TOKEN', value });
    expect(said).toMatchObject({ variables: [{ name: 'API_TOKEN' }], detail: expect.stringContaining('berth workspaces start api') });
    await world.done('workspaces.start', { name: 'api' });
    expect(JSON.parse(await answer('environment'))).toMatchObject({ API_TOKEN: value });
    expect(JSON.stringify(await world.call('workspaces.variables', { name: 'api' }))).not.toContain(value);
    await world.done('workspaces.sync', { verify: true });
    for (const key of await keys()) expect(new TextDecoder().decode(await door.get('workspaces', key, 1_000_000))).not.toContain(value);
    expect(await filesWith(world.home, value)).toEqual([]);
    expect(JSON.stringify(await world.call('operations.list'))).not.toContain(value);
    await world.call('workspaces.remove-variable', { name: 'api', variable: 'API_TOKEN' });
    await world.done('workspaces.start', { name: 'api' });
    expect(JSON.parse(await answer('environment'))).not.toHaveProperty('API_TOKEN');
  }, 120_000);
});

describe('when nothing runs any more', () => {
  test('the volume goes with the container that filled it', async () => {
    await world.done('workspaces.stop');
    expect(await keeper()).toBe('');
    const filters = encodeURIComponent(JSON.stringify({ label: [`dev.berth.workspaces=${world.id}`] }));
    expect((await engineJson<{ Volumes: unknown[] | null }>('GET', `/volumes?filters=${filters}`)).Volumes ?? []).toEqual([]);
  }, 60_000);
});

async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path).catch(() => Buffer.alloc(0))).includes(text)) found.push(path);
  }
  return found;
}
