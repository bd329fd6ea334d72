import { randomBytes } from 'node:crypto';
import { close, constants, fstat, open as openFd, read } from 'node:fs';
import { lstat, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@shared/kernel/app-error';

/** The most a compose file, env file or berth.yaml may have. */
export const PROJECT_FILE_MAX_BYTES = 1024 * 1024;

/**
 * The bytes of a file the user named. Only a regular file is read, never a device or pipe, and never more than the
 * limit. Rejects with `compose-not-found` when it is not there, `file-unreadable` otherwise.
 */
export async function readProjectFile(path: string, maxBytes = PROJECT_FILE_MAX_BYTES): Promise<Uint8Array> {
  try {
    return await readRegular(path, maxBytes);
  } catch (error) {
    throw readError(path, error);
  }
}

/** The same for a file that may be missing. */
export async function readOptionalFile(path: string, maxBytes = PROJECT_FILE_MAX_BYTES): Promise<Uint8Array | undefined> {
  try {
    return await readRegular(path, maxBytes);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw readError(path, error);
  }
}

// A load waits for each of these in turn; with handles that are promises it waits half as long again.
const openFile = promisify(openFd);
const statFile = promisify(fstat);
const readFile = promisify(read);

async function readRegular(path: string, maxBytes: number): Promise<Uint8Array> {
  // Without O_NONBLOCK the open of a pipe that nobody writes to never comes back.
  const fd = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return await readLimited(fd, path, maxBytes);
  } finally {
    // Nobody waits for it: what was read is read.
    close(fd, () => undefined);
  }
}

async function readLimited(fd: number, path: string, maxBytes: number): Promise<Uint8Array> {
  const found = await statFile(fd);
  if (!found.isFile()) {
    throw new AppError('file-unreadable', `${path} is ${found.isDirectory() ? 'a folder' : 'not a regular file'}.`, { where: { file: path }, hint: 'Name a compose file.' });
  }
  if (found.size > maxBytes) throw tooLarge(path, maxBytes);
  // One byte more than allowed: the file may grow while it is read.
  const buffer = Buffer.alloc(Math.min(found.size, maxBytes) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await readFile(fd, buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (length > maxBytes || length === buffer.length) throw tooLarge(path, maxBytes);
    // One byte more was asked for: there is none.
    if (bytesRead === 0 || length === found.size) return buffer.subarray(0, length);
  }
}

function tooLarge(path: string, maxBytes: number): AppError {
  return new AppError('file-unreadable', `${path} is larger than ${Math.round(maxBytes / 1024)} KiB, which is the most Berth reads of one file.`, { where: { file: path } });
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function readError(path: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isMissing(error)) return new AppError('compose-not-found', `There is no file ${path}.`, { where: { file: path }, hint: 'Check the path.', cause: error });
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
      return new AppError('file-unreadable', `${path} cannot be read.`, { where: { file: path }, hint: 'Give your user the right to read it.', cause: error });
    case 'ELOOP':
      return new AppError('file-unreadable', `${path} is a link that leads in a circle.`, { where: { file: path }, hint: 'Remove the link and put the file in its place.', cause: error });
    case 'EISDIR':
      return new AppError('file-unreadable', `${path} is a folder.`, { where: { file: path }, hint: 'Move it away and put the file in its place.', cause: error });
    case 'ENXIO':
      return new AppError('file-unreadable', `${path} is not a regular file.`, { where: { file: path }, hint: 'Move it away and put the file in its place.', cause: error });
    default:
      return new AppError('file-unreadable', `${path} cannot be read: ${(error as Error).message}.`, { where: { file: path }, cause: error });
  }
}

/** Names in a folder. Rejects with `compose-not-found` when there is no such folder, `file-unreadable` when it cannot be listed. */
export async function listFolder(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new AppError('compose-not-found', `There is no folder ${dir}.`, { where: { file: dir }, hint: 'Check the path.', cause: error });
    throw new AppError('file-unreadable', `The folder ${dir} cannot be read.`, { where: { file: dir }, hint: 'Give your user the right to read it.', cause: error });
  }
}

