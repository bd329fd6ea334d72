import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolumeProgram } from '@main/docker/volume-types';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { openRepository } from '@main/platform/snapshots/repository';
import type { PackFiles, SnapshotRepository } from '@main/platform/snapshots/types';
import type { Manifest, VolumeFacts } from '@shared/domain/snapshots/types';
import { sha256OfText } from '@main/platform/snapshots/sums';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { readCache } from '@main/platform/snapshot-read-cache';
import { openPlace, readPlace, type PlaceReading } from '@main/snapshots/gather-places';
import type { PlannedPart, SeenProject } from '@main/snapshots/gather-types';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { loopDisk, mayMount } from '../../support/loop-disk';
import { filesOf, folderRepository, INSTALL_KEYS, makeSnapshot, manifestOf, noise, scratchFolder, verifyAll } from '../../support/snapshot-repository';
import { inVolume, lookAtVolume, makeVolume } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const FACTS: VolumeFacts = { key: 'data', driver: 'local', options: {}, labels: {}, database: null, services: {} };
const { signal } = new AbortController();
const BEGIN = { first: 'BERTHPK1', second: 'BERTHPK2' } as const;
const FILL = 'cd /v && dd if=/dev/urandom of=random bs=1048576 count=22 2>/dev/null && seq 1 2000000 > numbers && mkdir d && i=0 && while [ $i -lt 50 ]; do dd if=/dev/urandom of=d/f$i bs=100000 count=1 2>/dev/null; i=$((i+1)); done && cp random copy';

async function packsIn(dir: string): Promise<readonly { readonly path: string; readonly bytes: Buffer }[]> {
  const names = (await readdir(join(dir, 'packs'), { recursive: true })).filter((name) => name.length > 60);
  return Promise.all(names.map(async (name) => ({ path: join(dir, 'packs', name), bytes: await readFile(join(dir, 'packs', name)) })));
}

async function leftIn(dir: string): Promise<readonly string[]> {
  return (await readdir(dir, { recursive: true })).filter((name) => name.includes('.tmp-'));
}

