import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCache, type KnownFile } from '@main/platform/snapshot-read-cache';

const FILE: KnownFile = { inode: '1', ctimeNs: '2', mtimeNs: '3', size: 4, data: [[0, 4]], hashes: ['a'.repeat(64)] };
const NAMES = ['plain', 'with\ttab', 'with\nline', '"quoted"', 'é', ''];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bt-cache-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function learned(): Promise<{ readonly file: string; readonly cache: ReturnType<typeof readCache> }> {
  const cache = readCache(folder, () => Date.now());
  const learning = await cache.learn('local shop_data', 't1');
  for (const name of NAMES) learning.add(name, FILE);
  await learning.keep(24);
  const [file = ''] = await readdir(folder);
  return { file: join(folder, file), cache };
}

describe('what is remembered of files', () => {
  it('comes back, whatever they are called', async () => {
    const { cache } = await learned();
    const known = await cache.open('local shop_data', 't1');
    for (const name of NAMES) expect(known.get(name), name).toEqual(FILE);
    expect(known.get('other')).toBeNull();
    expect(known.totalBytes).toBe(24);
  });

  it('comes back in any order, and as often as it is asked for', async () => {
    const { cache } = await learned();
    for (const names of [[...NAMES].reverse(), ['other', ...NAMES], [...NAMES, ...NAMES], ['plain', '"quoted"', 'with\ttab', 'plain']]) {
      const known = await cache.open('local shop_data', 't1');
      for (const name of names) expect(known.get(name), name).toEqual(name === 'other' ? null : FILE);
    }
  });

  it('is nothing for another volume of that name, or another repository', async () => {
    const { cache } = await learned();
    expect((await cache.open('local shop_data', 't2')).get('plain')).toBeNull();
    expect((await cache.open('bucket shop_data', 't1')).get('plain')).toBeNull();
  });

  it('is nothing when a byte of it was changed, or when it ends early', async () => {
    const { cache, file } = await learned();
    const bytes = await readFile(file);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await writeFile(file, changed);
      const { get } = await cache.open('local shop_data', 't1');
      // A changed end still says nothing about files that is not so.
      for (const name of NAMES) expect([null, FILE], `${name} at ${String(at)}`).toContainEqual(get(name));
      await writeFile(file, bytes.subarray(0, at));
      expect((await cache.open('local shop_data', 't1')).get('plain')).toBeNull();
    }
  });

  it('is as before when nothing was learned after all', async () => {
    const { cache } = await learned();
    const learning = await cache.learn('local shop_data', 't1');
    learning.add('new', FILE);
    await learning.drop();
    const known = await cache.open('local shop_data', 't1');
    expect([known.get('new'), known.get('plain')]).toEqual([null, FILE]);
    expect(await readdir(folder)).toHaveLength(1);
  });
});
