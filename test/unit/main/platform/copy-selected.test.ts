import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copySelected, type CopyRequest, type CopyTree } from '@main/platform/copy-selected';
import { twinFolders } from '@main/platform/twin-folder';

let root: string;
let from: string;
let to: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bt-copy-')));
  from = join(root, 'shop');
  to = join(root, 'copy');
  await mkdir(join(from, 'api', 'node_modules'), { recursive: true });
  await mkdir(join(root, 'elsewhere'));
  await writeFile(join(root, 'elsewhere', 'secret'), 'not yours');
  await writeFile(join(from, 'compose.yaml'), 'services: {}\n');
  await writeFile(join(from, 'api', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(join(from, 'api', 'node_modules', 'large'), 'x'.repeat(1_000));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const all = (path: string): CopyTree => ({ path, keeps: () => 'yes' });
const copy = (trees: readonly CopyTree[], more: Partial<CopyRequest> = {}): ReturnType<typeof copySelected> =>
  copySelected({ from, to, trees, never: [], maxBytes: 10_000, signal: new AbortController().signal, onProgress: () => undefined, ...more });

describe('copySelected', () => {
  it('copies what is kept with its rights, and leaves the original as it is', async () => {
    const result = await copy([all('compose.yaml'), { path: 'api', keeps: (path) => (path === 'node_modules' ? 'no' : 'yes') }, all('not-there')]);
    expect(result).toMatchObject({ files: 2, leftOut: [] });
    expect((await readdir(to, { recursive: true })).sort()).toEqual(['api', 'api/run.sh', 'compose.yaml']);
    expect((await stat(join(to, 'api', 'run.sh'))).mode & 0o777).toBe(0o755);
    await writeFile(join(to, 'compose.yaml'), 'changed\n');
    expect(await readFile(join(from, 'compose.yaml'), 'utf8')).toBe('services: {}\n');
  });

  it('keeps links that stay inside, and leaves out those that lead out, directly or by a chain', async () => {
    await symlink('compose.yaml', join(from, 'inside'));
    await symlink(join(from, 'api', 'run.sh'), join(from, 'absolute'));
    await symlink(join(root, 'elsewhere'), join(from, 'outside'));
    await symlink('outside', join(from, 'chain'));
    const result = await copy([all('')]);
    expect(result.leftOut.toSorted()).toEqual(['chain', 'outside']);
    expect(await readlink(join(to, 'inside'))).toBe('compose.yaml');
    expect(await realpath(join(to, 'absolute'))).toBe(join(to, 'api', 'run.sh'));
    expect(await readdir(to)).not.toContain('outside');
  });

  it('copies what a mounted link leads to, so that nothing outside is written to through the copy', async () => {
    await symlink(join(root, 'elsewhere'), join(from, 'data'));
    await copy([all('data')]);
    expect(await readlink(join(to, 'data')).catch(() => 'no link')).toBe('no link');
    expect(await readFile(join(to, 'data', 'secret'), 'utf8')).toBe('not yours');
  });

  it('refuses more than it may copy in one sentence, before it writes anything', async () => {
    await expect(copy([all('')], { maxBytes: 500 })).rejects.toMatchObject({ code: 'blocked', message: `${from} has 1 MB to copy, and Berth copies at most 1 MB.` });
    expect(await readdir(to).catch(() => 'nothing')).toBe('nothing');
  });

  it('ends when it is cancelled, and never enters what is never to be copied', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(copy([all('')], { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await copy([all('')], { never: [join(from, 'api')] });
    expect(await readdir(to)).toEqual(['compose.yaml']);
  });
});

describe('twinFolders', () => {
  it('repeats paths beneath a folder of its own, so that what leads out of the project leads to the same place', async () => {
    const folders = twinFolders(root);
    const folder = await folders.make('op_1');
    const place = folders.placeOf(folder, from);
    await mkdir(place, { recursive: true });
    await folders.linkOutside(folder, [join(root, 'elsewhere', 'secret'), join(root, 'elsewhere')]);
    expect(await readFile(join(place, '..', 'elsewhere', 'secret'), 'utf8')).toBe('not yours');
    expect(await folders.folderOf(place)).toBe(folder);
    expect(await folders.folderOf(from)).toBeNull();
    expect(await folders.list()).toEqual([folder]);
    await folders.remove(folder);
    expect(await folders.list()).toEqual([]);
    expect(await readFile(join(root, 'elsewhere', 'secret'), 'utf8')).toBe('not yours');
  });
});