describe('packs that the volume program writes itself', () => {
  let project: TestProject;
  let program: VolumeProgram;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let volume = '';
  beforeAll(async () => {
    scratch = await scratchFolder();
    project = await testProject();
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(signal);
    volume = await makeVolume(`${project.name}-packs`, project.name);
    await inVolume(volume, FILL);
  });
  afterAll(async () => {
    await project.close();
    await scratch.remove();
  });

  /** A snapshot of the volume, as making one does it. `change` swaps the files for packs. */
  async function snapshot(repository: SnapshotRepository, home: string, change: (packs: PackFiles | null) => PackFiles | null = (packs) => packs): Promise<{ readonly manifest: Manifest; readonly readBytes: number }> {
    const part: PlannedPart = { kind: 'volume', name: volume, chosen: true, services: [], facts: FACTS };
    const writer = await repository.begin(signal);
    const packFiles = async (): Promise<PackFiles | null> => change(await writer.packFiles());
    const offering = new Proxy(writer, { get: (of, name) => (name === 'packFiles' ? packFiles : typeof Reflect.get(of, name) === 'function' ? (Reflect.get(of, name) as () => unknown).bind(of) : Reflect.get(of, name)) });
    const reading: PlaceReading = { program, writer: offering, cache: readCache(join(home, 'reads'), () => Date.now()), repository: 'local', engineIsLocal: true, seen: { volumes: [{ name: volume, createdAt: '' }] } as unknown as SeenProject, filteredPaths: () => Promise.resolve([]), now: () => Date.now(), signal, onBytes: () => undefined };
    const place = openPlace(reading, part);
    try {
      const { tree, sha256, files, sizeBytes, skipped, readBytes } = await readPlace(reading, place, part, false);
      const manifest = manifestOf([{ kind: 'volume', name: volume, tree, sha256, files, sizeBytes, secret: false, consistency: 'none', skipped, facts: FACTS }]);
      await writer.finish(manifest);
      return { manifest, readBytes };
    } finally {
      await place.close();
      await writer.abandon();
    }
  }

  /** What the snapshot brings back is what the volume has. */
  async function comesBack(repository: SnapshotRepository, manifest: Manifest): Promise<void> {
    const into = await makeVolume(`${project.name}-back-${manifest.id.slice(-8).toLowerCase()}`, project.name);
    const [part] = manifest.parts;
    await repository.reading((reader) => program.write(into, reader.entries(part!), (id) => reader.coded(id), () => undefined, signal));
    expect(await lookAtVolume(into)).toBe(await lookAtVolume(volume));
  }

  it('are packs of the repository, of this user alone, and bring everything back', async () => {
    const dir = join(scratch.dir, 'plain');
    const repository = await folderRepository(dir);
    const { manifest, readBytes } = await snapshot(repository, scratch.dir);
    expect(readBytes).toBeGreaterThan(40_000_000);
    const packs = await packsIn(dir);
    expect(packs.map(({ bytes }) => bytes.subarray(0, 8).toString())).toEqual(packs.map(() => BEGIN.second));
    expect(packs.filter(({ bytes }) => bytes.length > 15_000_000).length).toBeGreaterThan(0);
    for (const { path } of packs) expect(await stat(path)).toMatchObject({ mode: 0o100600, uid: process.getuid?.(), nlink: 1 });
    expect(await leftIn(dir)).toEqual([]);
    expect((await verifyAll(repository)).damaged).toEqual([]);
    await comesBack(repository, manifest);
    // What is there is not written again.
    const again = await snapshot(repository, join(scratch.dir, 'again'));
    expect(again.manifest.parts[0]?.tree).toEqual(manifest.parts[0]?.tree);
    expect(again.readBytes).toBe(0);
    expect((await packsIn(dir)).length).toBe(packs.length);
  });

  it('are named by verify when any byte of them is another', async () => {
    const dir = join(scratch.dir, 'flipped');
    const repository = await folderRepository(dir);
    await snapshot(repository, join(scratch.dir, 'flipped-reads'));
    for (const { path, bytes } of await packsIn(dir)) {
      const tableAt = bytes.readUInt32BE(bytes.length - 44);
      for (const at of [0, 7, 8, Math.floor(tableAt / 2), tableAt - 1, tableAt, tableAt + 33, tableAt + 44, bytes.length - 48, bytes.length - 20, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 4;
        await writeFile(path, changed);
        const opened = await openRepository(folderPlace(dir), INSTALL_KEYS);
        expect((await verifyAll(opened)).damaged.map(({ object }) => object), `byte ${String(at)}`).toContain(path.slice(dir.length + 1));
      }
      await writeFile(path, bytes);
    }
    expect((await verifyAll(await openRepository(folderPlace(dir), INSTALL_KEYS))).damaged).toEqual([]);
  });

  it('are not written where the files for them cannot be opened: chunks come then', async () => {
    const dir = join(scratch.dir, 'refused');
    const repository = await folderRepository(dir);
    const made = await snapshot(repository, join(scratch.dir, 'refused-reads'), (packs) => (packs === null ? null : { folder: packs.folder, make: () => Promise.resolve('nobody-made-it'), keep: () => Promise.reject(new Error('There is none.')) }));
    expect((await verifyAll(repository)).damaged).toEqual([]);
    await comesBack(repository, made.manifest);
  });

  it('are not written into what is encrypted', async () => {
    const repository = await folderRepository(join(scratch.dir, 'encrypted'), { encryptAll: true });
    const writer = await repository.begin(signal);
    expect(await writer.packFiles()).toBeNull();
    await writer.abandon();
    await comesBack(repository, (await snapshot(repository, join(scratch.dir, 'encrypted-reads'))).manifest);
  });

  it('are not written into a repository of the first version, which stays what it is', async () => {
    const dir = join(scratch.dir, 'first');
    await folderRepository(dir);
    await asFirstVersion(dir);
    const repository = await openRepository(folderPlace(dir), INSTALL_KEYS);
    const files = { old: noise(300_000, 'old') };
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files }]);
    const made = await snapshot(repository, join(scratch.dir, 'first-reads'));
    expect(new Set((await packsIn(dir)).map(({ bytes }) => bytes.subarray(0, 8).toString()))).toEqual(new Set([BEGIN.first]));
    const opened = await openRepository(folderPlace(dir), INSTALL_KEYS);
    expect((await verifyAll(opened)).damaged).toEqual([]);
    expect(Buffer.compare((await filesOf(opened, manifest.parts[0]!))['old']!, files.old)).toBe(0);
    await comesBack(opened, made.manifest);
  });

  it('leave nothing when their writer is gone: the next one removes its folder', async () => {
    const dir = join(scratch.dir, 'gone');
    const repository = await folderRepository(dir);
    const dead = '00000000-0000-4000-8000-000000000000';
    await mkdir(join(dir, `.tmp-${dead}`));
    await writeFile(join(dir, `.tmp-${dead}`, '.tmp-1'), 'half of a pack');
    const other = await repository.begin(signal);
    const packs = await other.packFiles();
    await packs?.make();
    await snapshot(repository, join(scratch.dir, 'gone-reads'));
    expect((await leftIn(dir)).map((name) => join(dir, name)).filter((name) => !name.startsWith(packs?.folder ?? '?'))).toEqual([]);
    // One that works is left alone.
    expect(await readdir(packs?.folder ?? '')).toEqual(['.tmp-1']);
    await other.abandon();
    expect(await leftIn(dir)).toEqual([]);
  });

  it.runIf(mayMount)('are not in the repository when its disk is full, and what was there before is whole', async () => {
    const disk = await loopDisk(24);
    try {
      const repository = await folderRepository(disk.dir);
      const files = { old: noise(300_000, 'old') };
      await makeSnapshot(repository, [{ name: 'data', files }]);
      await expect(snapshot(repository, join(scratch.dir, 'full-reads'))).rejects.toMatchObject({ code: 'disk-full' });
      expect(await leftIn(disk.dir)).toEqual([]);
      const opened = await openRepository(folderPlace(disk.dir), INSTALL_KEYS);
      expect((await opened.list()).manifests.length).toBe(1);
      expect((await verifyAll(opened)).damaged).toEqual([]);
    } finally {
      await disk.remove();
    }
  });
});

/** The repository file as Berth wrote it before packs had a second form. */
async function asFirstVersion(dir: string): Promise<void> {
  const file = join(dir, 'berth-repository.json');
  const { sha256, ...document } = JSON.parse(await readFile(file, 'utf8')) as { readonly sha256: string; readonly id: string };
  expect(sha256).toHaveLength(64);
  const first = { ...document, berthRepository: 1 };
  await writeFile(file, canonicalJson({ ...first, sha256: sha256OfText(canonicalJson(first)) }));
}
