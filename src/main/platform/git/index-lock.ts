import { constants } from 'node:fs';
import { copyFile, link, open, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';

/** Git's own lock of the index, held by us: while it is there no other git changes the index. Its text says whose it is. */
export async function lockIndex(gitDir: string, operationId: string): Promise<void> {
  const lock = join(gitDir, 'index.lock');
  const mine = join(gitDir, `index.lock.berth-${operationId}`);
  // Written whole under another name first: a crash never leaves a lock of which nobody knows whose it is.
  await writeFile(mine, ownerText(operationId));
  try {
    await link(mine, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (await isOurs(gitDir, operationId)) return;
    throw new AppError('busy', 'Another git command works in this folder.', { hint: `Wait for it. If none runs, one was ended in the middle: remove ${lock}.`, where: { file: lock } });
  } finally {
    await rm(mine, { force: true });
  }
}

/** Gone already is fine; a lock of somebody else is left alone. */
export async function unlockIndex(gitDir: string, operationId: string): Promise<void> {
  if (await isOurs(gitDir, operationId)) await unlink(join(gitDir, 'index.lock')).catch(() => undefined);
}

async function isOurs(gitDir: string, operationId: string): Promise<boolean> {
  return (await readFile(join(gitDir, 'index.lock'), 'utf8').catch(() => '')) === ownerText(operationId);
}

function ownerText(operationId: string): string {
  return `berth ${operationId}\n`;
}

/**
 * Copies an index with its time; false when there is none. Git looks into a file whose time is not older than that of the index, since it may have been
 * changed again within the same tick: with a later time a copy would have it take such a file for unchanged.
 */
export async function copyIndex(from: string, to: string): Promise<boolean> {
  let mtimeMs: number;
  try {
    ({ mtimeMs } = await stat(from));
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const handle = await open(to, 'r+');
  try {
    // Rather a little earlier: then git looks once more than it must.
    await handle.utimes(Math.floor(mtimeMs) / 1_000, Math.floor(mtimeMs) / 1_000);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

/** Puts a prepared index in the place of the index as one step; without one the index goes. */
export async function installIndex(gitDir: string, prepared: string | null): Promise<void> {
  if (prepared === null) await rm(join(gitDir, 'index'), { force: true });
  else await rename(prepared, join(gitDir, 'index'));
}
