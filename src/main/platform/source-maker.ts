import { constants } from 'node:fs';
import { chmod, chown, lstat, mkdir, open, readdir, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { AppError } from '@shared/kernel/app-error';

/**
 * Creates and takes back the files and folders that a mount needs, beneath a project folder only. On Linux every step
 * hangs on an open directory handle and follows no link, so that nobody can swap a folder for a link in between;
 * elsewhere each folder is looked at before it is entered.
 */
export interface SourceMaker {
  /** What `create` would have to make: the path and its missing parents (relative, outermost first); empty when it is there. */
  missing(rootDir: string, relPath: string): Promise<readonly string[]>;
  /** Creates the file or folder with its missing parents, owned by the project's owner. Resolves with what was created (relative, outermost first). Rejects with `fix-failed` when something is there already. */
  create(rootDir: string, relPath: string, kind: 'file' | 'directory'): Promise<readonly string[]>;
  /** Removes empty files and empty folders in reverse order; what is gone or no longer empty stays as it is. */
  remove(rootDir: string, relPaths: readonly string[]): Promise<void>;
  /** Removes one folder if it is empty; rejects with `fix-failed` otherwise. */
  removeEmptyFolder(rootDir: string, relPath: string): Promise<void>;
  /** The permission bits of a file or folder; follows no link. */
  modeOf(rootDir: string, relPath: string): Promise<number>;
  setMode(rootDir: string, relPath: string, mode: number): Promise<void>;
}

/** Linux: a handle that only names an entry. */
const O_PATH = 0o10000000;
const MODE_BITS = 0o7777;
const HAS_FD_PATHS = process.platform === 'linux';
const FOLDER_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

function segmentsOf(relPath: string): readonly string[] {
  const parts = relPath.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (isAbsolute(relPath) || parts.length === 0 || parts.includes('..') || relPath.includes('\0')) throw new AppError('fix-failed', `${relPath} does not lie beneath the project folder.`);
  return parts;
}

/** An open folder: where its entries can be named safely. */
interface Folder {
  readonly handle: FileHandle;
  readonly path: string;
}

async function openFolder(path: string): Promise<Folder> {
  // The path may be /proc/self/fd/N/name: O_NOFOLLOW then judges `name`.
  if (!HAS_FD_PATHS && !(await lstat(path)).isDirectory()) throw new AppError('fix-failed', `${path} is not a folder.`);
  const handle = await open(path, FOLDER_FLAGS);
  return { handle, path: HAS_FD_PATHS ? `/proc/self/fd/${handle.fd}` : path };
}

/** Walks to the folder that holds the last segment; `onMissing` may create what is not there. */
async function inParent<T>(rootDir: string, parts: readonly string[], onMissing: ((path: string, relPath: string) => Promise<void>) | undefined, act: (entry: string) => Promise<T>): Promise<T> {
  let folder = await openFolder(rootDir);
  try {
    for (const [index, part] of parts.slice(0, -1).entries()) {
      const path = join(folder.path, part);
      let next: Folder;
      try {
        next = await openFolder(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || onMissing === undefined) throw error;
        await onMissing(path, parts.slice(0, index + 1).join(sep));
        next = await openFolder(path);
      }
      await folder.handle.close();
      folder = next;
    }
    return await act(join(folder.path, parts.at(-1) ?? ''));
  } finally {
    await folder.handle.close().catch(() => undefined);
  }
}

function failure(relPath: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return new AppError('fix-failed', `${relPath} exists already.`, { cause: error });
  if (code === 'ELOOP' || code === 'ENOTDIR') return new AppError('fix-failed', `${relPath} leads through a link or a file.`, { hint: 'Make every folder on the way a real folder.', cause: error });
  if (code === 'ENOTEMPTY') return new AppError('fix-failed', `The folder ${relPath} is no longer empty.`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') return new AppError('fix-failed', `Your user may not change ${relPath}.`, { hint: 'It belongs to another user. Change its owner or remove it as that user.', cause: error });
  return new AppError('fix-failed', `${relPath} could not be changed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

/** The maker for this machine. */
export function hostSourceMaker(): SourceMaker {
  return {
    async missing(rootDir, relPath) {
      const parts = segmentsOf(relPath);
      const paths = parts.map((_, index) => parts.slice(0, index + 1).join(sep));
      const there = await Promise.all(paths.map((path) => lstat(join(rootDir, path)).then(() => true, () => false)));
      return paths.filter((_, index) => there[index] === false);
    },
    async create(rootDir, relPath, kind) {
      const created: string[] = [];
      try {
        const parts = segmentsOf(relPath);
        const owner = await lstat(rootDir);
        // As root the new entry belongs to whom the project belongs, never to root by accident.
        const own = async (path: string): Promise<void> => {
          if (process.getuid?.() === 0 && (owner.uid !== 0 || owner.gid !== 0)) await chown(path, owner.uid, owner.gid);
        };
        const makeFolder = async (path: string, rel: string): Promise<void> => {
          await mkdir(path, { mode: 0o755 });
          created.push(rel);
          await own(path);
        };
        const rel = parts.join(sep);
        await inParent(rootDir, parts, makeFolder, async (entry) => {
          if (kind === 'directory') return makeFolder(entry, rel);
          const file = await open(entry, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o644);
          created.push(rel);
          try {
            if (process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
            await file.sync();
          } finally {
            await file.close();
          }
        });
        return created;
      } catch (error) {
        await this.remove(rootDir, created);
        throw failure(relPath, error);
      }
    },
    async remove(rootDir, relPaths) {
      for (const relPath of [...relPaths].reverse()) await removeIfEmpty(rootDir, relPath);
    },
    async removeEmptyFolder(rootDir, relPath) {
      try {
        await inParent(rootDir, segmentsOf(relPath), undefined, (entry) => rmdir(entry));
      } catch (error) {
        throw failure(relPath, error);
      }
    },
    async modeOf(rootDir, relPath) {
      try {
        return await inParent(rootDir, segmentsOf(relPath), undefined, async (entry) => (await lstat(entry)).mode & MODE_BITS);
      } catch (error) {
        throw failure(relPath, error);
      }
    },
    async setMode(rootDir, relPath, mode) {
      try {
        await inParent(rootDir, segmentsOf(relPath), undefined, (entry) => changeMode(entry, mode));
      } catch (error) {
        throw failure(relPath, error);
      }
    },
  };
}

/** On Linux through a handle that opens what may not be read and follows no link. */
async function changeMode(entry: string, mode: number): Promise<void> {
  if (!HAS_FD_PATHS) {
    if ((await lstat(entry)).isSymbolicLink()) throw new AppError('fix-failed', `${entry} is a link.`);
    await chmod(entry, mode);
    return;
  }
  const handle = await open(entry, O_PATH | (constants.O_NOFOLLOW ?? 0));
  try {
    if ((await handle.stat()).isSymbolicLink()) throw new AppError('fix-failed', `${entry} is a link.`);
    await chmod(`/proc/self/fd/${handle.fd}`, mode);
  } finally {
    await handle.close();
  }
}

async function removeIfEmpty(rootDir: string, relPath: string): Promise<void> {
  try {
    await inParent(rootDir, segmentsOf(relPath), undefined, async (entry) => {
      const found = await lstat(entry);
      if (found.isDirectory()) {
        if ((await readdir(entry)).length === 0) await rmdir(entry);
      } else if (found.isFile() && found.size === 0) {
        await unlink(entry);
      }
    });
  } catch (error) {
    // Gone, or reached only through a link or a file now: then it is not what was made here.
    if (/^(ENOENT|ELOOP|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return;
    throw failure(relPath, error);
  }
}
