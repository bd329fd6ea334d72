import { beforeAll, describe, expect, it } from 'vitest';
import { createRepository, openRepository } from '@main/platform/snapshots/repository';
import type { DamagedObject, RepositoryKeys } from '@main/platform/snapshots/types';
import type { Manifest } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { MemoryPlace } from '../support/memory-place';
import { filesOf, INSTALL_KEYS, makeSnapshot, manifestOf, verifyAll } from '../support/snapshot-repository';

/** What a repository says of itself: what it names, and whether anything it handed out was wrong. */
async function judged(place: MemoryPlace, keys: RepositoryKeys, manifests: readonly Manifest[], contents: ReadonlyMap<string, string>): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  const name = (objects: readonly DamagedObject[]): void => objects.forEach(({ object }) => named.add(object));
  const caught = (error: unknown): void => {
    if (!(error instanceof AppError) || error.code !== 'damaged') throw error;
    name((error.details?.['damaged'] ?? []) as unknown as readonly DamagedObject[]);
  };
  try {
    const repository = await openRepository(place, keys);
    const listed = await repository.list();
    name(listed.damaged);
    for (const { manifest } of listed.manifests) expect(manifests).toContainEqual(manifest);
    for (const { manifest } of listed.manifests) {
      for (const part of manifest.parts) {
        const files = await filesOf(repository, part).catch(caught);
        for (const [path, bytes] of Object.entries(files ?? {})) expect(Buffer.from(bytes).toString()).toBe(contents.get(`${part.name} ${path}`));
      }
    }
    name((await verifyAll(repository)).damaged);
  } catch (error) {
    caught(error);
  }
  return named;
}

const CONTENTS = new Map([
  ['data a.txt', 'a text that is long enough to be worth a deflate, worth a deflate, worth a deflate'],
  ['data b', 'b'],
  ['env .env', 'PASSWORD=x'],
]);

interface World {
  readonly place: MemoryPlace;
  readonly keys: RepositoryKeys;
  readonly manifests: readonly Manifest[];
}

async function world(encryptAll: boolean): Promise<World> {
  const place = new MemoryPlace();
  const repository = await createRepository(place, INSTALL_KEYS, { encryptAll, secrets: true });
  const text = (key: string): Uint8Array => Buffer.from(CONTENTS.get(key) ?? '');
  const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { 'a.txt': text('data a.txt') } }]);
  const second = await makeSnapshot(repository, [
    { name: 'data', files: { 'a.txt': text('data a.txt'), b: text('data b') } },
    { name: 'env', kind: 'files', secret: true, files: { '.env': text('env .env') } },
  ]);
  return { place, keys: INSTALL_KEYS, manifests: [manifest, second.manifest] };
}

