import { expect, test } from 'vitest';
import { troubleshootMounts } from '@main/storage/mount-troubles';
import type { MountUnit } from '@main/storage/mount-unit';
import { AppError } from '@shared/kernel/app-error';

/** A mount whose container does not come back from what it is asked. */
function hung(error: AppError): MountUnit {
  const mount = { id: 'rclone-mount:/mnt/s3/data', service: 'rclone-mount', remote: 's3-data', bucket: 'data', prefix: '', mountPoint: '/mnt/s3/data', readOnly: true, cacheMaxBytes: 1, cacheMaxAgeSeconds: 1, dirCacheSeconds: 1 };
  const door = { exec: () => Promise.reject(error), logTail: () => Promise.resolve([]) };
  return { container: { name: 'rclone-mount', container: { backend: 'rclone' }, mounts: [mount], door, find: () => Promise.resolve({ id: 'c1', state: 'running' }) } } as unknown as MountUnit;
}

test('a check that ends by its deadline says so: nobody cancelled it', async () => {
  const details = async (error: AppError) => (await troubleshootMounts([hung(error)], [])).map((one) => [one.title, one.ok, one.detail]);
  expect(await details(new AppError('cancelled', 'Cancelled.'))).toEqual([['Mounted', false, 'It did not answer in time.'], ['Log', true, '0 lines, no error in the last two minutes.'], ['S3', false, 'It did not answer in time.']]);
  expect((await details(new AppError('engine-unreachable', 'Docker is away.')))[0]).toEqual(['Mounted', false, 'Docker is away.']);
});
