import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, open, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileMoved, hashHeld, holdStable, type HeldFile } from '@main/platform/sync/read-stable';
import { useCleanups } from '../../../../support/cleanups';

const later = useCleanups();

async function folder(): Promise<string> {
  const made = await realpath(await mkdtemp(join(tmpdir(), 'bt-read-')));
  later(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function hold(root: string, key: string): Promise<HeldFile> {
  const held = await holdStable(root, key);
  later(async () => held.close());
  return held;
}

describe('a file that is read for sending', () => {
  it('is read when nothing touches it', async () => {
    const root = await folder();
    await writeFile(join(root, 'f'), 'content');
    const held = await hold(root, 'f');
    expect(held.read(0, 7).toString()).toBe('content');
    expect([held.file.sizeBytes, held.racy]).toEqual([7, true]);
    expect(await hashHeld(held)).toMatchObject({ md5: '9a0364b9e99bb480dd25e1f0284c8555' });
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['is written in place', (path) => writeFile(path, 'another', { flag: 'r+' })],
    ['is cut', (path) => writeFile(path, '')],
    ['grows', (path) => appendFile(path, 'more')],
    ['is written, and its time put back', async (path) => {
      await writeFile(path, 'another', { flag: 'r+' });
      await utimes(path, 1, 1);
    }],
  ])('is not read when it %s after it was opened', async (_name, change) => {
    const root = await folder();
    const path = join(root, 'f');
    await writeFile(path, 'content');
    await utimes(path, 1, 1);
    const held = await hold(root, 'f');
    await change(path);
    expect(() => held.read(0, 7)).toThrow(FileMoved);
    expect(() => held.check()).toThrow(FileMoved);
  });

  it('is not opened while it changes', async () => {
    const root = await folder();
    await writeFile(join(root, 'f'), 'content');
    const handle = await open(join(root, 'f'), 'r+');
    const holding = holdStable(root, 'f');
    await handle.write('another');
    await handle.close();
    await expect(holding).rejects.toMatchObject({ reason: 'moved' });
  });

  it('is still the old one when another takes its name', async () => {
    const root = await folder();
    await writeFile(join(root, 'f'), 'content');
    const held = await hold(root, 'f');
    await writeFile(join(root, 'g'), 'another');
    await rename(join(root, 'g'), join(root, 'h'));
    expect(held.read(0, 7).toString()).toBe('content');
  });

  it('is no link, no pipe, and not reached through a link', async () => {
    const root = await folder();
    const outside = await folder();
    await writeFile(join(outside, 'secret'), 'x');
    await symlink(join(outside, 'secret'), join(root, 'link'));
    await mkdir(join(root, 'dir'));
    await symlink(outside, join(root, 'dir/out'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await expect(holdStable(root, 'link')).rejects.toMatchObject({ reason: 'gone' });
    await expect(holdStable(root, 'dir/out/secret')).rejects.toMatchObject({ reason: 'moved' });
    await expect(holdStable(root, 'pipe')).rejects.toMatchObject({ reason: 'moved' });
    await expect(holdStable(root, 'none')).rejects.toMatchObject({ reason: 'gone' });
  });
});
