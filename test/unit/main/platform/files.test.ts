import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT_FILE_MAX_BYTES, readBeneath, readOptionalFile, readProjectFile, replaceBeneath } from '@main/platform/files';

let dir = '';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-files-'));
  await mkdir(join(dir, 'project/sub'), { recursive: true });
  await mkdir(join(dir, 'outside'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('readProjectFile', () => {
  it('reads a file', async () => {
    await writeFile(join(dir, 'a'), 'text');
    expect(Buffer.from(await readProjectFile(join(dir, 'a'))).toString()).toBe('text');
  });

  it('refuses what is missing, a folder, too large or a pipe, with the file named', async () => {
    await expect(readProjectFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'compose-not-found', where: { file: join(dir, 'none') } });
    await expect(readProjectFile(dir)).rejects.toMatchObject({ code: 'file-unreadable' });
    await writeFile(join(dir, 'large'), Buffer.alloc(PROJECT_FILE_MAX_BYTES + 1));
    await expect(readProjectFile(join(dir, 'large'))).rejects.toMatchObject({ code: 'file-unreadable' });
    await writeFile(join(dir, 'full'), Buffer.alloc(PROJECT_FILE_MAX_BYTES));
    expect((await readProjectFile(join(dir, 'full'))).length).toBe(PROJECT_FILE_MAX_BYTES);
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(dir, 'pipe')]);
      await expect(readProjectFile(join(dir, 'pipe'))).rejects.toMatchObject({ code: 'file-unreadable' });
      await expect(readProjectFile('/dev/zero')).rejects.toMatchObject({ code: 'file-unreadable' });
    }
    expect(await readOptionalFile(join(dir, 'none'))).toBeUndefined();
  });
});

describe('replaceBeneath', () => {
  it('replaces the bytes, keeps the mode and leaves nothing else behind', async () => {
    const file = join(dir, 'project/sub/a.txt');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await replaceBeneath(join(dir, 'project'), 'sub/a.txt', bytes('new'));
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    await replaceBeneath(join(dir, 'project'), 'b.txt', bytes('fresh'));
    expect(await readdir(join(dir, 'project'))).toEqual(['b.txt', 'sub']);
    expect(Buffer.from(await readBeneath(join(dir, 'project'), 'b.txt')).toString()).toBe('fresh');
  });

  it.each(['../outside/x', 'sub/../../outside/x', '/etc/x', '', '.', 'a\0b'])('refuses %j', async (path) => {
    await expect(replaceBeneath(join(dir, 'project'), path, bytes('x'))).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(readBeneath(join(dir, 'project'), path)).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(await readdir(join(dir, 'outside'))).toEqual([]);
  });

  it('follows no link: not in place of the file, not on the way', async () => {
    await writeFile(join(dir, 'outside/secret'), 'secret');
    await symlink(join(dir, 'outside/secret'), join(dir, 'project/link'));
    await symlink(join(dir, 'outside'), join(dir, 'project/folder'));
    for (const path of ['link', 'folder/secret', 'folder/new']) {
      await expect(replaceBeneath(join(dir, 'project'), path, bytes('x'))).rejects.toMatchObject({ code: 'file-unreadable' });
      await expect(readBeneath(join(dir, 'project'), path)).rejects.toMatchObject({ code: 'file-unreadable' });
    }
    expect(await readFile(join(dir, 'outside/secret'), 'utf8')).toBe('secret');
    expect(await readdir(join(dir, 'outside'))).toEqual(['secret']);
  });

  it.runIf(process.platform === 'linux')('never writes outside while a folder is swapped for a link', async () => {
    const project = join(dir, 'project');
    await symlink(join(dir, 'outside'), join(project, 'trap'));
    let swapping = true;
    const swapper = (async () => {
      while (swapping) {
        await rename(join(project, 'sub'), join(project, 'away')).catch(() => undefined);
        await rename(join(project, 'trap'), join(project, 'sub')).catch(() => undefined);
        await rename(join(project, 'sub'), join(project, 'trap')).catch(() => undefined);
        await rename(join(project, 'away'), join(project, 'sub')).catch(() => undefined);
      }
    })();
    let written = 0;
    for (let round = 0; round < 400; round += 1) {
      await replaceBeneath(project, 'sub/target', bytes(String(round))).then(
        () => (written += 1),
        () => undefined,
      );
    }
    swapping = false;
    await swapper;
    expect(await readdir(join(dir, 'outside'))).toEqual([]);
    expect(written).toBeGreaterThan(0);
  });
});
