import { approvalOfRoot, judgeDeletes, judgeRoot } from '@shared/domain/workspaces/guard';
import type { SyncStep } from '@shared/domain/workspaces/sync-model';
import { folderIdentity } from '../platform/sync/walk';
import { approvalOfDeletes, type RemoveStep } from './engine-remover';
import { mayOverwrite, seenOf, type EngineCore } from './engine-run';
import { scan } from './engine-scan';
import { Tally } from './engine-tally';
import type { SyncPlan, SyncRequest } from './engine-types';

const STEPS_TOLD = 10_000;

/** What a run would do now. Reads both sides, writes to neither. `core` is the path when there is no folder. */
export async function planRun(core: EngineCore | string, request: SyncRequest, signal: AbortSignal | undefined): Promise<SyncPlan> {
  const counts: Record<SyncStep['kind'], number> = { upload: 0, rehash: 0, adopt: 0, remove: 0, conflict: 0, forget: 0, keep: 0 };
  const empty = { steps: [], counts, bytesToSend: 0, skipped: [] };
  if (typeof core === 'string') return { ...empty, halt: { reason: 'root-missing', root: core }, approval: null };
  const { options, state, s3, root, clock } = core;
  const now = folderIdentity(root);
  const stopped = judgeRoot(options.root, now, state.identity);
  if (stopped !== null) return { ...empty, halt: stopped, approval: now === null ? null : approvalOfRoot(now) };
  const tally = new Tally(() => clock.monotonic());
  const steps: SyncPlan['steps'][number][] = [];
  const removals: RemoveStep[] = [];
  let bytesToSend = 0;
  const { bucket, prefix } = options.destination;
  for await (const step of scan({ s3, bucket, prefix, root, state, tally, signal, workspace: request.workspace, settings: options.settings, listing: state.dirty || request.verify === true || (request.keepLocal ?? []).length > 0, mayOverwrite: mayOverwrite(state, request), onKeep: () => void (counts.keep += 1) })) {
    counts[step.kind] += 1;
    if (step.kind === 'remove') removals.push(step);
    if (step.kind === 'upload' || step.kind === 'rehash' || step.kind === 'adopt') bytesToSend += step.local.sizeBytes;
    if (steps.length < STEPS_TOLD) steps.push(toldStep(step));
  }
  const halt = judgeDeletes(options.root, { deletes: removals.length, seen: seenOf(request, tally.files), known: tally.known });
  return { steps, counts, bytesToSend, halt, approval: halt === null ? null : approvalOfDeletes(removals), skipped: tally.skipped };
}

function toldStep(step: Exclude<SyncStep, { readonly kind: 'keep' }>): SyncPlan['steps'][number] {
  switch (step.kind) {
    case 'remove':
      return { kind: step.kind, key: step.synced.key, because: step.because, sizeBytes: step.synced.sizeBytes };
    case 'conflict':
      return { kind: step.kind, key: step.key, because: step.because };
    case 'forget':
      return { kind: step.kind, key: step.key };
    default:
      return { kind: step.kind, key: step.local.key, sizeBytes: step.local.sizeBytes };
  }
}
