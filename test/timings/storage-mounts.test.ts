import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MountsParts } from '@main/storage/mounts';
import { mountedStage, tookOf, type MountedStage, type MountsStage } from '../integration/storage/mounts-kit';
import { engineJson } from '../support/images';
import { execIn, waitUntil } from '../support/storage';

let here: MountsStage;
let berth: MountsParts;
let mounter: string;
let consumer: string;
let reads: MountedStage['reads'];
const took = tookOf('storage-mounts');
const firstState = async (): Promise<string | undefined> => (await berth.mounts.status(here.projectId, here.definition))[0]?.state;

beforeAll(async () => {
  ({ here, berth, mounter, consumer, reads } = await mountedStage('mt', took));
});
afterAll(async () => here?.close());

describe('mounts', () => {
  test('show a new object to a consumer less than two seconds after a refresh', async () => {
    expect((await execIn(consumer, 'ls', '/mnt/s3/realtime')).stdout).toBe('');
    await here.stage.rclone('copyto', '/etc/hostname', 't:realtime/new.txt');
    const ms = await took('refresh until a consumer reads the new object', async () => {
      await berth.mounts.refresh(here.projectId, 'rclone-mount:/mnt/s3/realtime', []);
      await waitUntil(() => reads('/mnt/s3/realtime/new.txt'), 10_000, 'the object is seen');
    });
    expect(ms).toBeLessThan(2_000);
  });

  test('are read again by the same consumer less than ten seconds after docker kill', async () => {
    const ms = await took('docker kill until a consumer reads again', async () => {
      await engineJson('POST', `/containers/${mounter}/kill`);
      expect(await reads('/mnt/s3/data/a.txt')).toBe(false);
      await waitUntil(() => reads('/mnt/s3/data/a.txt'), 30_000, 'the mount is back');
    });
    expect(ms).toBeLessThan(10_000);
    await waitUntil(async () => (await firstState()) === 'healthy', 10_000, 'it is healthy');
  });

  test('that hang hold up no answer: each comes within 100 ms', async () => {
    const rclone = (await execIn(mounter, 'ps', '-o', 'pid,args')).stdout.split('\n').find((line) => /^\s*\d+ rclone mount /.test(line) && line.includes(' /mnt/s3/data '))?.trim().split(' ')[0] ?? '';
    let slowestMs = 0;
    const seen = new Set<string | undefined>();
    const ms = await took('STOP of rclone until the mount is healthy again', async () => {
      expect((await execIn(mounter, 'kill', '-STOP', rclone)).code).toBe(0);
      await waitUntil(
        async () => {
          const began = performance.now();
          const state = await firstState();
          slowestMs = Math.max(slowestMs, performance.now() - began);
          seen.add(state);
          return seen.has('recovering') && state === 'healthy';
        },
        60_000,
        'the hung mount was mounted again',
      );
    });
    process.stdout.write(`storage-mounts: slowest answer meanwhile ${slowestMs.toFixed(1)} ms\n`);
    expect(slowestMs).toBeLessThan(100);
    expect(ms).toBeLessThan(20_000);
    expect(await reads('/mnt/s3/data/a.txt')).toBe(true);
  });
});
