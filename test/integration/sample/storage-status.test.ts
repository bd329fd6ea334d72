import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSampleService, type SampleProcess } from '../../support/sample-process';
import { storageStage, type StorageStage } from '../../support/storage';

const run = promisify(execFile);
const BUCKETS = ['data', 'index', 'realtime'] as const;

interface Place {
  readonly path: string;
  readonly state: 'ok' | 'down';
  readonly reason: string | null;
  readonly mounted: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
}

/** What the api of the sample says of buckets that are mounted as folders, and what when their container ends. */
describe('GET /storage/status of the sample beside real mounts', () => {
  let stage: StorageStage;
  let parent: string;
  let mounter: string;
  let api: SampleProcess;

  beforeAll(async () => {
    stage = await storageStage('sst');
    parent = await stage.mountParent();
    for (const bucket of BUCKETS) await stage.rclone('mkdir', `t:${bucket}`);
    await mkdir(join(parent, 'efs/uploads'), { recursive: true });
    const command = BUCKETS.flatMap((bucket, index) => [...(index === 0 ? [] : [';']), 'mount', `s3-${bucket}:${bucket}`, `/mnt/s3/${bucket}`, '--allow-other', ...(bucket === 'index' ? ['--read-only'] : [])]);
    mounter = await stage.mounter({ name: 'mount', parent, image: stage.images.rclone, command, env: Object.assign({}, ...BUCKETS.map((bucket) => stage.remote(`s3-${bucket}`))) as Record<string, string> });
    api = await startSampleService('api', { EFS_ROOT: join(parent, 'efs'), S3_ROOT: join(parent, 'mnt/s3'), STORE_URL: 'http://127.0.0.1:9' });
  }, 120_000);
  afterAll(async () => {
    await api.stop();
    await stage.close();
  });

  const look = async (): Promise<readonly Place[]> => ((await (await fetch(`${api.url}/storage/status`)).json()) as { storage: Place[] }).storage;
  const buckets = async (): Promise<readonly Place[]> => (await look()).filter((place) => place.path.startsWith(join(parent, 'mnt/s3/')));
  const states = async (): Promise<readonly string[]> => (await buckets()).map((place) => place.state);
  const all = (state: string): readonly string[] => BUCKETS.map(() => state);

  test('every bucket is a place of its own, with its rights and the figures of df', async () => {
    await expect.poll(states, { timeout: 20_000 }).toEqual(all('ok'));
    const places = await buckets();
    expect(places.map((place) => place.path)).toEqual(BUCKETS.map((bucket) => join(parent, 'mnt/s3', bucket)));
    expect(places.map((place) => [place.mounted, place.readable, place.writable])).toEqual([[true, true, true], [true, true, false], [true, true, true]]);
    const { stdout } = await run('df', ['--block-size=1', '--output=size,used', places[0]?.path ?? '']);
    const [size, used] = (stdout.trim().split('\n').at(-1) ?? '').trim().split(/\s+/).map(Number);
    expect(Math.abs((places[0]?.totalBytes ?? 0) - (size ?? 0))).toBeLessThanOrEqual((size ?? 0) / 100);
    expect(Math.abs((places[0]?.usedBytes ?? 0) - (used ?? 0))).toBeLessThanOrEqual(Math.max(4_096, (used ?? 0) / 100));
  });

  test('when the mount container ends, its buckets are down within 10 s with a reason, and ok again after it', async () => {
    const [efs] = await look();
    await run('docker', ['stop', '-t', '5', mounter]);
    await expect.poll(states, { timeout: 10_000 }).toEqual(all('down'));
    for (const place of await buckets()) expect(place.reason).not.toBeNull();
    expect((await look())[0]?.state).toBe(efs?.state);
    await run('docker', ['start', mounter]);
    await expect.poll(states, { timeout: 20_000 }).toEqual(all('ok'));
  });
});
