import { isComparable, unifiedDiff } from '@shared/domain/checks/unified-diff';
import { isSameContent, restoreOrder, withFolders, type EntryState } from '@shared/domain/operations/backup';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import { backedUpBytes, readBackup } from '@main/operations/structural';
import type { OperationContext, RecoveryContext } from '@main/operations/types';
import { sha256Of, type BackupFolder, type SeenEntry } from '@main/platform/backup-folder';
import type { Store } from '@main/platform/types';

const WRITE = 'gitops-file.write';
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** What files are written through. */
export interface WrittenFilesDoors {
  readonly folder: BackupFolder;
  readonly store: Pick<Store, 'getRecord'>;
  /** Told before these bytes are put there, so that seeing them is no news. */
  readonly onWrite: (file: string, hash: string) => void;
}

/** A text for a path beneath a folder, and what stands there. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly before: SeenEntry;
  /** False when these very bytes are there. */
  readonly changes: boolean;
}

/** Looks at what is there. Rejects with `fix-failed` for what is no file, or lies behind a link. */
export async function wantedFile(folder: Pick<BackupFolder, 'look'>, root: string, path: string, text: string): Promise<WantedFile> {
  const bytes = new TextEncoder().encode(text);
  const before = await folder.look(root, path);
  if (before.state.kind === 'folder') throw new AppError('fix-failed', `${path} is a folder, so the file cannot be written there.`, { hint: 'Move the folder away first.', where: { file: path } });
  return { path, text, bytes, before, changes: before.state.kind !== 'file' || before.state.sha256 !== sha256Of(bytes) };
}

/** The plan of writing them; null where all of it is there. */
export function planOfFiles(root: string, change: string, files: readonly WantedFile[], words: { readonly steps: readonly string[]; readonly risks: readonly string[] }): StructuralPlan | null {
  const changed = files.filter((file) => file.changes);
  if (changed.length === 0) return null;
  return {
    change,
    rootDir: root,
    steps: words.steps,
    files: changed.map((file) => ({ path: file.path, change: file.before.bytes === null ? 'create' : 'change', diff: diffOf(file) })),
    optionalFiles: [],
    unchangedFiles: files.filter((file) => !file.changes).map((file) => file.path),
    risks: words.risks,
    rollback: ['If a step fails, every file is as it was.', 'Afterwards `berth operations undo` puts every byte back.'],
  };
}

/** What is written may be an env file: its values are in no plan. */
function diffOf({ path, text, before }: WantedFile): string | undefined {
  const old = before.bytes === null ? null : new TextDecoder().decode(before.bytes);
  return /(?:^|\/)[^/]*\.env(?:\.[^/]*)?$/.test(path) || !isComparable(old, text) ? undefined : unifiedDiff([{ path, before: old, after: text }]);
}

/** Writes those that change, each whole or not at all, as journaled effects. The bytes of before are in the backup. */
export async function writeFiles(doors: WrittenFilesDoors, context: OperationContext, root: string, files: readonly WantedFile[]): Promise<void> {
  const changed = files.filter((file) => file.changes);
  for (const [index, { path, bytes, before }] of changed.entries()) {
    context.progress({ step: index, of: changed.length, message: `Writing ${path}` });
    const after = { kind: 'file' as const, sha256: sha256Of(bytes), mode: before.state.kind === 'file' ? before.state.mode : FILE_MODE };
    await context.effect(WRITE, { root, path, after: { ...after } }, async () => {
      // Somebody may have saved it since it was looked at: their words are not overwritten.
      if (!isSameContent((await doors.folder.look(root, path)).state, before.state)) throw new AppError('plan-stale', `${path} was changed meanwhile.`, { hint: 'Run it again.', where: { file: path } });
      for (const one of withFolders([path]).filter((part) => part !== path)) {
        if ((await doors.folder.look(root, one)).state.kind === 'missing') await doors.folder.put(root, one, { kind: 'folder', mode: FOLDER_MODE }, null);
      }
      doors.onWrite(`${root}/${path}`, after.sha256);
      await doors.folder.put(root, path, after, bytes);
      return null;
    });
  }
}

/** From the backup, and only where what was written still stands. */
export async function putBackFiles(doors: WrittenFilesDoors, context: RecoveryContext): Promise<void> {
  const written = context.records.filter((record) => record.name === WRITE);
  const manifest = written.length === 0 ? null : await readBackup(doors.store, context.operationId);
  if (manifest === null) return;
  for (const entry of restoreOrder(manifest.files)) {
    const record = written.findLast((one) => one.intent['path'] === entry.path);
    const after = record?.intent['after'] as unknown as EntryState | undefined;
    const isFolder = after === undefined && entry.before.kind === 'missing';
    if (record?.undone === true || (after === undefined && !isFolder)) continue;
    await context.effect('gitops-file.restore', { root: manifest.rootDir, path: entry.path, ...(record === undefined ? {} : { undoes: record.seq }) }, async () => {
      const now = (await doors.folder.look(manifest.rootDir, entry.path)).state;
      // A folder that was made goes when it is empty; one with somebody's files stays.
      if (isFolder ? now.kind === 'folder' : after !== undefined && isSameContent(now, after)) await doors.folder.put(manifest.rootDir, entry.path, entry.before, await backedUpBytes(doors.folder, manifest, entry), entry.owned);
      else if (!isSameContent(now, entry.before)) context.log(`${entry.path} was changed meanwhile and is left as it is.`);
      return null;
    });
  }
}
