import { madeInGitText, type MadeInGit } from '@shared/domain/gitops/plan/made-in-git';
import { backupPath, changeFolder, inverseOf, isState, originalPath, stampOf, type FileState, type TreeChange } from '@shared/domain/gitops/plan/tree-change';
import { textOf } from '@shared/domain/operations/operation-input';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { StagedSource } from '@main/platform/tree-change';
import type { KeptChange } from './changes-store';
import { changeInTurn, type ResolveDependencies } from './resolve-dependencies';
import { tellStates } from './tell-states';

const AT_ONCE = 16;
/** Whoever sends the folder waits no longer than for so many files. */
const PORTION = 50;

/** The operation `gitops.rollback`: every file of a resolution gets back its bytes, its mode and its time. Refused as a whole where one of them was edited since. */
export function rollbackOperation(deps: ResolveDependencies): OperationKind {
  return {
    kind: 'gitops.rollback',
    needsEngine: false,
    async prepare(input) {
      const id = textOf(input, 'id');
      const kept = await changeOf(deps, id);
      return { id, dir: kept.change.rootDir, ...(kept.projectId === null ? {} : { project: kept.projectId }) };
    },
    key: (input) => `gitops:${textOf(input, 'dir')}`,
    title: (input) => `Take the resolution in ${textOf(input, 'dir')} back`,
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    async describe(input) {
      const id = textOf(input, 'id');
      const { change } = await changeOf(deps, id);
      return describeTakingBack(change, await statesNow(deps, change), await deps.changes.madeInGit(id));
    },
    run: (context, input) => run(deps, context, input),
    rollback: (context) => putBack(deps, context),
    async finish(context, input) {
      await settle(deps, context.operationId, textOf(input, 'id'));
      return resultOf(context, input, context.records.find((record) => record.name === 'gitops.result')?.intent ?? {});
    },
  };
}

async function changeOf(deps: ResolveDependencies, id: string): Promise<KeptChange> {
  const kept = await deps.changes.get(id);
  if (kept === null) throw new AppError('operation-not-found', `There is no resolution ${id} that could be taken back.`, { hint: 'See `berth operations list`. The newest of a folder are kept: `berth settings list`, operations.keepResolutions.' });
  if (kept.state !== 'done') throw new AppError('input-invalid', kept.state === 'begun' ? 'It has not ended yet.' : 'It was taken back already.');
  return kept;
}

async function run(deps: ResolveDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const began = deps.now();
  const id = textOf(input, 'id');
  const { change, groups, projectId } = await changeOf(deps, id);
  const lock = await deps.lock(change.rootDir);
  try {
    const now = await statesNow(deps, change);
    const undo = inverseOf(change, now, context.operationId, stampOf(began.toISOString()));
    const wanted = undo.entries.filter((_, index) => isOther(change, now, index));
    const made: TreeChange = { ...undo, entries: wanted };
    context.progress({ step: 0, of: wanted.length, message: 'Putting files back' });
    await context.effect('gitops.backup', { root: change.rootDir, folder: changeFolder(context.operationId), files: wanted.length }, async () => {
      await deps.changes.put(context.operationId, { change: made, groups: [], state: 'begun', madeAt: began.toISOString(), projectId });
      // What is there was made by the resolution, and each file is kept until the end.
      await deps.changer.stage(made, sourcesOf(change), 'no-copies');
      return null;
    });
    for (let at = 0; at < wanted.length; at += PORTION) {
      const portion = wanted.slice(at, at + PORTION);
      await context.effect('gitops.apply', { root: change.rootDir, paths: portion.map((entry) => entry.path) }, () => changeInTurn(deps, change.rootDir, context.signal, () => deps.changer.apply(made, portion)));
      context.progress({ step: at + portion.length, of: wanted.length });
    }
    const left = await deps.changes.madeInGit(id);
    const result = { restored: wanted.map((entry) => entry.path), left: left === null ? null : { ...left }, durationMs: deps.now().getTime() - began.getTime() };
    await context.note('gitops.result', result);
    await context.commit();
    await settle(deps, context.operationId, id);
    await tellStates(deps, projectId, groups, () => ({ resolution_status: 'rolled_back' }));
    return resultOf(context, input, result);
  } finally {
    lock.dispose();
  }
}

