import { AppError } from '@shared/kernel/app-error';
import type { DamagedObject } from './types';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The failure for objects that are not what was written. */
export function damaged(objects: readonly DamagedObject[], why: string, cause?: unknown): AppError {
  const [first] = objects;
  const more = objects.length > 1 ? ` and ${String(objects.length - 1)} more` : '';
  return new AppError('damaged', `${first?.object ?? 'Something'}${more} of the snapshots is damaged: ${why}`, {
    hint: 'Verify the snapshots to see which of them are whole; others are not affected.',
    details: { damaged: objects.map(({ object, part }) => ({ object, part })) },
    cause,
  });
}

/** What a `damaged` error names. */
export function damagedIn(error: unknown): readonly DamagedObject[] | null {
  if (!(error instanceof AppError) || error.code !== 'damaged') return null;
  return (error.details?.['damaged'] ?? []) as unknown as readonly DamagedObject[];
}

/** Whether an error says that something is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not-found';
}

/** The failure of a call to the file system of a repository. */
export function folderFailure(error: unknown, where: string, name: string): AppError {
  if (error instanceof AppError) {
    if (error.code === 'compose-not-found') return missingObject(where, name, error);
    return error.code === 'file-unreadable' ? unreachable(where, error.message, error) : error;
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (FULL.has(code)) return new AppError('disk-full', `There is no space left for snapshots in ${where}.`, { hint: 'Free some space, or remove old snapshots and prune; those that are there stay as they are.', cause: error });
  if (code === 'ENOENT') return missingObject(where, name, error);
  return unreachable(where, code === '' ? message : code, error);
}

export function missingObject(where: string, name: string, cause?: unknown): AppError {
  return new AppError('not-found', `There is no ${name} in ${where}.`, { cause });
}

function unreachable(where: string, why: string, cause: unknown): AppError {
  return new AppError('storage-unreachable', `The snapshots in ${where} cannot be reached (${why}).`, { hint: 'Check that the disk is there and that your user may read and write in the folder.', cause });
}

export function cancelled(): AppError {
  return new AppError('cancelled', 'Cancelled.');
}
