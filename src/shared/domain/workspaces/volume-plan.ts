import { deleteLimit } from './guard';
import { workspaceOf } from './keys';

/** A file as it was sent to the bucket. */
export interface SentFile {
  readonly key: string;
  readonly sizeBytes: number;
  /** Hex; '' where only its size was ever compared. */
  readonly md5: string;
}

/** What is known of a part of what was sent. */
export interface SentFiles {
  readonly files: readonly SentFile[];
  /** False while a run is open: then a file that is not among them may have been sent all the same. */
  readonly complete: boolean;
}

/** Which part of the volume is looked at. */
export type VolumeScope =
  /** Everything, or whole workspaces. */
  | { readonly workspaces: readonly string[] | null }
  /** These files alone. */
  | { readonly keys: readonly string[] };

/** What brings a volume in step with what was sent. */
export interface VolumePlan {
  readonly put: readonly SentFile[];
  readonly remove: readonly string[];
  /** Removals that are not certain and too many to be done on suspicion. */
  readonly withheld: number;
}

/** Whether a key belongs to a part. Files beside the workspaces are those of `.`. */
export function inScope(scope: VolumeScope): (key: string) => boolean {
  if ('keys' in scope) {
    const keys = new Set(scope.keys);
    return (key) => keys.has(key);
  }
  if (scope.workspaces === null) return () => true;
  const names = new Set(scope.workspaces);
  return (key) => names.has(workspaceOf(key) ?? '.');
}

/**
 * Compares what lies in the volume (`held`, by key) with what was sent. The volume is never ahead of the bucket, and what a halted run did not remove there stays here too. While it is not certain what was sent, no more
 * is removed than a run would remove by itself.
 */
export function planVolume(held: ReadonlyMap<string, SentFile>, sent: SentFiles, scope: VolumeScope): VolumePlan {
  const wanted = new Set(sent.files.map(({ key }) => key));
  const put = sent.files.filter(({ key, md5 }) => md5 !== '' && held.get(key)?.md5 !== md5);
  const within = inScope(scope);
  const gone = [...held.keys()].filter((key) => within(key) && !wanted.has(key)).sort();
  const isCertain = sent.complete || (wanted.size > 0 && gone.length <= deleteLimit(held.size));
  return { put, remove: isCertain ? gone : [], withheld: isCertain ? 0 : gone.length };
}
