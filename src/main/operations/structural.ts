import type { Clock } from '@shared/kernel/clock';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { backupsToDrop, isSame, withFolders, type BackedUpEntry, type BackupManifest } from '@shared/domain/operations/backup';
import { backupFolderOf, renderPlanDocument, type StructuralPlan } from '@shared/domain/operations/plan-document';
import { sha256Of, type BackupFolder, type SeenEntry } from '@main/platform/backup-folder';
import type { Logger, Store } from '@main/platform/types';
import type { OperationContext, OperationKind, PlanDocument } from './types';

const KEPT_BACKUPS = 20;

/** What planning and backing up structural changes needs from outside. */
export interface StructuralDeps {
  readonly store: Pick<Store, 'getRecord' | 'listRecords' | 'patchRecord' | 'removeRecord' | 'getOperation' | 'patchOperation'>;
  readonly folder: BackupFolder;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** Sees to it that whoever changes files of a project says so first, and that it can be taken back (S1.18, S1.22, S1.24). Does nothing for other kinds. */
export interface StructuralGuard {
  /** The plan document for an input that `prepare` has made; null when it changes no files. */
  preview(kind: OperationKind, input: JsonObject): Promise<PlanDocument | null>;
  /** Stores the plan document of an operation that is about to be queued. */
  planFor(kind: OperationKind, input: JsonObject, operationId: string): Promise<void>;
  planOf(operationId: string): Promise<PlanDocument | null>;
  /** Before the first effect of the run: every file it is going to change is written into the backup. Rejects with `plan-stale` when it would change files that the plan did not name. */
  backupBefore(kind: OperationKind, context: Pick<OperationContext, 'operationId' | 'effect'>, input: JsonObject): Promise<void>;
  /** After it succeeded: notes what it left, and says whether it can be taken back. Never rejects. */
  settle(kind: OperationKind, operationId: string): Promise<boolean>;
  /** After everything was put back: its backup is of no use. Never rejects. */
  discard(kind: OperationKind, operationId: string): Promise<void>;
}

/** The guard over this store and this disk. */
export function createStructuralGuard(deps: StructuralDeps): StructuralGuard {
  const { store, folder } = deps;

  return {
    async preview(kind, input) {
      const plan = (await kind.plan?.(input)) ?? (await kind.describe?.(input)) ?? null;
      return plan === null ? null : documentOf(kind, input, plan);
    },
    async planFor(kind, input, operationId) {
      const plan = (await kind.plan?.(input)) ?? null;
      if (plan === null) return;
      await store.patchRecord('plan', operationId, documentOf(kind, input, plan, operationId) as unknown as JsonObject);
    },
    planOf,
    async backupBefore(kind, context, input) {
      const plan = (await kind.plan?.(input)) ?? null;
      if (plan === null) return;
      const agreed = await planOf(context.operationId);
      const news = plan.files.filter((file) => agreed?.files.some((one) => one.path === file.path) !== true);
      if (news.length > 0) {
        throw new AppError('plan-stale', `It would now also change ${news.map((file) => file.path).join(', ')}, which its plan did not name.`, { hint: 'Look at the new plan, then run it again.' });
      }
      await makeBackup(context, plan, documentOf(kind, input, plan, context.operationId));
      await dropOld(plan.rootDir);
    },
    async settle(kind, operationId) {
      if (kind.plan === undefined) return false;
      try {
        const manifest = await readBackup(store, operationId);
        if (manifest === null) return false;
        const files = await Promise.all(manifest.files.map(async (file): Promise<BackedUpEntry> => ({ ...file, after: (await folder.look(manifest.rootDir, file.path)).state })));
        await store.patchRecord('backup', operationId, { files: files as unknown as Json });
        // In a file of its own: the manifest stays as it was written before the first change.
        await folder.write(manifest.rootDir, [[`${manifest.folder}/after.json`, jsonFile(files.map(({ path, after }) => ({ path, after })))]]);
        return files.some((file) => file.after !== null && !isSame(file.before, file.after));
      } catch (error) {
        deps.logger.warn('What a structural change left could not be noted, so it cannot be taken back', { operationId, error });
        return false;
      }
    },
    async discard(kind, operationId) {
      if (kind.plan === undefined) return;
      try {
        const manifest = await readBackup(store, operationId);
        if (manifest !== null) await drop(manifest);
      } catch (error) {
        deps.logger.warn('A backup could not be removed', { operationId, error });
      }
    },
  };

  async function planOf(operationId: string): Promise<PlanDocument | null> {
    const record = await store.getRecord('plan', operationId);
    return record === null ? null : (record.data as unknown as PlanDocument);
  }

  async function makeBackup(context: Pick<OperationContext, 'operationId' | 'effect'>, plan: StructuralPlan, document: PlanDocument): Promise<void> {
    const { operationId } = context;
    const seen: (SeenEntry & { readonly path: string })[] = [];
    // Folders on the way that are not there yet belong to what is made, and go when it is taken back.
    for (const path of withFolders(plan.files.map((file) => file.path))) {
      const entry = await folder.look(plan.rootDir, path);
      if (plan.files.some((file) => file.path === path) || entry.state.kind === 'missing') seen.push({ ...entry, path });
    }
    const manifest: BackupManifest = {
      operationId,
      change: plan.change,
      rootDir: plan.rootDir,
      folder: backupFolderOf(plan.change, operationId),
      madeAt: new Date(deps.clock.now()).toISOString(),
      files: seen.map(({ path, state, modifiedAt, owned }) => ({ path, before: state, modifiedAt, owned, after: null })),
    };
    await context.effect('backup.write', { root: plan.rootDir, folder: manifest.folder, files: seen.map((one) => one.path) }, async () => {
      // The record first: a backup that is half written is then known, and removed when the operation is put back.
      await store.patchRecord('backup', operationId, manifest as unknown as JsonObject);
      await folder.write(plan.rootDir, [
        [`${manifest.folder}/PLAN.md`, new TextEncoder().encode(document.document)],
        ...seen.flatMap(({ path, bytes }): (readonly [string, Uint8Array])[] => (bytes === null ? [] : [[backedUpPath(manifest, path), bytes]])),
        [`${manifest.folder}/manifest.json`, jsonFile(manifest)],
      ]);
      return null;
    });
  }

  async function dropOld(rootDir: string): Promise<void> {
    try {
      const all = (await store.listRecords('backup')).map((record) => record.data as unknown as BackupManifest).filter((one) => one.rootDir === rootDir);
      for (const old of backupsToDrop(all, KEPT_BACKUPS)) await drop(old);
    } catch (error) {
      deps.logger.warn('Old backups could not be removed', { rootDir, error });
    }
  }

  async function drop(manifest: BackupManifest): Promise<void> {
    await folder.remove(manifest.rootDir, manifest.folder);
    await store.removeRecord('backup', manifest.operationId);
    if ((await store.getOperation(manifest.operationId))?.undoable === true) await store.patchOperation(manifest.operationId, { undoable: false });
  }
}

/** The store's record of a backup: what a project folder says of it is not believed. */
export async function readBackup(store: Pick<Store, 'getRecord'>, operationId: string): Promise<BackupManifest | null> {
  const record = await store.getRecord('backup', operationId);
  return record === null ? null : (record.data as unknown as BackupManifest);
}

/** The bytes that were backed up. Rejects with `fix-failed` when they are gone or are not the ones that were written. */
export async function backedUpBytes(folder: BackupFolder, manifest: BackupManifest, entry: BackedUpEntry): Promise<Uint8Array | null> {
  if (entry.before.kind !== 'file') return null;
  const path = backedUpPath(manifest, entry.path);
  const bytes = await folder.read(manifest.rootDir, path).catch((error: unknown) => {
    throw new AppError('fix-failed', `The backup of ${entry.path} cannot be read.`, { hint: 'Nothing was changed. Put it back by hand.', where: { file: path }, cause: error });
  });
  if (sha256Of(bytes) !== entry.before.sha256) throw new AppError('fix-failed', `The backup of ${entry.path} was changed since it was made.`, { hint: 'Nothing was changed. Put it back by hand.', where: { file: path } });
  return bytes;
}

function backedUpPath(manifest: BackupManifest, path: string): string {
  return `${manifest.folder}/files/${path}`;
}

function jsonFile(content: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
}

function documentOf(kind: OperationKind, input: JsonObject, plan: StructuralPlan, operationId?: string): PlanDocument {
  const title = kind.title(input);
  return { title, document: renderPlanDocument({ ...plan, title }, operationId), files: plan.files.map(({ path, change }) => ({ path, change })) };
}
