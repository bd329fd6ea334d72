import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArchiveFile } from '@main/platform/snapshots/archive-file';
import { readArchive, walkPart } from '@main/platform/snapshots/archive-read';
import { openArchive } from '@main/platform/snapshots/archive-source';
import { writeArchive } from '@main/platform/snapshots/archive-write';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { contentOf, EVERYTHING, HOLED, partOf, treeOf, type Planted } from '../../support/snapshot-content';

const run = promisify(execFile);
const WATCH = { onProgress: () => undefined, signal: new AbortController().signal };
let home: string;
let archive: string;

async function write(file: string, ...[content]: [Parameters<typeof writeArchive>[1]]): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  return writeArchiveFile(file, `${file}.part`, (sink) => writeArchive(sink, content, WATCH));
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-snap-archive-'));
  archive = join(home, 'export.tar');
  await write(archive, contentOf([[partOf('volume', 'shop_data', EVERYTHING), EVERYTHING], [partOf('images', 'images', []), []], [partOf('files', 'compose', [{ path: 'compose.yaml', content: Buffer.from('services: {}\n') }]), [{ path: 'compose.yaml', content: Buffer.from('services: {}\n') }]]]));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** What stands in a folder, told as a tree is. */
async function look(path: Buffer): Promise<{ readonly [field: string]: unknown }> {
  const found = await lstat(path, { bigint: true });
  const kind = found.isDirectory() ? 'dir' : found.isSymbolicLink() ? 'symlink' : found.isFIFO() ? 'fifo' : 'file';
  return {
    kind,
    ...(kind === 'symlink' ? { to: (await readlink(path, { encoding: 'buffer' })).toString('base64') } : { mode: Number(found.mode & 0o7777n) }),
    ...(kind === 'file' ? { size: Number(found.size) } : {}),
    uid: Number(found.uid),
    gid: Number(found.gid),
    mtimeNs: String(found.mtimeNs),
  };
}

function expected(entry: TreeEntry): { readonly [field: string]: unknown } {
  if (entry.type === 'link') throw new Error('A link is looked at by its inode.');
  return {
    kind: entry.type,
    ...(entry.type === 'symlink' ? { to: bytes(entry.to).toString('base64') } : { mode: entry.mode }),
    ...(entry.type === 'file' ? { size: entry.size } : {}),
    uid: entry.uid,
    gid: entry.gid,
    mtimeNs: entry.mtimeNs,
  };
}

const bytes = (raw: TreeEntry['path']): Buffer => ('text' in raw ? Buffer.from(raw.text) : Buffer.from(raw.base64, 'base64'));