/** Whether a file is not yet again what it was before. */
function isOther(change: TreeChange, now: ReadonlyMap<string, FileState>, index: number): boolean {
  const entry = change.entries[index];
  return entry !== undefined && !isState(now.get(entry.path) ?? { kind: 'missing' }, entry.before);
}

function describeTakingBack(change: TreeChange, now: ReadonlyMap<string, FileState>, made: MadeInGit | null): StructuralPlan | null {
  const files = change.entries.filter((_, index) => isOther(change, now, index));
  if (files.length === 0) return null;
  return {
    change: 'undo',
    rootDir: change.rootDir,
    backups: '.berth/backups',
    steps: [`Put every file back as it was before the resolution, from ${changeFolder(change.operationId)}: its bytes, its mode and its time`],
    files: files.map(({ path, before, after }) => ({ path, change: before.kind === 'missing' ? 'remove' : after.kind === 'missing' ? 'create' : 'change' })),
    optionalFiles: [],
    unchangedFiles: [],
    risks: ['Nothing is taken back when one of these files is edited meanwhile.', ...(made === null ? [] : [`In git there is still ${madeInGitText(made)} afterwards; what is put back is not committed.`])],
    rollback: ['If a step fails, every file gets back what it has now.'],
  };
}

/** What stands there now. Refused where it is neither what the resolution left nor what was there before: that is somebody's work. */
async function statesNow(deps: ResolveDependencies, change: TreeChange): Promise<ReadonlyMap<string, FileState>> {
  const states = await inParallel(change.entries, AT_ONCE, async (entry): Promise<readonly [string, FileState]> => {
    const { state } = await deps.changer.look(change.rootDir, entry.path);
    if (!isState(state, entry.after) && !isState(state, entry.before)) throw edited(change, entry.path);
    return [entry.path, state];
  });
  return new Map(states);
}

function edited(change: TreeChange, path: string): AppError {
  const backup = backupPath(change, path);
  const isNew = change.entries.find((one) => one.path === path)?.before.kind === 'missing';
  return new AppError('plan-stale', `${path} was edited since, so nothing was taken back.`, { hint: isNew ? 'Move it away, then try again.' : `What it was before is in ${backup}.`, where: { file: `${change.rootDir}/${path}` }, details: { backup: isNew ? null : backup } });
}

/** The very files, as long as they are what they were; else their copies. */
function sourcesOf(change: TreeChange): ReadonlyMap<string, StagedSource> {
  return new Map(change.entries.flatMap(({ path, before }) => (before.kind === 'missing' ? [] : [[path, { kind: 'file', relPath: originalPath(change, path), state: before, spare: backupPath(change, path) } as const] as const])));
}

async function putBack(deps: ResolveDependencies, context: RecoveryContext): Promise<void> {
  const kept = await deps.changes.get(context.operationId);
  if (kept === null) return;
  await context.effect('gitops.put-back', { root: kept.change.rootDir }, async () => {
    const foreign = await deps.changer.revert(kept.change);
    for (const path of foreign) context.log(`${path} was changed meanwhile by somebody else and is left as it is.`);
    if (foreign.length === 0) await deps.changer.tidy(kept.change, 'all');
    await deps.changes.remove(context.operationId);
    return null;
  });
}

/** What was taken back needs its own files no longer; the copies of both stay until they are too old. */
async function settle(deps: ResolveDependencies, operationId: string, takenBack: string): Promise<void> {
  const [own, other] = [await deps.changes.get(operationId), await deps.changes.get(takenBack)];
  if (other !== null) {
    await deps.changer.tidy(other.change, 'originals');
    await deps.changes.settle(takenBack, 'taken-back');
    await deps.changer.removeFolders(other.change);
  }
  if (own === null) return;
  await deps.changer.tidy(own.change, 'originals');
  await deps.changes.settle(operationId, 'taken-back');
}

function resultOf(context: { readonly operationId: string }, input: JsonObject, result: JsonObject): Json {
  return { operationId: context.operationId, takenBack: textOf(input, 'id'), dir: textOf(input, 'dir'), restored: [], left: null, durationMs: 0, ...result };
}
