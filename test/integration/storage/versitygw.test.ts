import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { engineRequest } from '../../support/images';
import { execIn, waitUntil } from '../../support/storage';
import { versitygwImage } from '../../support/versitygw';
import { inspect, storageWorld, type StorageWorld } from './storage-kit';

/** The other kind of server for all of storage: what works with it as with MinIO, and what it says that it cannot do. */
let world: StorageWorld;
let image: string;
let door: S3Door;
const name = (service: string): string => `${world.project.name}-${service}`;
const bucket = (purpose: string): string => `${world.project.name}-${purpose}`;
const credentials = () => world.call<OutputOf<'storage.credentials'>>('storage.credentials');

beforeAll(async () => {
  world = await storageWorld('vgw');
  image = await versitygwImage();
  await world.done('storage.server', { image });
  await world.done('storage.setup', { preset: 'complementary' });
  await world.ownNames();
}, 240_000);
afterAll(async () => {
  door?.close();
  await world.close();
  await engineRequest('DELETE', `/images/${image}?force=1`);
}, 120_000);

describe('versitygw as the server of the machine', () => {
  test('is started with buckets, mounts and copies, and says what it cannot do', async () => {
    await world.done('storage.start');
    const { s3, mounts, jobs } = await world.status();
    expect(s3).toMatchObject({ health: 'healthy', flavour: 'versitygw', image });
    expect(s3.notices.join()).toContain('one pair of keys: every project can read and write the buckets of the others');
    expect(mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    expect(jobs.map((one) => one.state)).toEqual(['waiting', 'waiting']);
    door = openS3({ ...(await credentials()), region: 'us-east-1', deadlineMs: 10_000 });
    expect([...(await door.bucketNames())].sort()).toEqual(['archive', 'data', 'index', 'logs', 'realtime'].map(bucket));
  }, 180_000);

  test('shows objects in a mount, which is only read, and takes copies', async () => {
    await door.put(bucket('data'), 'a/seen.txt', new TextEncoder().encode('seen'));
    await world.done('storage.refresh');
    expect((await execIn(name('rclone-mount'), 'cat', '/mnt/s3/data/a/seen.txt')).stdout).toBe('seen');
    expect((await execIn(name('rclone-mount'), 'touch', '/mnt/s3/data/new.txt')).stderr).toContain('Read-only');
    const report = (await world.done('storage.validate', { what: 'all' })) as unknown as OutputOf<'storage.validate'>;
    expect(report.tests.filter((one) => !one.ok)).toEqual([]);
    expect((await world.done('storage.sync'))['runs']).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
  }, 180_000);

  test('has one pair of keys for everybody: mounts and copies have what the project has', async () => {
    const keyOf = async (container: string): Promise<string | undefined> => (await inspect<{ Config: { Env: string[] } }>(container)).Config.Env.find((one) => one.startsWith('AWS_ACCESS_KEY_ID='))?.split('=')[1];
    const { accessKey } = await credentials();
    expect([await keyOf(name('rclone-mount')), await keyOf(name('s3-sync'))]).toEqual([accessKey, accessKey]);
  });

  test('takes new keys, mounts and copies with it', async () => {
    const before = await credentials();
    await world.done('storage.rotate-credentials');
    expect((await credentials()).secretKey).not.toBe(before.secretKey);
    await waitUntil(async () => (await world.status()).mounts.every((one) => one.state === 'healthy'), 60_000, 'the mounts are back');
    expect((await execIn(name('rclone-mount'), 'cat', '/mnt/s3/data/a/seen.txt')).stdout).toBe('seen');
    expect((await world.done('storage.sync'))['runs']).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
  }, 180_000);
});
