import { describe, expect, it } from 'vitest';
import { imageSource, restoreFindings, type RestoreFacts } from '@shared/domain/snapshots/restore-findings';

const fact = { service: 'api', reference: 'shop-api', id: 'sha256:1', digests: [], platform: '' };
const volume = { name: 'shop_data', action: 'replace', then: null, now: null, others: [] } as const;
const clean: RestoreFacts = {
  manifest: { engine: { version: '20.10.24', api: '1.41', os: 'linux', arch: 'x86_64' }, project: { id: 'p_1', name: 'shop', dir: '/shop' }, notes: [] },
  foreign: false,
  target: { projectId: 'p_1' },
  engine: { version: '20.10.24', arch: 'x86_64' },
  images: [{ fact, source: 'present' }],
  volumes: [volume],
  folders: [{ source: '/mnt/efs', action: 'replace', mayChange: true, others: [] }],
  oddPaths: [],
  leftOut: [],
  bytesToWrite: 1_000,
  freeBytes: 1_200,
  force: false,
};
const codes = (change: Partial<RestoreFacts>): readonly string[] => restoreFindings({ ...clean, ...change }).map((one) => `${one.code} ${one.severity}`);

describe('restoreFindings', () => {
  it('has nothing to say of a restore to where it was made', () => {
    expect(codes({})).toEqual([]);
  });

  it.each<[Partial<RestoreFacts>, string]>([
    [{ foreign: true }, 'SNAPSHOT_FOREIGN warning'],
    [{ target: { projectId: 'p_2' } }, 'SNAPSHOT_OTHER_PROJECT warning'],
    [{ engine: { version: '19.3.1', arch: 'x86_64' } }, 'SNAPSHOT_ENGINE_OLDER warning'],
    [{ engine: { version: '28.0.0', arch: 'aarch64' } }, 'SNAPSHOT_OTHER_MACHINE warning'],
    [{ images: [{ fact, source: 'digest' }] }, 'SNAPSHOT_IMAGE_MISSING info'],
    [{ images: [{ fact, source: 'again' }] }, 'SNAPSHOT_IMAGE_MISSING warning'],
    [{ volumes: [{ ...volume, others: ['other'] }] }, 'SNAPSHOT_VOLUME_SHARED error'],
    [{ volumes: [{ ...volume, then: 'postgres 15', now: 'postgres 16' }] }, 'SNAPSHOT_DATABASE_VERSION error'],
    [{ volumes: [{ ...volume, then: 'postgres 15', now: 'postgres 16' }], force: true }, 'SNAPSHOT_DATABASE_VERSION warning'],
    [{ folders: [{ source: '/mnt/efs', action: 'replace', mayChange: false, others: [] }] }, 'SNAPSHOT_FOLDER_NOT_TRUSTED error'],
    [{ folders: [{ source: '/mnt/efs', action: 'replace', mayChange: true, others: ['other'] }] }, 'SNAPSHOT_FOLDER_SHARED warning'],
    [{ oddPaths: ['.env'] }, 'SNAPSHOT_PATH_ODD error'],
    [{ leftOut: ['away'] }, 'SNAPSHOT_PATH_LEFT_OUT info'],
    [{ freeBytes: 1_199 }, 'SNAPSHOT_NO_SPACE error'],
  ])('%j: %s', (change, expected) => {
    expect(codes(change)).toEqual([expected]);
  });

  it('asks nothing of a volume that is left alone', () => {
    expect(codes({ volumes: [{ ...volume, action: 'same', others: ['other'], then: 'postgres 15', now: 'postgres 16' }] })).toEqual([]);
  });

  it('knows newer from older by numbers', () => {
    expect(codes({ engine: { version: '100.0', arch: 'x86_64' } })).toEqual([]);
    expect(codes({ engine: { version: '20.9.0', arch: 'x86_64' } })).toEqual(['SNAPSHOT_ENGINE_OLDER warning']);
    expect(codes({ engine: { version: 'dev', arch: 'x86_64' } })).toEqual([]);
  });
});

describe('imageSource', () => {
  it('prefers what is there, then exactly the same', () => {
    expect(imageSource({ digests: ['a@sha256:1'] }, true)).toBe('present');
    expect(imageSource({ digests: ['a@sha256:1'] }, false)).toBe('digest');
    expect(imageSource({ digests: [] }, false)).toBe('again');
  });
});
