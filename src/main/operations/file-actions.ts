import { isSame, restoreOrder, withFolders, type EntryState } from '@shared/domain/operations/backup';
import { workOut, type ActionSurroundings, type FileAction, type FileOutcome } from '@shared/domain/files/file-actions';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { sha256Of, type BackupFolder } from '@main/platform/backup-folder';
import type { Store } from '@main/platform/types';
import { backedUpBytes, readBackup } from './structural';
import type { OperationContext, RecoveryContext } from './types';

const APPLY = 'files.apply';

/** What doing something to files of a folder needs from outside. */
export interface FileActionDoors {
  readonly folder: BackupFolder;
  readonly store: Pick<Store, 'getRecord'>;
  readonly commentOut: ActionSurroundings['commentOut'];
  readonly now: () => number;
}

/** What each path becomes; nothing is touched. */
export function outcomesOf(doors: FileActionDoors, rootDir: string, actions: readonly FileAction[], operationId: string): Promise<readonly FileOutcome[]> {
  return workOut(actions, { look: (path) => doors.folder.look(rootDir, path), hash: sha256Of, commentOut: doors.commentOut, operationId, at: new Date(doors.now()).toISOString() });
}

/** The plan that a person sees, from which the queue makes the backup. */
export function planOfOutcomes(change: string, rootDir: string, { steps, risks }: Pick<StructuralPlan, 'steps' | 'risks'>, outcomes: readonly FileOutcome[]): StructuralPlan | null {
  if (outcomes.length === 0) return null;
  return {
    change,
    rootDir,
    steps,
    files: outcomes.map(({ path, before, after }) => ({ path, change: before.kind === 'missing' ? 'create' : after.kind === 'missing' ? 'remove' : 'change' })),
    optionalFiles: [],
    unchangedFiles: [],
    risks,
    rollback: ['If a step fails, every file gets its old bytes back.', 'Afterwards `berth operations undo` puts them back.'],
  };
}

/** Makes all of it, and looks afterwards whether it is so. One journaled step: what is there decides what is put back. */
export async function applyOutcomes(doors: FileActionDoors, context: OperationContext, rootDir: string, outcomes: readonly FileOutcome[]): Promise<void> {
  const { folder } = doors;
  const after = outcomes.map(({ path, after: state }) => ({ path, ...state }));
  await context.effect(APPLY, { root: rootDir, after }, async () => {
    await makeFolders(folder, rootDir, outcomes);
    // First what is new: a file that is moved is never nowhere.
    const inOrder = [...outcomes].sort((one, other) => Number(one.after.kind === 'missing') - Number(other.after.kind === 'missing'));
    for (const [index, one] of inOrder.entries()) {
      if (!isSame((await folder.look(rootDir, one.path)).state, one.before)) throw new AppError('plan-stale', `${one.path} was changed meanwhile.`, { hint: 'Nothing was changed. Look again and repeat it.', where: { file: one.path } });
      await folder.put(rootDir, one.path, one.after, one.bytes, one.owned);
      context.progress({ step: index + 1, of: inOrder.length, message: one.path });
    }
    return null;
  });
  for (const one of outcomes) {
    if (!isSame((await folder.look(rootDir, one.path)).state, one.after)) throw new AppError('fix-failed', `${one.path} is not as it was written.`, { hint: 'Everything was put back. Somebody else changes these files at the same time.', where: { file: one.path } });
  }
}

async function makeFolders(folder: BackupFolder, rootDir: string, outcomes: readonly FileOutcome[]): Promise<void> {
  const wanted = outcomes.filter(({ after }) => after.kind === 'file').map(({ path }) => path);
  for (const path of withFolders(wanted)) {
    if (wanted.includes(path)) continue;
    if ((await folder.look(rootDir, path)).state.kind === 'missing') await folder.put(rootDir, path, { kind: 'folder', mode: 0o755 }, null);
  }
}

/** From the backup, each file where what was written still stands; bytes, mode and time. May be repeated. */
export async function putOutcomesBack(doors: FileActionDoors, context: RecoveryContext): Promise<void> {
  const written = context.records.find((record) => record.name === APPLY && !record.undone);
  const manifest = written === undefined ? null : await readBackup(doors.store, context.operationId);
  if (written === undefined || manifest === null) return;
  const after = new Map((written.intent['after'] as unknown as readonly (EntryState & { readonly path: string })[]).map(({ path, ...state }) => [path, state as EntryState]));
  await context.effect('files.putBack', { undoes: written.seq }, async () => {
    for (const entry of restoreOrder(manifest.files)) {
      const now = (await doors.folder.look(manifest.rootDir, entry.path)).state;
      if (isSame(now, entry.before)) continue;
      const mine = after.get(entry.path);
      const isMine = mine === undefined ? now.kind === 'folder' : isSame(now, mine);
      if (!isMine) context.log(`${entry.path} was changed meanwhile and is left as it is.`);
      else await doors.folder.put(manifest.rootDir, entry.path, entry.before, await backedUpBytes(doors.folder, manifest, entry), entry.owned);
    }
    return null;
  });
}

/** Bytes that wait in the memory of this process for their operation: what is written may be secret, and is in no record. */
export class KeptBytes {
  private readonly kept = new Map<string, Uint8Array>();

  constructor(private readonly most: number) {}

  /** Resolves with the hash to ask for them with. */
  keep(bytes: Uint8Array): string {
    const hash = sha256Of(bytes);
    this.kept.delete(hash);
    this.kept.set(hash, bytes);
    for (const oldest of [...this.kept.keys()].slice(0, Math.max(0, this.kept.size - this.most))) this.kept.delete(oldest);
    return hash;
  }

  /** Rejects with `input-invalid` when they are not kept any more. */
  take(hash: string): Uint8Array {
    const bytes = this.kept.get(hash);
    if (bytes === undefined) throw new AppError('input-invalid', 'The new text is not kept any more.', { hint: 'Start it again from where it was written.' });
    return bytes;
  }
}

/** Rebuilds the actions of a stored input, in which texts are kept by their hash. */
export function actionsFromJson(stored: readonly JsonObject[], kept: KeptBytes): readonly FileAction[] {
  return stored.map((one) => (typeof one['bytes'] === 'string' ? ({ ...one, bytes: kept.take(one['bytes']) } as unknown as FileAction) : (one as unknown as FileAction)));
}
