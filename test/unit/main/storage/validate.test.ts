import { describe, expect, it } from 'vitest';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import { validateStorage, type StorageTest } from '@main/storage/validate';

const DEFINITION: StorageDefinition = {
  file: 'docker-compose.storage.yml',
  containers: [],
  mounts: ['data', 'gone'].map((bucket) => ({ id: `m:/mnt/s3/${bucket}`, service: 'm', remote: `s3-${bucket}`, bucket, prefix: '', mountPoint: `/mnt/s3/${bucket}`, readOnly: true, cacheMaxBytes: 1, cacheMaxAgeSeconds: 1, dirCacheSeconds: 1 })),
  jobs: [],
};
const refusal = (code: string, message: string): AppError => new AppError('input-invalid', message, { details: { code } });

/** The tests of both buckets where the keys are refused for `gone`; `look`: what the server says of a bucket. */
function testsOf(look: (bucket: string) => Promise<void>): Promise<readonly StorageTest[]> {
  const bytes = new TextEncoder().encode('Berth was here.');
  const written: string[] = [];
  const door = {
    put: (bucket: string, key: string) => (bucket === 'gone' ? Promise.reject(refusal('AccessDenied', 'These keys may not do this with the bucket gone.')) : Promise.resolve(void written.push(key))),
    get: () => Promise.resolve(bytes),
    list: () => Promise.resolve({ objects: written.map((key) => ({ key })) }),
    remove: () => Promise.resolve([]),
    close: () => undefined,
  };
  const deps = { s3: { door: () => Promise.resolve(door), headBucket: (_project: string, bucket: string) => look(bucket) } } as unknown as Parameters<typeof validateStorage>[0];
  const context = { signal: new AbortController().signal, log: () => undefined } as unknown as Parameters<typeof validateStorage>[1];
  return validateStorage(deps, context, { owner: { projectId: 'p', projectName: 'p-storage', dir: '/p' } as never, definition: DEFINITION }, 's3');
}

describe('the test of the buckets', () => {
  it('says that a bucket is missing where keys are refused for one that is not there', async () => {
    const tests = await testsOf((bucket) => Promise.reject(new AppError('not-found', `There is no bucket ${bucket} at http://s3.`, { details: { code: 'NoSuchBucket' } })));
    expect(tests.map(({ name, ok, code, detail }) => ({ name, ok, code, detail }))).toEqual([
      { name: 'data', ok: true, code: '', detail: '' },
      { name: 'gone', ok: false, code: 'NoSuchBucket', detail: 'There is no bucket gone at http://s3.' },
    ]);
  });

  it('says what was refused where the bucket is there, or nobody may look', async () => {
    for (const look of [() => Promise.resolve(), () => Promise.reject(refusal('AccessDenied', 'Nor may anybody look.'))]) {
      expect((await testsOf(look))[1]).toMatchObject({ ok: false, code: 'AccessDenied', detail: 'These keys may not do this with the bucket gone.' });
    }
  });
});
