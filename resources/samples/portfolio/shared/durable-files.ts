import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Files with this prefix are being written; they are never listed. */
export const INCOMING_PREFIX = '.incoming-';

/** A rename or link is only durable once its folder is written too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that is not visible under its name before all of it is on disk. */
export class IncomingFile {
  readonly folder: string;
  readonly path: string;
  readonly handle: FileHandle;

  private constructor(folder: string, path: string, handle: FileHandle) {
    this.folder = folder;
    this.path = path;
    this.handle = handle;
  }

  static async create(folder: string): Promise<IncomingFile> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${INCOMING_PREFIX}${randomUUID()}`);
    return new IncomingFile(folder, path, await open(path, 'wx', 0o644));
  }

  /** Puts it under its name. Returns false, and changes nothing, when the name is taken: `link` refuses that in one step. */
  async publish(name: string): Promise<boolean> {
    try {
      await link(this.path, join(this.folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    await unlink(this.path);
    await syncFolder(this.folder);
    return true;
  }

  /** Puts it under its name in place of what is there. */
  async replace(name: string): Promise<void> {
    await rename(this.path, join(this.folder, name));
    await syncFolder(this.folder);
  }

  async finishWriting(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await unlink(this.path).catch(() => undefined);
  }
}

/** Removes what an earlier run left half written. */
export async function removeIncoming(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (name.startsWith(INCOMING_PREFIX)) await unlink(join(folder, name)).catch(() => undefined);
}
