import { describe, expect, it } from 'vitest';
import { factRows, restoreScope } from '@shared/domain/snapshots/restore-scope';
import type { ManifestPart } from '@shared/domain/snapshots/types';

const part = (kind: ManifestPart['kind'], name: string, facts: ManifestPart['facts'] = {}, secret = false): ManifestPart => ({ kind, name, tree: [], sha256: '', files: 0, sizeBytes: 0, secret, consistency: 'none', skipped: [], facts });
const volume = (name: string, key: string, services: { readonly [service: string]: string }): ManifestPart => part('volume', name, { key, driver: 'local', options: {}, labels: {}, database: null, services });
const manifest = {
  parts: [
    part('files', 'compose'),
    part('files', 'env', {}, true),
    part('settings', 'project'),
    part('containers', 'containers', { containers: [{ service: 'api' }, { service: 'db' }] }),
    part('images', 'images', { images: [{ service: 'api' }, { service: 'db' }] }),
    volume('shop_data', 'data', { db: '/data' }),
    volume('shop_cache', 'cache', { api: '/cache' }),
    part('bind', 'uploads'),
    part('bucket', 'pictures'),
  ],
};
const names = (only: readonly string[] | null): readonly string[] => restoreScope(manifest, only).parts.map((one) => one.name);

describe('restoreScope', () => {
  it('takes everything but the contents of folders and buckets', () => {
    expect(names(null)).toEqual(['compose', 'env', 'project', 'containers', 'images', 'shop_data', 'shop_cache']);
    expect(restoreScope(manifest, [])).toMatchObject({ whole: true, files: true, settings: true, services: 'all' });
  });

  it.each([
    [['files'], ['compose', 'env']],
    [['settings'], ['project']],
    [['containers'], ['containers', 'images']],
    [['volumes'], ['shop_data', 'shop_cache']],
    [['volume:data'], ['shop_data']],
    [['volume:shop_cache'], ['shop_cache']],
    [['service:db'], ['containers', 'images', 'shop_data']],
    [['binds'], ['uploads']],
    [['bind:uploads', 'bucket:pictures'], ['uploads', 'pictures']],
    [['buckets'], ['pictures']],
  ])('reads %j', (only, expected) => {
    expect(names(only)).toEqual(expected);
    expect(restoreScope(manifest, only)).toMatchObject({ whole: false, unknown: [] });
  });

  it('finds a volume by its label where no file could be read when it was made', () => {
    const made = part('volume', 'shop_data', { key: null, driver: 'local', options: {}, labels: { 'com.docker.compose.volume': 'data' }, database: null, services: {} });
    expect(restoreScope({ parts: [made] }, ['volume:data']).parts).toEqual([made]);
  });

  it('names what the snapshot does not have', () => {
    expect(restoreScope(manifest, ['files', 'volume:gone', 'service:gone', 'nonsense', 'thing:x']).unknown).toEqual(['volume:gone', 'service:gone', 'nonsense', 'thing:x']);
  });

  it('brings up only the services that are named', () => {
    expect(restoreScope(manifest, ['service:db', 'service:api']).services).toEqual(['api', 'db']);
    expect(restoreScope(manifest, ['volumes']).services).toEqual([]);
    expect(restoreScope(manifest, ['containers', 'service:db']).services).toBe('all');
  });
});

describe('factRows', () => {
  it('reads the list of a part whatever it is called', () => {
    expect(factRows({ rows: [{ service: 'api' }, 'no row'] })).toEqual([{ service: 'api' }]);
    expect(factRows({})).toEqual([]);
  });
});
