import { constants } from 'node:fs';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { pathExists, syncFolder } from './files';

/** A file that is being made: it has its name only once it is whole. */
export interface NewFile {
  write(data: Uint8Array | string): Promise<void>;
  /** Makes what was written last. */
  sync(): Promise<void>;
}

/** Where a file is written before it is whole. */
function unfinished(file: string): string {
  return join(dirname(file), `.${basename(file)}.berth-download`);
}

/** Takes away what an interrupted writing of this file left. */
export async function discardNewFile(file: string): Promise<void> {
  await rm(unfinished(file), { force: true });
}

/** Has a file written beside its place, and gives it its name when all of it is there. One that exists is never written over. */
export async function writeNewFile<T>(file: string, fill: (made: NewFile) => Promise<T>): Promise<T> {
  if (await pathExists(file)) throw exists(file);
  const handle = await created(file);
  try {
    const made: NewFile = {
      write: (data) => handle.writeFile(data).catch((error: unknown) => Promise.reject(fileFailure(error, file))),
      sync: () => handle.sync(),
    };
    const result = await fill(made).finally(() => handle.close());
    await keep(file);
    return result;
  } catch (error) {
    await discardNewFile(file);
    throw error;
  }
}

function exists(file: string): AppError {
  return new AppError('input-invalid', `${file} exists already.`, { hint: 'Name a file that does not exist yet.', where: { file } });
}

async function created(file: string): Promise<FileHandle> {
  try {
    await discardNewFile(file);
    return await open(unfinished(file), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
  } catch (error) {
    throw fileFailure(error, file);
  }
}

function fileFailure(error: unknown, file: string): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || error instanceof AppError) return error instanceof Error ? error : new Error(String(error));
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('disk-full', `There is no space left for ${file}.`, { where: { file }, cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('input-invalid', `There is no folder ${dirname(file)}.`, { where: { file }, cause: error });
  return new AppError('file-unreadable', `${file} cannot be written (${code}).`, { where: { file }, cause: error });
}

/** Never over a file that somebody made meanwhile: a hard link is refused then. File systems without links are asked first. */
async function keep(file: string): Promise<void> {
  const from = unfinished(file);
  try {
    await link(from, file);
    await rm(from, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file);
    if (await lstat(file).then(() => true, () => false)) throw exists(file);
    await rename(from, file).catch((thrown: unknown) => {
      throw fileFailure(thrown, file);
    });
  }
  await syncFolder(dirname(file));
}