/** Names of the folders in a folder, links left out; none when it is not there or cannot be listed. */
export async function listFolders(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Whether anything is at a path; a link counts by itself. */
export async function pathExists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Whether a path leads to a folder. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

const ON_LINUX = process.platform === 'linux';
const FOLDER_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A folder held open: entries are named through it, so that swapping a folder for a link changes nothing. */
interface HeldFolder {
  readonly handle: FileHandle | undefined;
  readonly path: string;
}

function beneath(relPath: string): readonly string[] {
  const parts = relPath.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || isAbsolute(relPath) || parts.includes('..') || relPath.includes('\0')) throw escapes(relPath);
  return parts;
}

function escapes(relPath: string): AppError {
  return new AppError('file-unreadable', `${relPath} does not lie beneath the project folder.`, { hint: 'Berth writes only inside the folder of the project, and follows no links there.' });
}

async function holdFolder(path: string): Promise<HeldFolder> {
  // Elsewhere than on Linux there is no name for an open folder: each step is looked at just before it is used.
  if (!ON_LINUX) {
    if (!(await lstat(path)).isDirectory()) throw new AppError('file-unreadable', `${path} is not a folder.`);
    return { handle: undefined, path };
  }
  const handle = await open(path, FOLDER_FLAGS);
  return { handle, path: `/proc/self/fd/${handle.fd}` };
}

/** Walks from the root to the folder of the last part without following a link, and hands it over while it is held open. */
export async function inFolderOf<T>(rootDir: string, relPath: string, act: (folder: string, name: string) => Promise<T>): Promise<T> {
  const parts = beneath(relPath);
  const held: HeldFolder[] = [];
  try {
    // The root itself is what the user opened: a link there was followed once, when its real path was taken.
    let folder = await holdFolder(rootDir);
    held.push(folder);
    for (const part of parts.slice(0, -1)) {
      folder = await holdFolder(join(folder.path, part));
      held.push(folder);
    }
    return await act(folder.path, parts[parts.length - 1] ?? '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'ENOTDIR') throw escapes(relPath);
    throw readError(join(rootDir, relPath), error);
  } finally {
    for (const { handle } of held.reverse()) await handle?.close();
  }
}

/** The bytes of a file beneath a folder; no link on the way is followed. Rejects with `compose-not-found` or `file-unreadable`. */
export function readBeneath(rootDir: string, relPath: string, maxBytes = PROJECT_FILE_MAX_BYTES): Promise<Uint8Array> {
  return inFolderOf(rootDir, relPath, async (folder, name) => {
    const handle = await open(join(folder, name), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    try {
      return await readLimited(handle.fd, join(rootDir, relPath), maxBytes);
    } finally {
      await handle.close();
    }
  });
}

/**
 * Replaces (or creates) a file beneath a folder as one step: a reader sees the old bytes or the new ones, also after
 * a power cut. Mode and owner of the old file are kept; a link in its place or on the way is refused.
 */
export function replaceBeneath(rootDir: string, relPath: string, bytes: Uint8Array): Promise<void> {
  return inFolderOf(rootDir, relPath, async (folder, name) => {
    const target = join(folder, name);
    const old = await lstat(target).catch(() => undefined);
    if (old !== undefined && !old.isFile()) throw escapes(relPath);
    const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), old === undefined ? 0o644 : old.mode & 0o777);
    try {
      await handle.writeFile(bytes);
      if (old !== undefined && ON_LINUX) {
        await handle.chmod(old.mode & 0o777);
        // Only root may give a file away; anyone else owns what they may replace.
        await handle.chown(old.uid, old.gid).catch(() => undefined);
      }
      await handle.sync();
      await handle.close();
      await rename(temporary, target);
    } catch (error) {
      await handle.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  });
}

/** Makes a rename last. Windows cannot open a folder for that, and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(ON_LINUX ? join(folder, '.') : dirname(join(folder, 'x')), constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
