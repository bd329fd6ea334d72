import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkFolder } from '@main/platform/work-folder';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bt-work-'));
  await mkdir(join(root, 'web'));
  await writeFile(join(root, 'compose.yaml'), 'services: {}\n');
  await writeFile(join(root, 'web', 'index.html'), 'old\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function everything(): Promise<readonly string[]> {
  return (await readdir(root, { recursive: true })).sort();
}

it('puts back what was written, made and moved, and what others did to kept files', async () => {
  const folder = openWorkFolder(root);
  await folder.keep('compose.yaml');
  await folder.keep('.env');
  const before = await everything();
  for (let round = 0; round < 2; round += 1) {
    await folder.write('guests/one/live/note.txt', 'first');
    await folder.write('guests/one/live/note.txt', 'second');
    await folder.move('guests/one', 'micro/deep/one');
    await folder.write('micro/deep/one/live/note.txt', 'third');
    await folder.move('web', 'micro/web');
    await folder.write('micro/web/index.html', 'new\n');
    await writeFile(join(root, 'compose.yaml'), 'services: { changed: {} }\n');
    await writeFile(join(root, '.env'), 'PORT=1\n');
    expect(await folder.readText('micro/deep/one/live/note.txt')).toBe('third');
    await folder.restore();
    expect(await everything()).toEqual(before);
    expect(await readFile(join(root, 'web', 'index.html'), 'utf8')).toBe('old\n');
    expect(await readFile(join(root, 'compose.yaml'), 'utf8')).toBe('services: {}\n');
  }
});

it('leads nowhere else', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'bt-work-out-'));
  await symlink(outside, join(root, 'link'));
  const folder = openWorkFolder(root);
  await expect(folder.write('link/note.txt', 'x')).rejects.toMatchObject({ code: 'file-unreadable' });
  await expect(folder.write('../note.txt', 'x')).rejects.toMatchObject({ code: 'file-unreadable' });
  await expect(folder.move('web', 'link/web')).rejects.toMatchObject({ code: 'file-unreadable' });
  expect(await readdir(outside)).toEqual([]);
  await rm(outside, { recursive: true, force: true });
});
