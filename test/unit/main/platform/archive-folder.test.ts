import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archiveFolders, type ArchiveFolders } from '@main/platform/archive-folder';

const FOLDER = 'shop/2026-05-04T10-20-30Z';
let root: string;
let archives: ArchiveFolders;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bt-ar-'));
  archives = archiveFolders(join(root, 'archives'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

it('is there whole with its checksums, for its user alone, or not at all', async () => {
  const file = await archives.write(FOLDER, 'shop_data.tar', chunks('one', 'two'));
  expect(file).toEqual({ name: 'shop_data.tar', bytes: 6, sha256: createHash('sha256').update('onetwo').digest('hex') });
  expect(await readdir(join(root, 'archives/shop'))).toEqual(['2026-05-04T10-20-30Z.partial']);
  const path = await archives.finish(FOLDER, [file]);
  expect(path).toBe(join(root, 'archives', FOLDER));
  expect(await readdir(join(root, 'archives/shop'))).toEqual(['2026-05-04T10-20-30Z']);
  expect(await readFile(join(path, 'shop_data.tar'), 'utf8')).toBe('onetwo');
  expect(await readFile(join(path, 'SHA256SUMS'), 'utf8')).toBe(`${file.sha256}  shop_data.tar\n`);
  expect((await stat(path)).mode & 0o077).toBe(0);
  expect((await stat(join(path, 'shop_data.tar'))).mode & 0o077).toBe(0);
});

it('removes what was begun and what was finished, and minds neither being gone', async () => {
  await archives.finish(FOLDER, [await archives.write(FOLDER, 'a.tar', chunks('a'))]);
  await archives.write('shop/later', 'a.tar', chunks('a'));
  for (const folder of [FOLDER, 'shop/later', 'shop/never']) await archives.discard(folder);
  expect(await readdir(join(root, 'archives/shop'))).toEqual([]);
});

it.each(['shop', '../shop/x', 'shop/../x', 'shop/x/y', '/shop/x', 'shop/.'])('leads nowhere else: %s', async (folder) => {
  await expect(archives.write(folder, 'a.tar', chunks('a'))).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(archives.discard(folder)).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(archives.write(FOLDER, '../a.tar', chunks('a'))).rejects.toMatchObject({ code: 'input-invalid' });
});
