import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import type { QuickS3 } from '@main/platform/s3/sync-types';
import { storageStage, type StorageStage } from '../../support/storage';
import { listed, md5, MTIME_NS, optionsOf, putText, versityStore, type Store } from './quick-s3-kit';

const MIB = 1024 * 1024;
const ODD = [' front', 'a b', 'a+b', 'a%20b', '100%', 'ünï/日本語', '😀.txt', '\uffee.txt', '<&>"\'', 'a=b&c?d#e', "it's (odd)!*~", 'a,b;c:d@e$f', 'end ', 'a\\b', 'tab\tand\nline', 'a//b'.replace('//', '/ /')];
let stage: StorageStage;
const stores = new Map<string, Store>();
const clients = new Map<string, QuickS3>();

beforeAll(async () => {
  stage = await storageStage('qs3');
  stores.set('MinIO', { ...stage, stop: () => stage.close() });
  stores.set('versitygw', await versityStore());
  const door = openS3(optionsOf(stage));
  await door.createBucket('data');
  door.close();
  for (const [name, store] of stores) clients.set(name, openQuickS3(optionsOf(store)));
});
afterAll(async () => {
  for (const one of clients.values()) await one.close();
  for (const one of stores.values()) await one.stop();
});

function client(name: string): QuickS3 {
  const found = clients.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe.each(['MinIO', 'versitygw'])('%s', (name) => {
  test('says what it can do, and nothing of the question stays', async () => {
    const s3 = client(name);
    expect(await s3.traits('data')).toEqual({ conditionalWrites: true, tarBatches: name === 'MinIO' });
    const requests = s3.counters.puts;
    expect(await s3.traits('data')).toEqual({ conditionalWrites: true, tarBatches: name === 'MinIO' });
    expect(s3.counters.puts).toBe(requests);
    expect((await listed(s3, '.berth/')).filter(({ key }) => !key.endsWith('/'))).toEqual([]);
  });

  test('takes a file in one piece, only where the condition holds', async () => {
    const s3 = client(name);
    const first = await putText(s3, 'cond/a', 'one', { kind: 'create' });
    expect(first).toEqual({ kind: 'sent', etag: md5(Buffer.from('one')) });
    expect(await putText(s3, 'cond/a', 'two', { kind: 'create' })).toEqual({ kind: 'refused' });
    expect(await putText(s3, 'cond/a', 'two', { kind: 'replace', etag: md5(Buffer.from('other')) })).toEqual({ kind: 'refused' });
    expect(await s3.head('data', 'cond/a')).toEqual({ key: 'cond/a', sizeBytes: 3, etag: md5(Buffer.from('one')) });
    expect(await putText(s3, 'cond/a', 'two!', { kind: 'replace', etag: md5(Buffer.from('one')) })).toEqual({ kind: 'sent', etag: md5(Buffer.from('two!')) });
    expect(await putText(s3, 'cond/gone', 'two', { kind: 'replace', etag: md5(Buffer.from('one')) })).toEqual({ kind: 'refused' });
    expect(await s3.head('data', 'cond/gone')).toBeNull();
    expect(await putText(s3, 'cond/empty', '')).toEqual({ kind: 'sent', etag: md5(Buffer.alloc(0)) });
  });

  test('refuses a body that is not the one whose sum was named', async () => {
    const body = Buffer.from('torn');
    await expect(client(name).put({ bucket: 'data', key: 'cond/torn', body, md5: md5(Buffer.from('whole')), mtimeNs: 1n, condition: { kind: 'any' } })).rejects.toMatchObject({ code: 'service-unreachable', details: { code: 'ChecksumMismatch' } });
    expect(await client(name).head('data', 'cond/torn')).toBeNull();
  });

  test('keeps odd names in every call: put, list, head, copy and remove', async () => {
    const s3 = client(name);
    // A file system has no name that ends in a folder of only a space twice, and this one takes no tabs and lines in XML.
    for (const odd of ODD) expect(await putText(s3, `odd/${odd}`, odd, { kind: 'create' }), odd).toMatchObject({ kind: 'sent' });
    const found = (await listed(s3, 'odd/')).filter(({ key }) => !key.endsWith('/'));
    expect(found.map(({ key }) => key).toSorted()).toEqual(ODD.map((odd) => `odd/${odd}`).toSorted());
    expect(found.map(({ key }) => Buffer.from(key))).toEqual(found.map(({ key }) => Buffer.from(key)).toSorted(Buffer.compare));
    for (const odd of ODD) {
      expect(await s3.head('data', `odd/${odd}`), odd).toMatchObject({ etag: md5(Buffer.from(odd)) });
      await s3.copy('data', `odd/${odd}`, `copied/${odd}`);
    }
    expect((await listed(s3, 'copied/')).filter(({ key }) => !key.endsWith('/')).map(({ etag }) => etag)).toEqual(found.map(({ etag }) => etag));
    expect(await s3.remove('data', [...ODD.map((odd) => `odd/${odd}`), ...ODD.map((odd) => `copied/${odd}`), 'odd/never was'])).toEqual([]);
    expect((await listed(s3, 'odd/')).filter(({ key }) => !key.endsWith('/'))).toEqual([]);
  });

  test('takes a large file in parts, only where the condition holds, and keeps nothing of one that fails', async () => {
    const s3 = client(name);
    const bytes = randomBytes(20 * MIB + 17);
    const told: number[] = [];
    const request = { bucket: 'data', key: 'large/a b', sizeBytes: bytes.byteLength, mtimeNs: MTIME_NS, condition: { kind: 'create' as const }, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) };
    const sent = await s3.putLarge(request, (count) => told.push(count));
    expect(sent).toMatchObject({ kind: 'sent', etag: expect.stringMatching(/^[0-9a-f]{32}-3$/) });
    expect(told.at(-1)).toBe(bytes.byteLength);
    expect(await s3.head('data', 'large/a b')).toMatchObject({ sizeBytes: bytes.byteLength, etag: sent.kind === 'sent' ? sent.etag : '' });
    expect(await s3.putLarge(request, () => undefined)).toEqual({ kind: 'refused' });
    expect(await s3.putLarge({ ...request, condition: { kind: 'replace', etag: 'other' } }, () => undefined)).toEqual({ kind: 'refused' });
    // Somebody else writes it while it is on its way.
    const raced = { ...request, key: 'large/raced', read: async (offset: number, length: number) => (offset === 0 ? (await putText(s3, 'large/raced', 'theirs'), bytes.subarray(0, length)) : bytes.subarray(offset, offset + length)) };
    expect(await s3.putLarge(raced, () => undefined)).toEqual({ kind: 'refused' });
    expect(await s3.head('data', 'large/raced')).toMatchObject({ etag: md5(Buffer.from('theirs')) });
    const moved = new Error('The file moved.');
    await expect(s3.putLarge({ ...request, key: 'large/moved', read: async (offset, length) => (offset > 0 ? Promise.reject(moved) : bytes.subarray(0, length)) }, () => undefined)).rejects.toBe(moved);
    expect(await s3.head('data', 'large/moved')).toBeNull();
    expect(await s3.sweepParts('data', 'large/', new Date(Date.now() + 60_000))).toBe(0);
  });

  test('forgets unfinished parts that are old enough, and only beneath the prefix', async () => {
    const s3 = client(name);
    const begun: string[] = [];
    for (const key of ['sweep/one', 'sweep/deep/two', 'other/three']) {
      const stop = new AbortController();
      // What a killed process leaves behind: its client is gone before it could clean up.
      const killed = openQuickS3(optionsOf(stores.get(name) as Store));
      const read = async (): Promise<Uint8Array> => {
        begun.push(key);
        await killed.close();
        stop.abort();
        return Buffer.alloc(1);
      };
      await expect(killed.putLarge({ bucket: 'data', key, sizeBytes: 17 * MIB, mtimeNs: 1n, condition: { kind: 'any' }, read }, () => undefined, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
    }
    expect(begun).toEqual(expect.arrayContaining(['sweep/one', 'sweep/deep/two', 'other/three']));
    expect(await s3.sweepParts('data', 'sweep/', new Date(Date.now() - 60_000))).toBe(0);
    expect(await s3.sweepParts('data', 'sweep/', new Date(Date.now() + 60_000))).toBe(2);
    expect(await s3.sweepParts('data', '', new Date(Date.now() + 60_000))).toBe(1);
  });

  test('lists more than a page in order, and removes more than a pack', async () => {
    const s3 = client(name);
    const keys = Array.from({ length: 2_345 }, (_, index) => `many/${String((index * 7919) % 2_345).padStart(5, '0')}${index % 3 === 0 ? '/x' : index % 3 === 1 ? '.x' : '-x'}`);
    await Promise.all(keys.map((key) => putText(s3, key, key)));
    const found = (await listed(s3, 'many/')).map(({ key }) => key).filter((key) => !key.endsWith('/'));
    expect(found).toEqual(keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
    expect(await s3.remove('data', keys)).toEqual([]);
    expect((await listed(s3, 'many/')).filter(({ key }) => !key.endsWith('/'))).toEqual([]);
  });

  test('says plainly what is wrong with a bucket or its keys', async () => {
    const s3 = client(name);
    await expect(s3.put({ bucket: 'nowhere', key: 'a', body: Buffer.from('a'), md5: md5(Buffer.from('a')), mtimeNs: 1n, condition: { kind: 'any' } })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('There is no bucket nowhere at ') });
    await expect(listed(s3, '', 'nowhere')).rejects.toMatchObject({ code: 'not-found' });
    await expect(s3.copy('data', 'never was', 'b')).rejects.toMatchObject({ code: 'not-found' });
    const stranger = openQuickS3({ ...optionsOf(stores.get(name) as Store), secretKey: 'wrong' });
    await expect(putText(stranger, 'a', 'a')).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining('refuses the keys') });
    await stranger.close();
    await expect(putText(s3, 'x'.repeat(2_000), 'a')).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(putText(s3, 'half \ud83d', 'a')).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining('cannot be the name') });
  });
});