/** Of the second kind, whose files differ in what is encrypted only, every seventh byte. */
describe.each([
  [false, 1],
  [true, 7],
])('a repository (everything encrypted: %s)', (encryptAll, step) => {
  let made: World;
  const judge = (place: MemoryPlace): Promise<ReadonlySet<string>> => judged(place, made.keys, made.manifests, CONTENTS);
  beforeAll(async () => {
    made = await world(encryptAll);
  });

  it('is whole at first', async () => {
    expect([...(await judge(made.place))]).toEqual([]);
    expect([...made.place.held.keys()].map((name) => name.split('/')[0]).toSorted()).toEqual(['berth-repository.json', 'index', 'index', 'keys', 'packs', 'packs', 'packs', 'snapshots', 'snapshots']);
  });

  it('names every file of it in which any one byte is another, and hands out nothing wrong', async () => {
    let flips = 0;
    for (const [name, { bytes }] of made.place.held) {
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << at % 8);
        expect([...(await judge(made.place.with(name, changed)))], `${name} at ${String(at)}`).toContain(name);
        flips += step;
      }
    }
    expect(flips).toBeGreaterThan(3_000);
  });

  it('names every file of it that ends early, wherever', async () => {
    for (const [name, { bytes }] of made.place.held) {
      for (let length = 0; length < bytes.length; length += 61) expect([...(await judge(made.place.with(name, bytes.subarray(0, length))))], `${name} of ${String(length)}`).toContain(name);
    }
  });

  it('says so when one of them is gone', async () => {
    for (const name of made.place.held.keys()) {
      const place = made.place.with(name, null);
      if (name.startsWith('index/')) expect([...(await judge(place))], name).toEqual([]);
      else if (name.startsWith('packs/')) expect([...(await judge(place))], name).toContain(name);
      else if (name.startsWith('keys/')) expect([...(await judge(place))], name).toEqual(['keys']);
      else if (name.startsWith('snapshots/')) expect((await (await openRepository(place, made.keys)).list()).manifests).toHaveLength(1);
      else await expect(openRepository(place, made.keys)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('is read without any of its index files', async () => {
    const place = made.place.copy();
    for (const name of [...place.held.keys()]) if (name.startsWith('index/')) place.held.delete(name);
    expect([...(await judge(place))]).toEqual([]);
  });
});

describe('a chunk that lied', () => {
  it('is found by verify, with its part', async () => {
    const place = new MemoryPlace();
    const repository = await createRepository(place, INSTALL_KEYS, { encryptAll: false, secrets: true });
    const writer = await repository.begin(new AbortController().signal);
    await writer.putCoded({ hash: 'ab'.repeat(32), length: 5, codec: 0, data: Buffer.from('other') }, false);
    const tree = writer.tree(false);
    const owned = { mode: 0o755, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} };
    await tree.add({ path: { text: '' }, type: 'dir', ...owned });
    await tree.add({ path: { text: 'a' }, type: 'file', size: 5, data: null, chunks: ['ab'.repeat(32)], ...owned });
    const manifest = manifestOf([{ kind: 'volume', name: 'data', ...(await tree.end()), files: 1, sizeBytes: 5, secret: false, consistency: 'none', skipped: [], facts: {} }]);
    await writer.finish(manifest);
    const [pack] = [...place.held.keys()].filter((name) => name.startsWith('packs/'));
    expect((await verifyAll(repository, [manifest.id])).damaged).toEqual([{ object: pack, part: 'volume data' }]);
    await expect(repository.reading((reader) => reader.chunk('ab'.repeat(32)))).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('a pack that was damaged', () => {
  it.each([0, 100])('is written anew by the next snapshot of the same (cut to %i bytes)', async (length) => {
    const place = new MemoryPlace();
    const made = await createRepository(place, INSTALL_KEYS, { encryptAll: false, secrets: true });
    const parts = [{ name: 'data', files: { a: Buffer.from('the only file') } }];
    await makeSnapshot(made, parts);
    const [pack] = [...place.held].find(([name]) => name.startsWith('packs/'))!;
    const damaged = place.with(pack, place.held.get(pack)!.bytes.subarray(0, length));
    const repository = await openRepository(damaged, INSTALL_KEYS);
    expect((await verifyAll(repository)).damaged.map(({ object }) => object)).toContain(pack);
    await makeSnapshot(repository, parts);
    expect((await verifyAll(repository)).damaged).toEqual([]);
  });

  it('is written anew also when its length is right', async () => {
    const place = new MemoryPlace();
    const repository = await createRepository(place, INSTALL_KEYS, { encryptAll: false, secrets: true });
    const parts = [{ name: 'data', files: { a: Buffer.from('the only file') } }];
    await makeSnapshot(repository, parts);
    const [pack, held] = [...place.held].find(([name]) => name.startsWith('packs/'))!;
    place.held.set(pack, { ...held, bytes: Buffer.from(held.bytes).fill(0, 8, 20) });
    expect((await verifyAll(repository)).damaged).toEqual([{ object: pack, part: 'volume data' }]);
    await makeSnapshot(repository, parts);
    expect((await verifyAll(repository)).damaged).toEqual([]);
  });
});
