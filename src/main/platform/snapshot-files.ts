import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { inFolderOf } from './files';

/** A file of a project is no data: a larger one is not taken for one. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Something in a folder, with what a tree keeps of it. */
export type OwnedEntry = { readonly mode: number; readonly uid: number; readonly gid: number; readonly mtimeNs: string } & (
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'dir' }
  | { readonly kind: 'symlink'; readonly to: string }
);

/** What is at a path beneath a folder, no link on the way followed; the folder itself for an empty path. Null where there is nothing. Rejects with `file-unreadable` for what is neither file, folder nor link, or too large. */
export async function ownedEntry(rootDir: string, relPath: string): Promise<OwnedEntry | null> {
  try {
    return relPath === '' ? await entryAt(rootDir, rootDir) : await inFolderOf(rootDir, relPath, (folder, name) => entryAt(join(folder, name), join(rootDir, relPath)));
  } catch (error) {
    if (error instanceof AppError && error.code === 'compose-not-found') return null;
    throw error;
  }
}

async function entryAt(path: string, shown: string): Promise<OwnedEntry> {
  const found = await lstat(path, { bigint: true });
  const owned = { mode: Number(found.mode & 0o7777n), uid: Number(found.uid), gid: Number(found.gid), mtimeNs: String(found.mtimeNs) };
  if (found.isSymbolicLink()) return { ...owned, kind: 'symlink', to: await readlink(path) };
  if (found.isDirectory()) return { ...owned, kind: 'dir' };
  if (!found.isFile()) throw new AppError('file-unreadable', `${shown} is not a regular file.`, { where: { file: shown } });
  if (found.size > BigInt(MAX_BYTES)) throw new AppError('file-unreadable', `${shown} is larger than ${String(MAX_BYTES / 1024 / 1024)} MiB, which no file of a project is.`, { where: { file: shown } });
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    return { ...owned, kind: 'file', bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}
