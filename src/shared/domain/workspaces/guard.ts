import type { SyncHalt } from './sync-model';

/** What tells one folder from another that later has its name. */
export interface FolderIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

const DELETES_ALWAYS = 50;
const DELETES_SHARE = 0.25;

/** How many removals one run may do by itself. */
export function deleteLimit(known: number): number {
  return Math.max(DELETES_ALWAYS, Math.floor(known * DELETES_SHARE));
}

/** Before anything is read: the folder must be there, and be the one that was synced. A folder that is looked at first has no past. */
export function judgeRoot(root: string, now: FolderIdentity | null, before: FolderIdentity | null): SyncHalt | null {
  if (now === null) return { reason: 'root-missing', root };
  if (before !== null && (before.dev !== now.dev || before.ino !== now.ino)) return { reason: 'root-replaced', root };
  return null;
}

/** After everything is read, before anything is removed. `known`: files that were synced before; `seen`: files that are here. */
export function judgeDeletes(root: string, { deletes, seen, known }: { readonly deletes: number; readonly seen: number; readonly known: number }): SyncHalt | null {
  if (deletes === 0) return null;
  if (seen === 0) return { reason: 'root-emptied', root, known };
  const limit = deleteLimit(known);
  return deletes > limit ? { reason: 'too-many-deletes', deletes, limit, known } : null;
}

/** What a halted run may be approved with: that folder. Removals are approved by a hash of their keys. */
export function approvalOfRoot(identity: FolderIdentity): string {
  return `root-${identity.dev.toString(36)}-${identity.ino.toString(36)}`;
}
