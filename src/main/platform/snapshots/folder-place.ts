import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inFolderOf, syncFolder } from '../files';
import { folderFailure } from './failures';
import { TEMPORARY } from './names';
import { giveName, removeStaged, StagedFolder } from './staged-folder';
import type { ObjectPlace, StagedObjects } from './types';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** A repository in a folder. Only its owner can read it; no link inside is followed. */
export function folderPlace(root: string): ObjectPlace {
  return new FolderPlace(root);
}

class FolderPlace implements ObjectPlace {
  constructor(readonly where: string) {}

  read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return this.at(name, async (folder, file) => {
      const handle = await open(join(folder, file), constants.O_RDONLY | NO_FOLLOW);
      try {
        const { size } = await handle.stat();
        const offset = range?.offset ?? 0;
        return await readFrom(handle, offset, Math.max(0, Math.min(range?.length ?? size, size - offset)));
      } finally {
        await handle.close();
      }
    });
  }

  async size(name: string): Promise<number | null> {
    return this.at(name, async (folder, file) => (await lstat(join(folder, file))).size).catch((error: unknown) => {
      if ((error as { readonly code?: string }).code === 'not-found') return null;
      throw error;
    });
  }

  async write(name: string, data: readonly Uint8Array[], options: { readonly replace?: boolean } = {}): Promise<void> {
    await this.makeFolders(name);
    await this.at(name, async (folder, file) => {
      const temporary = join(folder, `${TEMPORARY}${randomUUID()}`);
      try {
        await writeSynced(temporary, data);
        if (options.replace === true) await rename(temporary, join(folder, file));
        else await giveName(temporary, join(folder, file));
      } catch (error) {
        await unlink(temporary).catch(() => undefined);
        throw error;
      }
      await syncFolder(folder);
    });
  }

  async remove(name: string): Promise<void> {
    await this.at(name, async (folder, file) => {
      await unlink(join(folder, file));
      await syncFolder(folder);
    }).catch((error: unknown) => {
      if ((error as { readonly code?: string }).code !== 'not-found') throw error;
    });
  }

  async *list(folder: string): AsyncIterable<{ readonly name: string; readonly size: number; readonly modifiedMs: number }> {
    for await (const found of this.walk(folder)) if (!found.file.startsWith(TEMPORARY)) yield { name: found.name, size: found.size, modifiedMs: found.modifiedMs };
  }

  async sweep(beforeMs: number): Promise<void> {
    for await (const found of this.walk('')) if (found.file.startsWith(TEMPORARY) && found.modifiedMs < beforeMs) await this.remove(found.name);
    // Whoever sweeps is alone: no writer has a folder.
    await removeStaged(this.where, () => Promise.resolve(true));
  }

  async stage(lockId: string, isGone: (lockId: string) => Promise<boolean>): Promise<StagedObjects> {
    await removeStaged(this.where, isGone);
    return StagedFolder.open(this.where, lockId, async (name, act) => {
      await this.makeFolders(name);
      await this.at(name, async (folder, file) => {
        await act(folder, file);
        await syncFolder(folder);
      });
    });
  }

  async free(): Promise<number | null> {
    const found = await statfs(this.where).catch(() => null);
    return found === null ? null : found.bavail * found.bsize;
  }

  /** Regular files beneath a folder, two levels down at most. What disappears meanwhile is left out. */
  private async *walk(folder: string): AsyncIterable<{ readonly name: string; readonly file: string; readonly size: number; readonly modifiedMs: number }> {
    const path = join(this.where, folder);
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && folder !== '') return [];
      throw folderFailure(error, this.where, folder);
    });
    for (const entry of entries) {
      const name = `${folder}${entry.name}`;
      if (entry.isDirectory()) yield* this.walk(`${name}/`);
      else if (entry.isFile()) {
        const found = await lstat(join(path, entry.name)).catch(() => null);
        if (found !== null) yield { name, file: entry.name, size: found.size, modifiedMs: found.mtimeMs };
      }
    }
  }

  /** The folders of a name, each synced into the one above it. */
  private async makeFolders(name: string): Promise<void> {
    try {
      await makeRoot(this.where);
      const parts = name.split('/').slice(0, -1);
      for (let depth = 1; depth <= parts.length; depth += 1) {
        await inFolderOf(this.where, parts.slice(0, depth).join('/'), (folder, own) => makeFolder(folder, join(folder, own)));
      }
    } catch (error) {
      throw folderFailure(error, this.where, name);
    }
  }

  private async at<T>(name: string, act: (folder: string, file: string) => Promise<T>): Promise<T> {
    try {
      return await inFolderOf(this.where, name, async (folder, file) => {
        try {
          return await act(folder, file);
        } catch (error) {
          throw folderFailure(error, this.where, name);
        }
      });
    } catch (error) {
      throw folderFailure(error, this.where, name);
    }
  }
}

async function makeFolder(parent: string, path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await syncFolder(parent);
}

async function makeRoot(root: string): Promise<void> {
  if ((await lstat(root).catch(() => null)) !== null) return;
  if (dirname(root) !== root) await makeRoot(dirname(root));
  await makeFolder(dirname(root), root);
}

async function readFrom(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

async function writeSynced(file: string, data: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
  try {
    for (const piece of data) await writeWhole(handle, piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at, piece.length - at)).bytesWritten;
}
