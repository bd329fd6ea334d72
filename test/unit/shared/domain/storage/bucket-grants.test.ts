import { describe, expect, test } from 'vitest';
import { bucketUses, grantsOf, type BucketUses, type KeyRole } from '@shared/domain/storage/bucket-grants';

const mount = (bucket: string, readOnly: boolean) => ({ id: '', service: 'm', remote: 'r', bucket, prefix: '', mountPoint: `/mnt/s3/${bucket}`, readOnly, cacheMaxBytes: 0, cacheMaxAgeSeconds: 0, dirCacheSeconds: 0 });
const job = (bucket: string, semantics: 'archive' | 'mirror') => ({ id: '', service: 's', source: '/mnt/efs/x', remote: 'r', bucket, prefix: '', semantics, everySeconds: 300 });
const uses = bucketUses({ mounts: [mount('data', true), mount('work', false), mount('data', true)], jobs: [job('archive', 'archive'), job('copy', 'mirror')] });

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}
/** Buckets and objects on which keys may do something. */
function may(role: KeyRole, action: string, of: BucketUses = uses): readonly string[] {
  const { Statement: statements } = grantsOf(role, ['archive', 'copy', 'data', 'work'], of) as unknown as { readonly Statement: readonly Statement[] };
  return statements.flatMap((one) => (one.Action.includes(action) ? one.Resource : [])).map((one) => one.replace('arn:aws:s3:::', '')).sort();
}

describe('what keys may do', () => {
  test('is read from the mounts and the jobs', () => {
    expect(uses).toEqual({ read: ['data'], write: ['work'], copy: ['archive'], mirror: ['copy'] });
  });

  test('of a mount: read what is mounted, write where it may be written', () => {
    expect([may('mount', 's3:ListBucket'), may('mount', 's3:GetObject')]).toEqual([['data', 'work'], ['data/*', 'work/*']]);
    expect([may('mount', 's3:PutObject'), may('mount', 's3:DeleteObject')]).toEqual([['work/*'], ['work/*']]);
  });

  test('of copies: compare and put, delete only where they mirror', () => {
    expect([may('sync', 's3:ListBucket'), may('sync', 's3:PutObject'), may('sync', 's3:GetObject')]).toEqual([['archive', 'copy'], ['archive/*', 'copy/*'], ['archive/*', 'copy/*']]);
    expect(may('sync', 's3:DeleteObject')).toEqual(['copy/*']);
  });

  test('of a project: everything with its buckets, and nothing with others', () => {
    expect(may('project', 's3:*')).toEqual(['archive', 'archive/*', 'copy', 'copy/*', 'data', 'data/*', 'work', 'work/*']);
  });

  test('of nothing: a policy still names something, which cannot be', () => {
    expect(may('mount', 's3:ListBucket', { read: [], write: [], copy: [], mirror: [] })).toEqual(['-']);
  });
});
