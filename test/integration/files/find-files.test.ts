import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFiles } from '@main/platform/find-files';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bt-find-')));
  for (const folder of ['apps/shop/base', '.git', 'node_modules/x']) await mkdir(join(root, folder), { recursive: true });
  for (const file of ['a.yaml', 'apps/b.yaml', 'apps/read.me', 'apps/shop/c.yaml', 'apps/shop/base/d.yaml', '.git/e.yaml', 'node_modules/x/f.yaml']) await writeFile(join(root, file), '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const search = async (limits: Partial<{ depth: number; entries: number; files: number }>): Promise<{ files: readonly string[]; isWhole: boolean }> => {
  const { files, isWhole } = await findFiles(root, (name) => name.endsWith('.yaml'), { depth: 10, entries: 1_000, files: 1_000, ...limits });
  return { files: files.map((file) => relative(root, file)), isWhole };
};

test('finds what is accepted, nearest first, but nothing in hidden folders and what package managers fill', async () => {
  expect(await search({})).toEqual({ files: ['a.yaml', 'apps/b.yaml', 'apps/shop/c.yaml', 'apps/shop/base/d.yaml'], isWhole: true });
});

test.each([{ depth: 2 }, { entries: 9 }, { files: 2 }])('says that there may be more where %o ends it', async (limit) => {
  const { files, isWhole } = await search(limit);
  expect(isWhole).toBe(false);
  expect(files).toEqual(['a.yaml', 'apps/b.yaml', 'apps/shop/c.yaml'].slice(0, limit.files ?? 3));
});
