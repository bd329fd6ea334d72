import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import { engineJson } from '../../support/images';
import { execIn } from '../../support/storage';
import { inspect, storageWorld, type StorageWorld } from './storage-kit';

type Rotated = OutputOf<'storage.rotate-credentials'>;
interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

let world: StorageWorld;
const name = (service: string): string => `${world.project.name}-${service}`;
const bucket = (purpose: string): string => `${world.project.name}-${purpose}`;
const credentials = () => world.call<OutputOf<'storage.credentials'>>('storage.credentials');
async function keysIn(container: string): Promise<Keys> {
  const { Config } = await inspect<{ Config: { Env: string[] } }>(container);
  const of = (variable: string): string => Config.Env.find((one) => one.startsWith(`${variable}=`))?.slice(variable.length + 1) ?? '';
  return { accessKey: of('AWS_ACCESS_KEY_ID'), secretKey: of('AWS_SECRET_ACCESS_KEY') };
}
/** rclone in a container of storage, with the keys it has there. */
const rclone = (service: string, ...words: readonly string[]) => execIn(name(service), 'rclone', ...words, '--retries', '1', '--low-level-retries', '1', '--s3-no-check-bucket');
async function app(): Promise<string> {
  const all = await engineJson<{ Id: string; Labels: Record<string, string> }[]>('GET', `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}`] }))}`);
  return all.find((one) => one.Labels['com.docker.compose.service'] === 'app')?.Id ?? '';
}

beforeAll(async () => {
  world = await storageWorld('okey');
  await world.done('storage.setup', { preset: 'complementary' });
  await world.ownNames();
  await world.done('storage.start');
  const door = openS3({ ...(await credentials()), region: 'us-east-1', deadlineMs: 10_000 });
  for (const purpose of ['data', 'archive']) await door.put(bucket(purpose), 'there.txt', new TextEncoder().encode('there'));
  door.close();
}, 240_000);
afterAll(async () => {
  await world.close();
}, 120_000);

describe('mounts and copies have keys of their own', () => {
  test('the three pairs differ, and none of them is that of the server', async () => {
    const pairs = [await credentials(), await keysIn(name('rclone-mount')), await keysIn(name('s3-sync'))];
    expect(new Set(pairs.map((one) => one.accessKey)).size).toBe(3);
    expect(new Set(pairs.map((one) => one.secretKey)).size).toBe(3);
  });

  test('those of a mount that only reads cannot write, delete, or see what is copied to', async () => {
    expect((await rclone('rclone-mount', 'cat', `s3-data:${bucket('data')}/there.txt`)).stdout).toBe('there');
    for (const words of [['touch', `s3-data:${bucket('data')}/new.txt`], ['deletefile', `s3-data:${bucket('data')}/there.txt`], ['cat', `s3-data:${bucket('archive')}/there.txt`], ['lsf', `s3-data:${bucket('archive')}`]]) {
      const { code, stderr } = await rclone('rclone-mount', ...words);
      expect([code === 0, words, /AccessDenied|403|Forbidden/.test(stderr)]).toEqual([false, words, true]);
    }
  });

  test('those of copies put and compare, delete nothing, and do not see what is mounted', async () => {
    expect((await rclone('s3-sync', 'touch', `s3-archive:${bucket('archive')}/put.txt`)).code).toBe(0);
    expect((await rclone('s3-sync', 'lsf', `s3-archive:${bucket('archive')}`)).stdout.split('\n').sort()).toEqual(['', 'put.txt', 'there.txt']);
    for (const words of [['deletefile', `s3-archive:${bucket('archive')}/there.txt`], ['cat', `s3-archive:${bucket('data')}/there.txt`], ['touch', `s3-archive:${bucket('data')}/x.txt`]]) {
      const { code, stderr } = await rclone('s3-sync', ...words);
      expect([code === 0, words, /AccessDenied|403|Forbidden/.test(stderr)]).toEqual([false, words, true]);
    }
    expect((await world.done('storage.sync'))['runs']).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
  });

  test('a mount that may write from now on has keys that may', async () => {
    await world.done('storage.tune', { mount: '/mnt/s3/data', readOnly: false });
    expect((await rclone('rclone-mount', 'touch', `s3-data:${bucket('data')}/new.txt`)).code).toBe(0);
    expect((await rclone('rclone-mount', 'touch', `s3-index:${bucket('index')}/new.txt`)).code).not.toBe(0);
  }, 120_000);
});

describe('new keys', () => {
  test('are handed to mounts, copies and connected services, which is said before and after', async () => {
    await world.done('storage.connect', { services: ['app'] });
    await world.services.dispatcher.call('projects.open', { dir: world.project.dir, trust: true }, { door: 'cli', signal: new AbortController().signal });
    const switched = await world.services.operations.wait((await world.call<{ operationId: string }>('modes.switch', { project: world.id, mode: 'default' })).operationId, 120_000);
    expect(switched.error).toBeNull();
    const before = { project: await credentials(), mount: await keysIn(name('rclone-mount')), sync: await keysIn(name('s3-sync')), app: await app() };
    expect((await keysIn(before.app)).accessKey).toBe(before.project.accessKey);

    const preview = (await world.done('storage.rotate-credentials', { dryRun: true })) as unknown as Rotated;
    expect(preview).toMatchObject({ dryRun: true, handedOn: [{ projectId: world.id, storage: [name('rclone-mount'), name('s3-sync')], services: ['app'], follow: null }] });
    expect(await credentials()).toEqual(before.project);

    const rotated = (await world.done('storage.rotate-credentials')) as unknown as Rotated;
    expect(rotated.handedOn).toMatchObject([{ projectId: world.id, services: ['app'] }]);
    expect(rotated.status.mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    const followed = await world.services.operations.wait(rotated.handedOn[0]?.follow ?? '', 120_000);
    expect([followed.kind, followed.state, followed.error]).toEqual(['services.remake', 'succeeded', null]);

    const after = { project: await credentials(), mount: await keysIn(name('rclone-mount')), sync: await keysIn(name('s3-sync')), app: await app() };
    expect(new Set([before, after].flatMap((one) => [one.project.accessKey, one.mount.accessKey, one.sync.accessKey])).size).toBe(6);
    expect(after.app).not.toBe(before.app);
    expect(await keysIn(after.app)).toEqual({ accessKey: after.project.accessKey, secretKey: after.project.secretKey });
    expect((await execIn(name('rclone-mount'), 'cat', '/mnt/s3/data/there.txt')).stdout).toBe('there');
    expect((await execIn(after.app, 'cat', '/mnt/s3/data/there.txt')).stdout).toBe('there');
    expect((await world.done('storage.sync'))['runs']).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    for (const old of [before.project, before.mount, before.sync]) {
      const door = openS3({ endpoint: after.project.endpoint, region: 'us-east-1', ...old, deadlineMs: 10_000 });
      await expect(door.bucketNames()).rejects.toMatchObject({ code: 'input-invalid' });
      door.close();
    }
  }, 300_000);

  test('wait for the next switch where that is wanted', async () => {
    const container = await app();
    const rotated = (await world.done('storage.rotate-credentials', { services: false })) as unknown as Rotated;
    expect(rotated.handedOn).toMatchObject([{ services: ['app'], follow: null }]);
    expect(await app()).toBe(container);
  }, 180_000);
});
