import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';

/** The real path of a folder the user named. Rejects with `project-not-found` or `file-unreadable`, one sentence each. */
export async function realFolder(path: string): Promise<string> {
  let real: string;
  try {
    real = await realpath(path);
    if (!(await stat(real)).isDirectory()) {
      throw new AppError('project-not-found', `${path} is a file, not a folder.`, { hint: 'Name the folder that holds the compose files.', where: { file: path } });
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw folderError(path, error);
  }
  try {
    await access(real, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw folderError(path, error);
  }
  return real;
}

function folderError(path: string, cause: unknown): AppError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('file-unreadable', `The folder ${path} cannot be read.`, { hint: 'Give your user the right to read it, or open another folder.', where: { file: path }, cause });
  }
  return new AppError('project-not-found', `There is no folder at ${path}.`, { hint: 'Check the path, or open another folder.', where: { file: path }, cause });
}

/**
 * A text that changes when one of the files changes, appears or goes: size, mtime, ctime and inode of each.
 * Cheap enough to ask on every load.
 */
export async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    [...new Set(paths)].sort().map(async (path) => {
      try {
        const found = await stat(path, { bigint: true });
        return `${path}:${found.size}:${found.mtimeNs}:${found.ctimeNs}:${found.ino}`;
      } catch (error) {
        return `${path}:${(error as NodeJS.ErrnoException).code ?? 'error'}`;
      }
    }),
  );
  return parts.join('\n');
}

/** Names in a folder that can decide which modes it has: compose files, berth.yaml and .env files; absolute. */
export async function modeFiles(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir);
    return names.filter((name) => /compose|\.ya?ml$|^\.env/i.test(name)).map((name) => `${dir}/${name}`);
  } catch (error) {
    throw folderError(dir, error);
  }
}

/** Where each path really leads. A path that does not exist is resolved as far as its nearest existing parent. */
export async function realPaths(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return new Map(await Promise.all([...new Set(paths)].map(async (path): Promise<[string, string]> => [path, await realPath(path)])));
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}
