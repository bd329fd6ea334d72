import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { bucketPlace } from '@main/platform/snapshots/bucket-place';
import { createRepository, openRepository } from '@main/platform/snapshots/repository';
import type { ObjectPlace, RepositoryKeys } from '@main/platform/snapshots/types';
import { filesOf, makeSnapshot, noise, verifyAll } from '../../support/snapshot-repository';
import { storageStage, type StorageStage } from '../../support/storage';

const KEYS: RepositoryKeys = { install: null, passphrase: 'of the bucket' };

let stage: StorageStage;
let door: S3Door;
beforeAll(async () => {
  stage = await storageStage('snapb');
  door = openS3({ endpoint: stage.endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey, deadlineMs: 10_000 });
  await door.createBucket('data');
});
afterAll(async () => {
  door?.close();
  await stage?.close();
});

const place = (prefix: string, bucket = 'data'): ObjectPlace => bucketPlace(door, { bucket, prefix, where: `${stage.endpoint}/${bucket}/${prefix}` });

async function keysBeneath(prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let after: string | null = null, more = true; more; more = after !== null) {
    const page: Awaited<ReturnType<S3Door['list']>> = await door.list({ bucket: 'data', prefix, delimiter: '', after, limit: 1_000 });
    keys.push(...page.objects.map(({ key }) => key));
    after = page.next;
  }
  return keys;
}

describe('a repository in a bucket', () => {
  it('gives back what was put into it, and prunes', async () => {
    const repository = await createRepository(place('backups/shop/'), KEYS, { encryptAll: true, secrets: true });
    const large = noise(20_000_000, 'large');
    const first = await makeSnapshot(repository, [{ name: 'data', files: { gone: noise(17_000_000, 'gone') } }]);
    const second = await makeSnapshot(repository, [{ name: 'data', files: { large, small: Buffer.from('small') } }]);
    const again = await makeSnapshot(repository, [{ name: 'data', files: { large, small: Buffer.from('small') } }]);
    expect(again.storedBytes).toBeLessThan(second.storedBytes / 100);
    expect((await keysBeneath('')).every((key) => key.startsWith('backups/shop/'))).toBe(true);
    expect(await keysBeneath('backups/shop/keys/')).toEqual(['backups/shop/keys/passphrase.json']);
    const opened = await openRepository(place('backups/shop/'), KEYS);
    expect((await opened.list()).manifests.map(({ manifest }) => manifest)).toEqual([again.manifest, second.manifest, first.manifest]);
    expect(Buffer.compare((await filesOf(opened, second.manifest.parts[0]!))['large']!, large)).toBe(0);
    expect((await verifyAll(opened)).damaged).toEqual([]);
    await opened.remove(first.manifest.id);
    const pruned = await opened.prune({ graceMs: -60_000, dryRun: false, onProgress: () => undefined, signal: new AbortController().signal });
    expect(pruned.freedBytes).toBeGreaterThan(16_900_000);
    expect((await verifyAll(repository)).damaged).toEqual([]);
    expect(Buffer.compare((await filesOf(repository, again.manifest.parts[0]!))['large']!, large)).toBe(0);
    expect(await keysBeneath('backups/shop/locks/')).toEqual([]);
    await expect(openRepository(place('backups/shop/'), { install: null, passphrase: 'wrong' })).rejects.toMatchObject({ code: 'passphrase-wrong' });
  });

  it('replaces nothing, also for two at once', async () => {
    const one = place('twice/');
    const texts = ['one', 'two', 'three'];
    await Promise.all(texts.map((text) => one.write('snapshots/a.json', [Buffer.from(text)])));
    const stays = Buffer.from(await one.read('snapshots/a.json')).toString();
    expect(texts).toContain(stays);
    await one.write('snapshots/a.json', [Buffer.from('later')]);
    expect(Buffer.from(await one.read('snapshots/a.json')).toString()).toBe(stays);
    expect(Buffer.from(await one.read('snapshots/a.json', { offset: 1, length: 1 })).toString()).toBe(stays.slice(1, 2));
    expect(await one.read('snapshots/a.json', { offset: 100, length: 10 })).toHaveLength(0);
    expect(await one.size('snapshots/a.json')).toBe(stays.length);
    expect(await one.size('snapshots/b.json')).toBeNull();
    await one.remove('snapshots/a.json');
    await one.remove('snapshots/a.json');
    await expect(one.read('snapshots/a.json')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('says what it misses', async () => {
    await expect(openRepository(place('none/'), KEYS)).rejects.toMatchObject({ code: 'not-found' });
    await expect(openRepository(place('', 'no-such-bucket'), KEYS)).rejects.toMatchObject({ code: 'storage-unreachable' });
    const nobody = openS3({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKey: 'a', secretKey: 'b', deadlineMs: 1_000 });
    await expect(openRepository(bucketPlace(nobody, { bucket: 'data', prefix: '', where: 'nowhere' }), KEYS)).rejects.toMatchObject({ code: 'storage-unreachable' });
    nobody.close();
  });
});
