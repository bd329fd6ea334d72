import { describe, expect, it } from 'vitest';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { openRepository } from '@main/platform/snapshots/repository';
import { filesOf, folderRepository, INSTALL_KEYS, makeSnapshot, manifestOf, noise, objectsIn, scratchFolder, storePart, verifyAll } from '../../support/snapshot-repository';
import { useCleanups } from '../../support/cleanups';

const later = useCleanups();
const PART = { kind: 'volume', name: 'data', tree: [], sha256: 'cd'.repeat(32), files: 0, sizeBytes: 0, secret: false, consistency: 'none', skipped: [], facts: {} } as const;

async function scratch(): Promise<string> {
  const { dir, remove } = await scratchFolder();
  later(remove);
  return `${dir}/repository`;
}

describe('a repository in a folder', () => {
  it('gives back what was put into it, also to another opening', async () => {
    const dir = await scratch();
    const repository = await folderRepository(dir);
    const large = noise(40 * 1024 * 1024, 'large');
    const files = { 'a.txt': Buffer.from('hello\n'.repeat(100)), empty: new Uint8Array(0), large };
    const { manifest, storedBytes } = await makeSnapshot(repository, [
      { name: 'data', files },
      { name: 'env', kind: 'files', secret: true, files: { '.env': Buffer.from('PASSWORD=canary-of-the-test') } },
    ]);
    expect(storedBytes).toBeGreaterThan(large.length);
    const opened = await openRepository(folderPlace(dir), INSTALL_KEYS);
    expect((await opened.list()).manifests).toEqual([{ manifest, pinned: false, foreign: false }]);
    const [data, env] = manifest.parts;
    const back = await filesOf(opened, data!);
    expect(Object.keys(back)).toEqual(Object.keys(files));
    expect(Buffer.compare(back['large']!, large)).toBe(0);
    expect(Buffer.from(back['a.txt']!).toString()).toBe(files['a.txt'].toString());
    expect(Buffer.from((await filesOf(opened, env!))['.env']!).toString()).toBe('PASSWORD=canary-of-the-test');
    expect(await verifyAll(opened)).toMatchObject({ damaged: [] });
    expect([...(await objectsIn(dir)).keys()].filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  it('stores what it has already under a hundredth of it', async () => {
    const repository = await folderRepository(await scratch());
    const parts = [{ name: 'data', files: { one: noise(3_000_000, 'one'), two: noise(5_000_000, 'two') } }];
    const first = await makeSnapshot(repository, parts);
    const second = await makeSnapshot(repository, parts);
    expect(second.storedBytes).toBeLessThan(first.storedBytes / 100);
    const other = await makeSnapshot(repository, [{ name: 'other', files: { copy: noise(5_000_000, 'two') } }]);
    expect(other.storedBytes).toBeLessThan(first.storedBytes / 100);
  });

  it('lists nothing of what was cancelled, given up or failed, and goes on', async () => {
    const dir = await scratch();
    const repository = await folderRepository(dir);
    const stop = new AbortController();
    const writer = await repository.begin(stop.signal);
    await writer.put(noise(100_000, 'a'), false);
    stop.abort();
    await expect(writer.put(Buffer.from('b'), false)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(writer.finish(manifestOf([]))).rejects.toMatchObject({ code: 'cancelled' });
    await writer.abandon();
    await writer.abandon();
    const other = await repository.begin(new AbortController().signal);
    await expect(other.finish(manifestOf([{ ...PART, tree: ['ab'.repeat(32)] }]))).rejects.toMatchObject({ code: 'damaged', details: { damaged: [{ object: 'ab'.repeat(32), part: 'volume data' }] } });
    await expect(other.put(Buffer.from('b'), false)).rejects.toMatchObject({ message: 'This snapshot is over.' });
    const third = await repository.begin(new AbortController().signal);
    const tree = third.tree(false);
    await tree.add({ path: { text: '' }, type: 'dir', mode: 0o755, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} });
    await expect(tree.add({ path: { text: '../up' }, type: 'dir', mode: 0o755, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} })).rejects.toMatchObject({ code: 'input-invalid' });
    await third.abandon();
    expect((await repository.list()).manifests).toEqual([]);
    expect([...(await objectsIn(dir)).keys()].filter((name) => name.startsWith('snapshots/'))).toEqual([]);
    await makeSnapshot(repository, [{ name: 'data', files: { a: noise(100_000, 'a') } }]);
    expect((await verifyAll(repository)).damaged).toEqual([]);
  });

  it('reads a sample when it is asked for one, and says how far it is', async () => {
    const repository = await folderRepository(await scratch());
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { large: noise(60_000_000, 'large') } }]);
    const told: (readonly [number, number])[] = [];
    const verify = (percent: number): ReturnType<typeof repository.verify> => repository.verify([manifest.id], { percent, onProgress: (bytes, of) => told.push([bytes, of]), signal: new AbortController().signal });
    const all = await verify(100);
    expect(told.at(-1)).toEqual([all.bytes, all.bytes]);
    expect(all.bytes).toBeGreaterThan(60_000_000);
    const sample = await verify(1);
    expect(sample.bytes).toBeLessThan(20_000_000);
    expect(sample.objects).toBeLessThan(all.objects);
    const stop = new AbortController();
    stop.abort();
    await expect(repository.verify([], { percent: 100, onProgress: () => undefined, signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(repository.verify(['s_00000000000000000000000000'], { percent: 100, onProgress: () => undefined, signal: new AbortController().signal })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('knows what came from elsewhere, also when it was put back', async () => {
    const repository = await folderRepository(await scratch());
    const writer = await repository.begin(new AbortController().signal);
    const manifest = manifestOf([await storePart(writer, { name: 'data', files: { a: Buffer.from('a') } })]);
    await writer.finish(manifest, { foreign: true });
    expect((await repository.list()).manifests[0]?.foreign).toBe(true);
    await repository.remove(manifest.id);
    await expect(repository.manifest(manifest.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(repository.remove(manifest.id)).rejects.toMatchObject({ code: 'not-found' });
    await repository.putBack(manifest, { foreign: true });
    expect((await repository.list()).manifests).toEqual([{ manifest, pinned: false, foreign: true }]);
  });

  it('has trees of any length, cut the same way each time', async () => {
    const repository = await folderRepository(await scratch());
    const many = (changed: string): { readonly [path: string]: Uint8Array } => Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`file-${String(at).padStart(5, '0')}`, Buffer.from(at === 3_000 ? changed : 'x')]));
    const first = await makeSnapshot(repository, [{ name: 'data', files: many('one') }]);
    const second = await makeSnapshot(repository, [{ name: 'data', files: many('two') }]);
    const [before, after] = [first.manifest.parts[0]!.tree, second.manifest.parts[0]!.tree];
    expect(before.length).toBeGreaterThan(2);
    expect(after.filter((id) => !before.includes(id))).toHaveLength(1);
    expect(Object.keys(await filesOf(repository, second.manifest.parts[0]!))).toHaveLength(6_000);
  });
});