describe('an export', () => {
  it('is read by GNU tar, and its sums by sha256sum', async () => {
    const into = join(home, 'gnu');
    await mkdir(into);
    await run('tar', ['-xf', archive, '-C', into]);
    expect(await readdir(into)).toEqual(['COMPLETE', 'SHA256SUMS', 'manifest.json', 'parts']);
    expect((await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: into })).stdout).toContain('parts/volume-1.tar: OK');
    const { stdout } = await run('bsdtar', ['-tf', archive]);
    expect(stdout.trim().split('\n')).toEqual(['manifest.json', 'parts/volume-1.tar', 'parts/volume-1.tree', 'parts/images-2.tar', 'parts/images-2.tree', 'parts/files-3.tar', 'parts/files-3.tree', 'SHA256SUMS', 'COMPLETE']);
  });

  for (const [tool, args] of [['tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner']], ['bsdtar', ['--xattrs', '--numeric-owner']]] as const) {
    it(`has parts that ${tool} puts back with owners, modes, times, attributes, holes and links`, async () => {
      const [outer, into] = [join(home, `outer-${tool}`), join(home, `part-${tool}`)];
      await mkdir(outer);
      await mkdir(into);
      await run('tar', ['-xf', archive, '-C', outer]);
      await run(tool, ['-xpf', join(outer, 'parts/volume-1.tar'), '-C', into, ...args]);
      for (const entry of treeOf(EVERYTHING)) {
        if (entry.type === 'socket') continue;
        const path = Buffer.concat([Buffer.from(`${into}/`), bytes(entry.path)]);
        if (entry.type === 'link') expect((await lstat(path)).ino).toBe((await lstat(join(into, 'big'))).ino);
        // bsdtar leaves the time of the folder it unpacks into, of its own archives too, and misreads fractions before 1970.
        else expect(await look(path), String(path)).toEqual({ ...expected(entry), ...(tool === 'bsdtar' && ['', 'old'].includes(String(bytes(entry.path))) ? { mtimeNs: expect.any(String) as unknown } : {}) });
      }
      const holed = await readFile(join(into, 'holes'));
      expect(holed.subarray(4096, 4096 + 65536).equals(HOLED.subarray(0, 65536)) && holed.subarray(1048576, 1048576 + 65536).equals(HOLED.subarray(65536))).toBe(true);
      expect((await lstat(join(into, 'holes'))).blocks * 512).toBeLessThan(1024 * 1024);
      expect((await lstat(join(into, 'only-holes'))).blocks).toBe(0);
      const { stdout } = await run('getfattr', ['-d', '-m', '-', '-e', 'hex', 'marked'], { cwd: into });
      expect(stdout).toContain('=0x000aff');
      expect(stdout).toContain('user.berth');
    });
  }

  it('is read back as it was, byte by byte', async () => {
    const source = await openArchive(archive);
    try {
      await source.compare(() => undefined, WATCH.signal);
      const { parts, missing } = await readArchive(source);
      expect([parts.length, missing]).toEqual([3, []]);
      const [first] = parts;
      if (first === undefined) throw new Error('There is no part.');
      const [entries, contents]: [TreeEntry[], Buffer[]] = [[], []];
      let content: Buffer[] = [];
      await walkPart(source, first, { entry: (entry) => void entries.push(entry), data: (piece) => void content.push(Buffer.from(piece)), end: () => (contents.push(Buffer.concat(content)), (content = []), undefined) }, WATCH.signal);
      const unchunked = (all: readonly TreeEntry[]): unknown => all.map((entry) => (entry.type === 'file' ? { ...entry, chunks: [] } : entry));
      expect(unchunked(entries)).toEqual(unchunked(treeOf(EVERYTHING)));
      const planted = treeOf(EVERYTHING).filter((entry) => entry.type === 'file').map(({ path }) => EVERYTHING.find((one) => Buffer.from(one.path).equals(bytes(path)))?.content ?? Buffer.alloc(0));
      expect(contents.length).toBe(planted.length);
      expect(contents.every((one, index) => planted[index]?.equals(one))).toBe(true);
    } finally {
      await source.close();
    }
  });

  it('is the same bytes for the same snapshot', async () => {
    const planted: readonly Planted[] = [{ path: 'a', content: Buffer.from('a') }];
    const one = await write(join(home, 'one.tar'), contentOf([[partOf('volume', 'v', planted), planted]]));
    const other = await write(join(home, 'other.tar'), contentOf([[partOf('volume', 'v', planted), planted]]));
    expect(one).toEqual(other);
    expect((await run('sha256sum', [join(home, 'one.tar')])).stdout).toContain(one.sha256);
  });
});

describe('the file of an export', () => {
  const small = contentOf([]);

  it('never replaces one that is there, whatever it is', async () => {
    const [file, dangling, folder] = [join(home, 'there'), join(home, 'dangling'), join(home, 'folder')];
    await writeFile(file, 'mine');
    await symlink(join(home, 'nowhere'), dangling);
    await mkdir(folder);
    for (const target of [file, dangling, folder]) await expect(write(target, small)).rejects.toMatchObject({ code: 'input-invalid' });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await readdir(home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('does not replace one that came while it was written', async () => {
    const file = join(home, 'raced');
    await expect(
      writeArchiveFile(file, `${file}.part`, async (sink) => {
        await sink.write(Buffer.from('ours'));
        await writeFile(file, 'theirs');
      }),
    ).rejects.toMatchObject({ code: 'input-invalid' });
    expect(await readFile(file, 'utf8')).toBe('theirs');
    expect(await readdir(home)).not.toContain('raced.part');
  });

  it('is readable by its owner alone, and says when there is no folder', async () => {
    const file = join(home, 'private.tar');
    await write(file, small);
    expect((await lstat(file)).mode & 0o777).toBe(0o600);
    expect((await lstat(file)).nlink).toBe(1);
    await expect(write(join(home, 'no', 'folder.tar'), small)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leaves nothing on a full disk, and nothing when it is cancelled', async () => {
    const abort = new AbortController();
    abort.abort();
    const planted: readonly Planted[] = [{ path: 'a', content: randomBytes(100_000) }];
    const content = contentOf([[partOf('volume', 'v', planted), planted]]);
    const file = join(home, 'cancelled.tar');
    await expect(writeArchiveFile(file, `${file}.part`, (sink) => writeArchive(sink, content, { ...WATCH, signal: abort.signal }))).rejects.toMatchObject({ code: 'cancelled' });
    const disk = join(home, 'small-disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      await expect(write(join(disk, 'full.tar'), content)).rejects.toMatchObject({ code: 'disk-full' });
      expect(await readdir(disk)).toEqual([]);
    } finally {
      await run('umount', [disk]);
    }
    expect((await readdir(home)).filter((name) => name.startsWith('cancelled'))).toEqual([]);
  });
});
