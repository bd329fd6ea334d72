import { isSame, isSameContent, restoreOrder, withFolders, type EntryState } from '@shared/domain/operations/backup';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { backedUpBytes, readBackup } from '@main/operations/structural';
import type { OperationContext, RecoveryContext } from '@main/operations/types';
import { sha256Of } from '@main/platform/backup-folder';
import type { FileStep, RestoreDependencies, RestoreTarget } from './restore-types';

const PUT = 'file.put';
const NEW_FOLDER_MODE = 0o755;

type Deps = Pick<RestoreDependencies, 'folder' | 'store'>;

/** What the files of a project are going to be; null when every one of them is as it was. Values of env files are not in it. */
export function restoreFilesPlan(dir: string, snapshotId: string, files: readonly FileStep[]): StructuralPlan | null {
  const changed = files.filter((one) => one.action !== 'same');
  if (changed.length === 0) return null;
  return {
    change: 'restore',
    rootDir: dir,
    steps: [`Put the files back as they are in the snapshot ${snapshotId}`],
    files: changed.map(({ path, action }) => ({ path, change: action === 'create' ? 'create' : action === 'remove' ? 'remove' : 'change' })),
    optionalFiles: [],
    unchangedFiles: files.filter((one) => one.action === 'same').map((one) => one.path),
    risks: ['What was changed in these files since the snapshot is only in the backup afterwards.'],
    rollback: ['If a step fails, the files get their present bytes back.', 'Afterwards `berth operations undo` puts the files back.'],
  };
}

/** Puts the files where they differ, each as an effect of its own. The backup of the operation has what was there. */
export async function putFiles(deps: Deps, context: OperationContext, target: Pick<RestoreTarget, 'dir'>, files: readonly FileStep[]): Promise<void> {
  const changed = files.filter((one) => one.action !== 'same');
  if (changed.length === 0) return;
  const backup = await readBackup(deps.store, context.operationId);
  const missed = changed.find((one) => backup?.files.some((file) => file.path === one.path && isSame(file.before, one.now.state)) !== true);
  if (missed !== undefined) throw new AppError('plan-stale', `${missed.path} was changed meanwhile.`, { hint: 'Look at the plan again, then restore.' });
  for (const file of changed) {
    const state: EntryState = file.then === null ? { kind: 'missing' } : { kind: 'file', sha256: sha256Of(file.then.bytes), mode: file.then.mode };
    await context.effect(PUT, { path: file.path, state: state as unknown as JsonObject }, async () => {
      if (!isSame((await deps.folder.look(target.dir, file.path)).state, file.now.state)) throw new AppError('plan-stale', `${file.path} was changed meanwhile.`, { hint: 'Look at the plan again, then restore.' });
      await makeFolders(deps, target.dir, file.path);
      await deps.folder.put(target.dir, file.path, state, file.then?.bytes ?? null, file.then?.owned);
      return null;
    });
  }
}

async function makeFolders(deps: Pick<Deps, 'folder'>, dir: string, path: string): Promise<void> {
  for (const folder of withFolders([path]).slice(0, -1)) {
    if ((await deps.folder.look(dir, folder)).state.kind === 'missing') await deps.folder.put(dir, folder, { kind: 'folder', mode: NEW_FOLDER_MODE }, null);
  }
}

/** Puts back what stood there, where it still is what the restore wrote; twice is as good as once. */
export async function putFilesBack(deps: Deps, context: RecoveryContext): Promise<void> {
  const puts = new Map(context.records.filter((one) => one.name === PUT && !one.undone).map((one) => [String(one.intent['path']), one]));
  if (puts.size === 0) return;
  const backup = await readBackup(deps.store, context.operationId);
  if (backup === null) throw new AppError('needs-attention', 'The backup of the files is gone, so they cannot be put back.', { hint: 'Restore the snapshot that was made before.' });
  const folders = new Set([...puts.keys()].flatMap((path) => withFolders([path]).slice(0, -1)));
  for (const entry of restoreOrder(backup.files)) {
    const put = puts.get(entry.path);
    if (put === undefined && !(folders.has(entry.path) && entry.before.kind === 'missing')) continue;
    await context.effect('file.put-back', { path: entry.path, ...(put === undefined ? {} : { undoes: put.seq }) }, async () => {
      const now = (await deps.folder.look(backup.rootDir, entry.path)).state;
      const wrote = put === undefined ? now.kind === 'folder' : isSameContent(now, put.intent['state'] as unknown as EntryState);
      if (wrote && !isSame(now, entry.before)) await deps.folder.put(backup.rootDir, entry.path, entry.before, await backedUpBytes(deps.folder, backup, entry), entry.owned);
      else if (!isSameContent(now, entry.before)) context.log(`${entry.path} was changed meanwhile and is left as it is.`);
      return null;
    });
  }
}
