import type { SyncHalt } from './sync-model';

/** What a halted run says: why, and what to do. */
export interface HaltWords {
  readonly message: string;
  readonly hint: string;
}

/** A halt in words. `approval` is what lets exactly these deletions pass; null where something else has to be mended. */
export function haltWords(halt: SyncHalt, approval: string | null): HaltWords {
  const goOn = approval === null ? 'Look at the folder, then sync again.' : `If that is meant: berth workspaces sync --approve ${approval}`;
  switch (halt.reason) {
    case 'root-missing':
      return { message: `The workspaces folder ${halt.root} is not there, so nothing was removed from the bucket.`, hint: 'Bring the folder back, or mount what it lies on.' };
    case 'root-replaced':
      return { message: `${halt.root} is another folder than the one that was synced before, so nothing was removed from the bucket.`, hint: goOn };
    case 'root-emptied':
      return { message: `${halt.root} is empty, but ${counted(halt.known, 'file')} of it ${halt.known === 1 ? 'is' : 'are'} in the bucket, so nothing was removed there.`, hint: goOn };
    case 'too-many-deletes':
      return { message: `${counted(halt.deletes, 'object')} of ${String(halt.known)} would be removed from the bucket, more than ${String(halt.limit)}, so nothing was removed.`, hint: goOn };
    case 'destination-foreign':
      return { message: `The bucket is not what was synced to before: ${halt.detail}. Nothing was removed.`, hint: goOn };
  }
}

/** Why a key was neither sent nor removed. */
export function conflictWords(key: string, because: 'changed-there' | 'not-ours' | 'removed-there'): string {
  switch (because) {
    case 'changed-there':
      return `${key} was changed in the bucket by somebody else since it was sent. Both versions are kept.`;
    case 'not-ours':
      return `${key} was already in the bucket with other content. Both versions are kept.`;
    case 'removed-there':
      return `${key} was removed from the bucket by somebody else. The file here is kept.`;
  }
}

/** Why something of the folder is never sent. */
export function skippedWords(key: string, reason: string): string {
  switch (reason) {
    case 'symlink':
      return `${key} is a symbolic link; links are not sent.`;
    case 'special':
      return `${key} is neither a file nor a folder.`;
    case 'name-not-utf8':
      return `${key}: its name is no valid text, so no object can have it.`;
    case 'name-too-long':
      return `${key}: its path is longer than 1,024 bytes, so no object can have it.`;
    case 'unreadable':
      return `${key} cannot be read.`;
    case 'reserved':
      return `${key}: .berth is Berth’s own place in the bucket.`;
    case 'busy':
      return `${key} was being written the whole time; it is sent when it rests.`;
    default:
      return `${key} is not sent: ${reason}.`;
  }
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** 1 - bucket / whole in percent, one decimal, never below 0; null while one is not known or there is nothing. */
export function savingsPercent(wholeBytes: number | null, bucketBytes: number | null): number | null {
  if (wholeBytes === null || bucketBytes === null || wholeBytes <= 0) return null;
  return Math.max(0, Math.round((1 - bucketBytes / wholeBytes) * 1_000) / 10);
}