describe('the time of a file', () => {
  test('arrives in nanoseconds, one by one and in a tar, so that rclone sees nothing to do', async () => {
    const s3 = client('MinIO');
    await putText(s3, 'times/a', 'x');
    await s3.putBatch({ bucket: 'data', prefix: 'times/', files: [{ key: 'times/b c', body: Buffer.from('x'), mtimeNs: MTIME_NS }, { key: 'times/ü/d', body: Buffer.from('x'), mtimeNs: MTIME_NS + 1n }] });
    expect(await stage.rclone('lsf', '-R', '--files-only', '--format', 'tp', '--time-format', 'RFC3339Nano', 't:data/times')).toBe('2023-11-14T22:13:20.123456789Z;a\n2023-11-14T22:13:20.123456789Z;b c\n2023-11-14T22:13:20.12345679Z;ü/d\n');
  });
});

describe('a tar', () => {
  test('becomes objects with every name, content and tag, beneath any prefix', async () => {
    const s3 = client('MinIO');
    for (const prefix of ['tars/', 'tars/ü 日/', '']) {
      const files = [...ODD, `${'deep/'.repeat(40)}end`].map((odd) => ({ key: `${prefix}tarred/${odd}`, body: Buffer.from(odd.repeat(50)), mtimeNs: MTIME_NS }));
      await s3.putBatch({ bucket: 'data', prefix, files });
      const found = await listed(s3, `${prefix}tarred/`);
      expect(found.map(({ key, etag }) => `${key} ${etag}`).toSorted()).toEqual(files.map(({ key, body }) => `${key} ${md5(body)}`).toSorted());
      expect((await listed(s3, prefix)).some(({ key }) => key.includes('.berth-batch'))).toBe(false);
    }
  });

  test('is written now, so that a version that is there stays behind it', async () => {
    const s3 = client('MinIO');
    const door = openS3(optionsOf(stage));
    await door.createBucket('versions');
    await door.setVersioning('versions', true);
    for (const text of ['old', 'new']) await s3.putBatch({ bucket: 'versions', prefix: '', files: [{ key: 'a', body: Buffer.from(text), mtimeNs: 1_000_000_000n }] });
    expect(Buffer.from(await door.get('versions', 'a', 10)).toString()).toBe('new');
    door.close();
  });
});
