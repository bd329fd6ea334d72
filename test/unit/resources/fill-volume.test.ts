import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SentFile } from '@shared/domain/workspaces/volume-plan';
import { volumeFrames } from '@main/platform/volume-frames';

interface Fill {
  apply(volume: string, stream: AsyncIterable<Uint8Array>): Promise<{ readonly put: number; readonly removed: number; readonly moved: readonly string[] }>;
  list(volume: string): Promise<readonly SentFile[]>;
  isPlainPath(path: unknown): boolean;
}

let fill: Fill;
let root: string;
let volume: string;
beforeAll(async () => {
  fill = (await import(pathToFileURL(resolve('resources/images/workspace/fill-volume.mjs')).href)) as Fill;
});
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bt-fill-'));
  root = join(dir, 'root');
  volume = join(dir, 'volume');
  for (const one of [root, volume]) await mkdir(one);
});
afterEach(() => rm(dirname(root), { recursive: true, force: true }));

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
async function here(key: string, text: string): Promise<SentFile> {
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), text);
  return { key, sizeBytes: Buffer.byteLength(text), md5: md5(text) };
}
async function bring(put: readonly SentFile[], remove: readonly string[] = []): Promise<readonly string[]> {
  const moved: string[] = [];
  const result = await fill.apply(volume, volumeFrames(root, put, remove, (key) => void moved.push(key)));
  return [...moved, ...result.moved];
}
const inVolume = (key: string): Promise<string | null> => readFile(join(volume, key), 'utf8').catch(() => null);

describe('a volume that is filled', () => {
  it('has the files as they were announced, and tells what it has', async () => {
    const files = [await here('api/app.js', 'one\n'), await here('api/empty', ''), await here('www/ü/big.bin', 'x'.repeat(1_500_000)), await here('top.txt', 'top')];
    expect(await bring(files)).toEqual([]);
    for (const { key } of files) expect(await inVolume(key)).toBe(await readFile(join(root, key), 'utf8'));
    expect([...(await fill.list(volume))].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([...files].sort((a, b) => (a.key < b.key ? -1 : 1)));
  });

  it('takes over what changed, removes what is gone with the folders it leaves empty, and lets a folder become a file', async () => {
    await bring([await here('api/a/b/c.js', '1'), await here('api/x', '2'), await here('api/keep', '3')]);
    await rm(join(root, 'api/a'), { recursive: true });
    await bring([await here('api/a', 'a file now'), await here('api/x', '22')], ['api/a/b/c.js']);
    expect(await inVolume('api/a')).toBe('a file now');
    expect(await inVolume('api/x')).toBe('22');
    await bring([], ['api/x', 'api/a']);
    expect((await readdir(join(volume, 'api'))).sort()).toEqual(['keep']);
  });

  it('drops what moved while it was read: the old content stays whole', async () => {
    const file = await here('api/app.js', 'old');
    await bring([file]);
    await here('api/app.js', 'new');
    expect(await bring([{ ...file, md5: md5('neu') }])).toEqual(['api/app.js']);
    expect(await bring([{ ...file, sizeBytes: 4 }])).toEqual(['api/app.js']);
    await rm(join(root, 'api/app.js'));
    expect(await bring([file])).toEqual(['api/app.js']);
    await symlink('/etc/passwd', join(root, 'api/app.js'));
    expect(await bring([file])).toEqual(['api/app.js']);
    expect(await inVolume('api/app.js')).toBe('old');
  });

  it('stays as it was when the frames break off', async () => {
    const file = await here('api/app.js', 'whole content');
    await bring([await here('api/other', 'o')]);
    const cut = (async function* () {
      for await (const piece of volumeFrames(root, [file], [], () => undefined)) {
        yield piece.subarray(0, 60);
        return;
      }
    })();
    await expect(fill.apply(volume, cut)).rejects.toThrow(/ended before/);
    expect(await inVolume('api/app.js')).toBeNull();
    expect((await fill.list(volume)).map(({ key }) => key)).toEqual(['api/other']);
  });

  it('does not vouch for what somebody else touched', async () => {
    const file = await here('api/app.js', 'one');
    await bring([file]);
    await writeFile(join(volume, 'api/app.js'), 'another');
    expect(await fill.list(volume)).toEqual([{ ...file, md5: '' }]);
  });

  it('takes no path that leads out of it, or into what is Berth’s', () => {
    for (const path of ['../x', 'api/../../x', '/etc/passwd', 'api//x', '.berth/held.json', '', '.', 5, null]) expect(fill.isPlainPath(path), String(path)).toBe(false);
    expect(fill.isPlainPath('api/app.js')).toBe(true);
  });
});
