import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createRepository, openRepository } from '@main/platform/snapshots/repository';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import type { Manifest } from '@shared/domain/snapshots/types';
import { MemoryPlace } from '../../support/memory-place';
import { filesOf, INSTALL_KEYS, makeSnapshot, noise, verifyAll, type PartFiles } from '../../support/snapshot-repository';

const DAY_MS = 24 * 60 * 60_000;
const NONE = new AbortController().signal;

interface World {
  readonly place: MemoryPlace;
  readonly repository: SnapshotRepository;
}

async function world(encryptAll = false): Promise<World> {
  const place = new MemoryPlace();
  return { place, repository: await createRepository(place, INSTALL_KEYS, { encryptAll, secrets: true }, { lockWaitMs: 300 }) };
}

function prune(repository: SnapshotRepository, more: { readonly graceMs?: number; readonly dryRun?: boolean; readonly keep?: readonly Manifest[] } = {}): ReturnType<SnapshotRepository['prune']> {
  return repository.prune({ graceMs: DAY_MS, dryRun: false, onProgress: () => undefined, signal: NONE, ...more });
}

async function mustBeWhole(place: MemoryPlace, manifest: Manifest, files: PartFiles): Promise<void> {
  const repository = await openRepository(place, INSTALL_KEYS);
  expect((await verifyAll(repository)).damaged).toEqual([]);
  const back = await filesOf(repository, manifest.parts[0]!);
  for (const [path, bytes] of Object.entries(files)) expect(Buffer.compare(back[path] ?? new Uint8Array(0), bytes), path).toBe(0);
}

describe('prune', () => {
  it.each([false, true])('frees what nothing needs, writes hardly used packs anew, and keeps the rest (encrypted: %s)', async (encryptAll) => {
    const { place, repository } = await world(encryptAll);
    const shared = noise(1_000_000, 'shared');
    const first = await makeSnapshot(repository, [{ name: 'data', files: { shared, old: noise(9_000_000, 'old') } }]);
    const other = await makeSnapshot(repository, [{ name: 'other', files: { gone: noise(5_000_000, 'gone') } }]);
    const files = { new: noise(2_000_000, 'new'), shared };
    const second = await makeSnapshot(repository, [{ name: 'data', files }, { name: 'env', secret: true, files: { '.env': Buffer.from('A=1') } }]);
    await repository.remove(first.manifest.id);
    await repository.remove(other.manifest.id);
    place.nowMs += 2 * DAY_MS;
    const before = (await repository.status()).storedBytes;
    const counted = await prune(repository, { dryRun: true });
    expect(counted.freedBytes).toBeGreaterThan(13_900_000);
    expect((await repository.status()).storedBytes).toBe(before);
    expect((await repository.status()).reclaimableBytes).toBe(counted.freedBytes);
    const pruned = await prune(repository);
    expect(pruned.removedPacks).toBe(2);
    expect(before - (await repository.status()).storedBytes).toBe(pruned.freedBytes);
    expect(pruned.freedBytes).toBeGreaterThan(13_900_000);
    expect((await repository.status()).reclaimableBytes).toBe(0);
    await mustBeWhole(place, second.manifest, files);
    expect([...place.held.keys()].filter((name) => name.startsWith('locks/'))).toEqual([]);
    expect(await prune(repository)).toEqual({ freedBytes: 0, removedPacks: 0 });
  });

  it('keeps what is younger than the grace, and what was removed and may be put back', async () => {
    const { place, repository } = await world();
    const files = { a: noise(100_000, 'a') };
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files }]);
    await repository.remove(manifest.id);
    expect(await prune(repository)).toEqual({ freedBytes: 0, removedPacks: 0 });
    place.nowMs += 2 * DAY_MS;
    expect(await prune(repository, { keep: [manifest] })).toEqual({ freedBytes: 0, removedPacks: 0 });
    await repository.putBack(manifest);
    await mustBeWhole(place, manifest, files);
    await repository.remove(manifest.id);
    expect(await prune(repository)).toMatchObject({ removedPacks: 1 });
    await expect(repository.putBack(manifest)).rejects.toMatchObject({ code: 'damaged' });
    expect((await repository.list()).manifests).toEqual([]);
  });

  it('removes nothing while a manifest or a tree cannot be read', async () => {
    const { place, repository } = await world();
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { a: noise(100_000, 'a') } }]);
    const gone = await makeSnapshot(repository, [{ name: 'data', files: { b: noise(100_000, 'b') } }]);
    await repository.remove(gone.manifest.id);
    place.nowMs += 2 * DAY_MS;
    const name = `snapshots/${manifest.id}.json`;
    const damaged = place.with(name, Buffer.from('{}\n'));
    const opened = await openRepository(damaged, INSTALL_KEYS);
    const packs = [...damaged.held.keys()].filter((one) => one.startsWith('packs/'));
    await expect(prune(opened)).rejects.toMatchObject({ code: 'damaged', details: { damaged: [{ object: name, part: '' }] } });
    expect([...damaged.held.keys()].filter((one) => one.startsWith('packs/'))).toEqual(packs);
    await opened.remove(manifest.id);
    expect(await prune(opened)).toMatchObject({ removedPacks: 2 });
  });

  it('leaves a snapshot whole wherever it ends', async () => {
    const { place, repository } = await world();
    const shared = noise(300_000, 'shared');
    const first = await makeSnapshot(repository, [{ name: 'data', files: { old: noise(900_000, 'old'), shared } }]);
    const kept = await makeSnapshot(repository, [{ name: 'data', files: { new: noise(50_000, 'new'), shared } }]);
    await repository.remove(first.manifest.id);
    place.nowMs += 2 * DAY_MS;
    const states: MemoryPlace[] = [];
    const begun = place.copy();
    begun.after = () => states.push(begun.copy());
    await prune(await openRepository(begun, INSTALL_KEYS));
    expect(states.length).toBeGreaterThan(6);
    for (const state of states) {
      state.after = () => undefined;
      // The lock of the one that ended is void by now; another prune ends what it began.
      state.nowMs += 11 * 60_000;
      await mustBeWhole(state, kept.manifest, { new: noise(50_000, 'new'), shared });
      const opened = await openRepository(state, INSTALL_KEYS);
      await prune(opened, { graceMs: 0 });
      await mustBeWhole(state, kept.manifest, { new: noise(50_000, 'new'), shared });
      expect((await opened.status()).storedBytes).toBeLessThan(500_000);
    }
  });

  it('drops index files that are damaged and pins of nothing', async () => {
    const { place, repository } = await world();
    const files = { a: noise(1_000, 'a') };
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files }]);
    await repository.pin(manifest.id, true);
    expect((await repository.list()).manifests[0]?.pinned).toBe(true);
    const [index] = [...place.held.keys()].filter((name) => name.startsWith('index/'));
    const damaged = place.with(index!, Buffer.from('damaged'));
    damaged.held.set('pins/s_00000000000000000000000000', { bytes: Buffer.alloc(0), modifiedMs: 0 });
    const opened = await openRepository(damaged, INSTALL_KEYS);
    expect((await verifyAll(opened)).damaged).toEqual([{ object: index, part: '' }]);
    await prune(opened);
    expect([...damaged.held.keys()].filter((name) => name.startsWith('pins/'))).toEqual([`pins/${manifest.id}`]);
    await mustBeWhole(damaged, manifest, files);
  });
});

