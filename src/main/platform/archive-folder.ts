import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { syncFolder } from './files';

/** `<project>/<time>`: nothing that leads anywhere else. */
const FOLDER_NAME = /^[a-z0-9][a-z0-9_.-]*\/[0-9A-Za-z-]+$/;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SUMS_FILE = 'SHA256SUMS';

/** One file of an archive, as it was written. */
export interface ArchivedFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Archives of what is about to be removed. A folder is there whole, with its checksums, or not at all. */
export interface ArchiveFolders {
  /** Writes a file into a folder that is not finished yet, synced. */
  write(folder: string, name: string, chunks: AsyncIterable<Uint8Array>): Promise<ArchivedFile>;
  /** Adds the checksums, in the form `sha256sum -c` reads, and gives the folder its name. Resolves with its absolute path. */
  finish(folder: string, files: readonly ArchivedFile[]): Promise<string>;
  /** Removes a folder, finished or not. Gone already is fine. */
  discard(folder: string): Promise<void>;
}

/** Archives beneath this folder, readable by the user alone. */
export function archiveFolders(root: string): ArchiveFolders {
  const placeOf = (folder: string): string => {
    if (!FOLDER_NAME.test(folder)) throw new AppError('input-invalid', `${folder} is no name for an archive.`);
    return join(root, folder);
  };
  const partial = (folder: string): string => `${placeOf(folder)}.partial`;
  return {
    write: (folder, name, chunks) =>
      telling(async () => {
        if (!FILE_NAME.test(name)) throw new AppError('input-invalid', `${name} is no name for an archive.`);
        await mkdir(partial(folder), { recursive: true, mode: 0o700 });
        return writeFile(join(partial(folder), name), name, chunks);
      }),
    finish: (folder, files) =>
      telling(async () => {
        const sums = files.map((one) => `${one.sha256}  ${one.name}\n`).join('');
        await writeFile(join(partial(folder), SUMS_FILE), SUMS_FILE, oneChunk(sums));
        await syncFolder(partial(folder));
        await rename(partial(folder), placeOf(folder));
        await syncFolder(join(placeOf(folder), '..'));
        return placeOf(folder);
      }),
    async discard(folder) {
      await rm(partial(folder), { recursive: true, force: true });
      await rm(placeOf(folder), { recursive: true, force: true });
    },
  };
}

async function writeFile(path: string, name: string, chunks: AsyncIterable<Uint8Array>): Promise<ArchivedFile> {
  const handle = await open(path, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
    }
    await handle.sync();
    return { name, sha256: hash.digest('hex'), bytes };
  } finally {
    await handle.close();
  }
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

async function telling<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new AppError('disk-full', 'There is no room on the disk for the archive of the volumes.', { hint: 'Nothing was removed. Free some space, then clean again.', cause: error });
  }
}
