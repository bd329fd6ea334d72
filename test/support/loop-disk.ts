import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An ext4 of its own in a file, mounted. */
export interface LoopDisk {
  /** Where it is mounted. */
  readonly dir: string;
  /** Unmounts it and mounts it again, as after a power cut: what was not in its journal is gone. */
  remount(): Promise<void>;
  /** Makes it empty again. */
  clear(): Promise<void>;
  remove(): Promise<void>;
}

/** Whether this process may mount. */
export const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

export async function loopDisk(sizeMiB: number): Promise<LoopDisk> {
  const parent = await mkdtemp(join(tmpdir(), 'berth-disk-'));
  const image = join(parent, 'image');
  const dir = join(parent, 'disk');
  await mkdir(dir);
  const mount = (): Promise<unknown> => run('mount', ['-o', 'loop', image, dir]);
  const format = async (): Promise<void> => {
    const handle = await open(image, 'w');
    await handle.truncate(sizeMiB * 1024 * 1024);
    await handle.close();
    await run('mkfs.ext4', ['-q', '-F', image]);
  };
  await format();
  await mount();
  const unmount = (): Promise<unknown> => run('umount', [dir]);
  return {
    dir,
    async remount() {
      await unmount();
      await mount();
    },
    async clear() {
      await unmount();
      await format();
      await mount();
    },
    async remove() {
      await unmount().catch(() => run('umount', ['-l', dir]));
      await rm(parent, { recursive: true, force: true });
    },
  };
}