describe('locks', () => {
  it('let nobody prune while somebody reads or writes', async () => {
    const { repository } = await world();
    await makeSnapshot(repository, [{ name: 'data', files: { a: noise(1_000, 'a') } }]);
    const writer = await repository.begin(NONE);
    await expect(prune(repository)).rejects.toMatchObject({ code: 'locked' });
    await writer.abandon();
    await repository.reading(async () => {
      await expect(prune(repository)).rejects.toMatchObject({ code: 'locked' });
    });
    await prune(repository);
  });

  it('make a writer wait for a prune, and give up when it takes too long', async () => {
    const { place, repository } = await world();
    await makeSnapshot(repository, [{ name: 'data', files: { a: noise(1_000, 'a') } }]);
    let goOn = (): void => undefined;
    let reached = (): void => undefined;
    const under = new Promise<void>((resolve) => (reached = resolve));
    place.before = ({ verb, name }) => {
      if (verb !== 'list' || name !== 'packs/') return undefined;
      place.before = () => undefined;
      reached();
      return new Promise<void>((resolve) => (goOn = resolve));
    };
    const pruning = prune(repository);
    await under;
    await expect(repository.begin(NONE)).rejects.toMatchObject({ code: 'locked' });
    const patient = await openRepository(place, INSTALL_KEYS, { lockWaitMs: 60_000 });
    const begun = patient.begin(NONE);
    goOn();
    await pruning;
    await (await begun).abandon();
    const stop = new AbortController();
    stop.abort();
    await expect(repository.begin(stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are void when their process is gone, or when nobody refreshed them for ten minutes', async () => {
    const { place, repository } = await world();
    const lock = { berthLock: 1, boot: '', host: 'elsewhere', kind: 'shared', pid: 1, process: '', refreshedAt: '2026-01-01T00:00:00.000Z', startedAt: '2026-01-01T00:00:00.000Z' };
    const hold = (text: string): void => void place.held.set('locks/other.json', { bytes: Buffer.from(text), modifiedMs: place.nowMs });
    hold(`${JSON.stringify(lock)}\n`);
    await expect(prune(repository)).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining('Process 1 on elsewhere') });
    place.nowMs += 11 * 60_000;
    await prune(repository);
    expect(place.held.has('locks/other.json')).toBe(false);
    hold(`${JSON.stringify({ ...lock, host: hostname(), pid: 2 ** 22 - 1, process: '1' })}\n`);
    await prune(repository);
    expect(place.held.has('locks/other.json')).toBe(false);
    hold('nonsense');
    await expect(prune(repository)).rejects.toMatchObject({ code: 'locked' });
    await expect(repository.begin(NONE)).rejects.toMatchObject({ code: 'locked' });
  });

  it('keep a snapshot from being listed whose lock was found void meanwhile', async () => {
    const { place, repository } = await world();
    await makeSnapshot(repository, [{ name: 'data', files: { a: noise(1_000, 'a') } }]);
    for (const moment of ['before', 'behind'] as const) {
      const drop = (): void => [...place.held.keys()].filter((name) => name.startsWith('locks/')).forEach((name) => place.held.delete(name));
      place.before = ({ verb, name }) => {
        if (verb === 'write' && name.startsWith(moment === 'before' ? 'index/' : 'snapshots/')) drop();
      };
      await expect(makeSnapshot(repository, [{ name: 'data', files: { b: noise(1_000, moment) } }])).rejects.toMatchObject({ code: 'locked' });
      place.before = () => undefined;
      expect((await repository.list()).manifests).toHaveLength(1);
    }
  });
});
