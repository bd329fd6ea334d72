import { createHash } from 'node:crypto';
import { inParallel } from '@shared/kernel/in-parallel';
import { OWN_PREFIX, workspaceOf } from '@shared/domain/workspaces/keys';
import type { SyncStep } from '@shared/domain/workspaces/sync-model';
import { isPlainFile } from '../platform/sync/walk';
import type { RunContext } from './engine-sender';

const PACK = 1_000;
/** What gets this far and is not removed is a conflict, a file that came back, or waits for its workspace. */
export type RemoveStep = Extract<SyncStep, { readonly kind: 'remove' }>;

/** What an approval of these removals stands for: their keys, in order. */
export function approvalOfDeletes(steps: readonly RemoveStep[]): string {
  const hash = createHash('sha256');
  for (const { synced } of steps) hash.update(`${synced.key}\n`);
  return `delete-${hash.digest('hex').slice(0, 24)}`;
}

/** Removes what is still as it was sent. `unsent`: workspaces of which something new is not there yet. */
export async function removeAll(steps: readonly RemoveStep[], context: RunContext, options: { readonly atOnce: number; readonly trashPrefix: string | null; readonly unsent: ReadonlySet<string | null>; readonly onPack: () => void }): Promise<void> {
  const { s3, bucket, prefix, state, tally, signal } = context;
  for (let at = 0; at < steps.length; at += PACK) {
    const pack = steps.slice(at, at + PACK);
    const removable = (await inParallel(pack, options.atOnce, (step) => look(step, context, options.unsent))).filter((step) => step !== null);
    if (removable.length === 0) continue;
    await context.beforeWrite();
    if (options.trashPrefix !== null) {
      const trash = options.trashPrefix;
      await inParallel(removable, options.atOnce, ({ synced }) => s3.copy(bucket, prefix + synced.key, trash + synced.key, signal));
    }
    const failed = new Set((await s3.remove(bucket, removable.map(({ synced }) => prefix + synced.key), signal)).map(({ key }) => key));
    for (const { synced } of removable) {
      if (failed.has(prefix + synced.key)) continue;
      state.forget(synced.key);
      tally.removed(synced.key);
    }
    // What could not be removed stays in the state, and the next run tries again.
    tally.deletesDeferred += failed.size;
    options.onPack();
  }
}

/** The step when its object may go; null otherwise. */
async function look(step: RemoveStep, context: RunContext, unsent: ReadonlySet<string | null>): Promise<RemoveStep | null> {
  const { key, etag } = step.synced;
  const { tally, state } = context;
  if (unsent.has(workspaceOf(key))) {
    tally.deletesDeferred += 1;
    return null;
  }
  // It came back between the look and now.
  if (step.because === 'deleted' && isPlainFile(context.root, key)) return null;
  const there = await context.s3.head(context.bucket, context.prefix + key, context.signal);
  if (there === null) {
    state.forget(key);
    return null;
  }
  if (there.etag === etag || context.mayOverwrite(key, there.etag)) return step;
  tally.conflicts.push({ key, because: 'changed-there', etag: there.etag, localBytes: null, remoteBytes: there.sizeBytes });
  return null;
}

/** Where removed objects are kept for a while: beneath our own prefix, by the time of the run. */
export function trashPrefixOf(prefix: string, nowMs: number): string {
  return `${prefix}${OWN_PREFIX}trash/${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')}/`;
}
