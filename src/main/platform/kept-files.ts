import { copyFile, link, mkdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inFolderOf, syncFolder } from './files';

/** Files of a project that are moved aside before something else takes their place. */
export interface KeptFiles {
  /** Where a file was put, absolute. */
  placeOf(operationId: string, relPath: string): string;
  /** Moves it out of the project. Not there is fine. */
  moveAside(rootDir: string, relPath: string, operationId: string): Promise<void>;
  /** The way back; nothing where there is nothing to bring back. */
  bringBack(rootDir: string, relPath: string, operationId: string): Promise<void>;
  /** Has `write` make a new file beneath the folder, by a path that follows no link of the project. */
  fill(rootDir: string, relPath: string, write: (path: string) => Promise<unknown>): Promise<void>;
  /** Not there is fine. */
  removeFile(rootDir: string, relPath: string): Promise<void>;
}

/** Kept beneath `folder`, by operation. No symbolic link of the project is followed. */
export function keptFiles(folder: string): KeptFiles {
  const placeOf = (operationId: string, relPath: string): string => join(folder, operationId, relPath);
  return {
    placeOf,
    async moveAside(rootDir, relPath, operationId) {
      const place = placeOf(operationId, relPath);
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      await inFolderOf(rootDir, relPath, async (dir, name) => {
        await move(join(dir, name), place);
        await syncFolder(dir);
      }).catch(missingIsFine);
    },
    async bringBack(rootDir, relPath, operationId) {
      await inFolderOf(rootDir, relPath, async (dir, name) => {
        await move(placeOf(operationId, relPath), join(dir, name));
        await syncFolder(dir);
      }).catch(missingIsFine);
    },
    fill: (rootDir, relPath, write) => inFolderOf(rootDir, relPath, async (dir, name) => void (await write(join(dir, name)))),
    async removeFile(rootDir, relPath) {
      await inFolderOf(rootDir, relPath, (dir, name) => rm(join(dir, name), { force: true })).catch(missingIsFine);
    },
  };
}

/** A rename; a copy where the state folder lies on another disk. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, `${to}.part`);
    await link(`${to}.part`, to).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    });
    await unlink(`${to}.part`);
    await unlink(from);
  }
}

function missingIsFine(error: unknown): void {
  const code = (error as NodeJS.ErrnoException).code ?? (error as { readonly cause?: NodeJS.ErrnoException }).cause?.code;
  if (code !== 'ENOENT') throw error;
}
