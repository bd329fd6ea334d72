import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { BUSYBOX_IMAGE } from '../../support/images';
import { storageWorld, type StorageWorld } from '../storage/storage-kit';

const SERVICE = `image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n    init: true\n    stop_grace_period: 1s\n`;
let world: StorageWorld;
let door: S3Door;
const root = (): string => join(world.project.dir, 'workspaces');

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root(), path)), { recursive: true });
  await writeFile(join(root(), path), text);
}

async function object(key: string): Promise<string | null> {
  return door.get('workspaces', key, 10_000).then((bytes) => new TextDecoder().decode(bytes), () => null);
}

/** Operations of these kinds by when they ended, the first first. */
async function endedInOrder(...kinds: readonly string[]): Promise<readonly string[]> {
  const all = await world.services.operations.list({ limit: 50 });
  return all.filter((one) => kinds.includes(one.kind) && one.finishedAt !== null).sort((one, other) => (one.finishedAt ?? '').localeCompare(other.finishedAt ?? '')).map((one) => one.kind);
}

beforeAll(async () => {
  await ensureHelperImage();
  world = await storageWorld('sf', { 'compose.prod.yaml': `services:\n  app:\n    ${SERVICE}    environment:\n      MODE: prod\n` });
  await write('api/app.js', 'one\n');
  await world.done('storage.start', { component: 's3' });
  await world.done('workspaces.sync');
  await world.call('workspaces.configure', { trigger: 'manual' });
  const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
  door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
}, 180_000);
afterAll(async () => {
  door?.close();
  await world?.close();
});

const switchTo = async (mode: string): Promise<Awaited<ReturnType<StorageWorld['run']>>> => world.services.operations.wait((await world.call<{ operationId: string }>('modes.switch', { project: world.id, mode })).operationId, 120_000);

describe('the switch to prod', () => {
  test('sends what was saved first, that to dev does not', async () => {
    await write('api/app.js', 'two\n');
    expect((await switchTo('dev')).state).toBe('succeeded');
    expect(await object('api/app.js')).toBe('one\n');
    const ended = await switchTo('prod');
    expect(ended.error).toBeNull();
    expect(await object('api/app.js')).toBe('two\n');
    expect(await world.services.operations.logOf(ended.id)).toContain('The workspaces are synced.');
    expect((await endedInOrder('modes.switch', 'workspaces.sync')).slice(-2)).toEqual(['workspaces.sync', 'modes.switch']);
  }, 180_000);

  test('goes no further when something stays unsent, and what runs stays as it is', async () => {
    expect((await switchTo('dev')).state).toBe('succeeded');
    await rename(root(), `${root()}-away`);
    await mkdir(root());
    const ended = await switchTo('prod');
    expect(ended.error).toMatchObject({ code: 'blocked', message: expect.stringContaining('The workspaces are not synced, so this goes no further') });
    expect((await world.call<OutputOf<'services.list'>>('services.list', { project: world.id })).mode).toBe('dev');
    await rm(root(), { recursive: true });
    await rename(`${root()}-away`, root());
    expect((await switchTo('prod')).state).toBe('succeeded');
  }, 180_000);
});

describe('a deploy', () => {
  test('sends what was saved after its test first', async () => {
    await world.project.write('compose.prod.yaml', `services:\n  app:\n    ${SERVICE}    environment:\n      MODE: changed\n`);
    const tested = await world.services.operations.wait((await world.call<{ operationId: string }>('changes.test', { project: world.id })).operationId, 180_000);
    expect(tested.error).toBeNull();
    await write('api/app.js', 'three\n');
    const deployed = await world.services.operations.wait((await world.call<{ operationId: string }>('changes.deploy', { project: world.id })).operationId, 180_000);
    expect(deployed.error).toBeNull();
    expect(await object('api/app.js')).toBe('three\n');
    expect((await endedInOrder('changes.deploy', 'workspaces.sync')).slice(-2)).toEqual(['workspaces.sync', 'changes.deploy']);
  }, 300_000);
});
