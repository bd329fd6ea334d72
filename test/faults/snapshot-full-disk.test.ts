import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { openRepository } from '@main/platform/snapshots/repository';
import { AppError } from '@shared/kernel/app-error';
import { loopDisk, mayMount, type LoopDisk } from '../support/loop-disk';
import { DEEP } from '../support/random';
import { filesOf, folderRepository, INSTALL_KEYS, makeSnapshot, noise, objectsIn, verifyAll } from '../support/snapshot-repository';

/** How much is free when the second snapshot is begun; it needs about 3 MB. */
const LEVELS = DEEP ? Array.from({ length: 220 }, (_, at) => at * 16 * 1024) : [0, 8, 100, 500, 1_000, 2_000, 2_900, 3_000, 3_500].map((kib) => kib * 1024);

describe.runIf(mayMount)('a disk that gets full while a snapshot is made', () => {
  let disk: LoopDisk;
  beforeAll(async () => {
    disk = await loopDisk(24);
  });
  afterAll(() => disk.remove());

  /** Takes all space but this. */
  async function fill(leaveBytes: number): Promise<void> {
    const handle = await open(join(disk.dir, 'filler'), 'w');
    const block = Buffer.alloc(4_096, 1);
    let free = (await folderPlace(disk.dir).free()) ?? 0;
    try {
      for (; free > leaveBytes; free -= block.length) await handle.write(block);
      await handle.sync();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await handle.close();
    }
  }

  it('is left with the snapshots from before, whole, and nothing of the new one', { timeout: 3_600_000 }, async () => {
    const outcomes = new Set<string>();
    for (const level of LEVELS) {
      await disk.clear();
      const dir = join(disk.dir, 'repository');
      const repository = await folderRepository(dir);
      const old = noise(500_000, 'old');
      const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { old } }]);
      await fill(level);
      const files = { new: noise(3_000_000, 'new') };
      const made = await makeSnapshot(repository, [{ name: 'data', files }]).then(
        (one) => one.manifest.id,
        (error: unknown) => {
          expect(error, String(level)).toBeInstanceOf(AppError);
          expect((error as AppError).code, String(level)).toBe('disk-full');
          return null;
        },
      );
      outcomes.add(made === null ? 'full' : 'made');
      const opened = await openRepository(folderPlace(dir), INSTALL_KEYS);
      const listed = await opened.list();
      expect(listed.damaged).toEqual([]);
      expect(listed.manifests.map((one) => one.manifest.id)).toEqual([...(made === null ? [] : [made]), manifest.id]);
      expect([...(await objectsIn(dir)).keys()].filter((name) => name.includes('.tmp-'))).toEqual([]);
      await rm(join(disk.dir, 'filler'));
      // No step of repair: with space again it is as if nothing had been.
      expect((await verifyAll(opened)).damaged).toEqual([]);
      expect(Buffer.compare((await filesOf(opened, manifest.parts[0]!))['old']!, old)).toBe(0);
      const again = await makeSnapshot(opened, [{ name: 'data', files }]);
      expect(Buffer.compare((await filesOf(opened, again.manifest.parts[0]!))['new']!, files.new)).toBe(0);
    }
    expect(outcomes).toEqual(new Set(['full', 'made']));
  });

  it('can still be read when nothing at all can be written', async () => {
    await disk.clear();
    const repository = await folderRepository(join(disk.dir, 'repository'));
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { a: noise(100_000, 'a') } }]);
    await fill(0);
    const back = await filesOf(repository, manifest.parts[0]!);
    expect(Buffer.compare(back['a']!, noise(100_000, 'a'))).toBe(0);
    await repository.remove(manifest.id);
    await repository.prune({ graceMs: -60_000, dryRun: false, onProgress: () => undefined, signal: new AbortController().signal });
  });
});
