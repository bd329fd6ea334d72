import { isSameContent } from '@shared/domain/operations/backup';
import { isComparable, unifiedDiff } from '@shared/domain/checks/unified-diff';
import { scanEnv } from '@shared/domain/files/env-text';
import { inFormOf } from '@shared/domain/files/file-form';
import { textOf } from '@shared/domain/operations/operation-input';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { backedUpBytes, readBackup } from '@main/operations/structural';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { sha256Of } from '@main/platform/backup-folder';
import { findFile, NO_FILE, textOfBytes } from './file-bytes';
import { knownFile, knownProject, type KnownFile } from './known-files';
import type { ProjectFilesDependencies } from './types';

const KIND = 'files.save';
const WRITE = 'file.save';
/** Texts that are waited for: of operations that were asked for and have not ended. */
const MOST_TEXTS = 32;

/** A text and the file it is for, as they are now. */
interface Planned {
  readonly root: string;
  readonly file: KnownFile;
  /** What is there. */
  readonly before: Uint8Array | null;
  readonly mark: string;
  readonly after: Uint8Array;
}

/**
 * The operation 'files.save'. What is written may be an env file, so the text is neither in its input nor in its journal: it waits in the memory of this
 * process, under its hash, and what was there before is in the backup in the project's own folder.
 */
export function saveOperation(deps: ProjectFilesDependencies): OperationKind {
  const texts = new Map<string, Uint8Array>();
  const keep = (bytes: Uint8Array): string => {
    const hash = sha256Of(bytes);
    texts.delete(hash);
    texts.set(hash, bytes);
    for (const oldest of [...texts.keys()].slice(0, Math.max(0, texts.size - MOST_TEXTS))) texts.delete(oldest);
    return hash;
  };
  const planned = (input: JsonObject): Promise<Planned> => lookAgain(deps, texts, input);
  return {
    kind: KIND,
    needsEngine: false,
    async prepare(input) {
      const known = await knownProject(deps, textOf(input, 'project'));
      const file = knownFile(known, textOf(input, 'file'));
      const { bytes, mark, readOnly } = await findFile(deps, known, file);
      if (readOnly !== null) throw new AppError('policy-refused', `${file.path} is not changed here. ${readOnly}`, { hint: 'Change it with your own editor.', where: { file: file.file } });
      if (typeof input['base'] === 'string' && input['base'] !== mark) throw changedMeanwhile(file);
      const after = new TextEncoder().encode(inFormOf(textOfBytes(bytes, file), textOf(input, 'text')));
      return { project: known.project.id, name: known.project.name, file: file.path, base: mark, after: keep(after) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Save ${textOf(input, 'file')}`,
    projectId: (input) => textOf(input, 'project'),
    plan: async (input) => planOf(await planned(input)),
    async run(context, input) {
      const result = await save(deps, context, await planned(input));
      texts.delete(textOf(input, 'after'));
      return result;
    },
    rollback: (context) => putBack(deps, context),
    finish: (context, input) => Promise.resolve(resultOf(context.operationId, textOf(input, 'file'), textOf(input, 'after'), context.records.some((record) => record.name === WRITE))),
  };
}

async function lookAgain(deps: ProjectFilesDependencies, texts: ReadonlyMap<string, Uint8Array>, input: JsonObject): Promise<Planned> {
  const known = await knownProject(deps, textOf(input, 'project'));
  const file = knownFile(known, textOf(input, 'file'));
  const after = texts.get(textOf(input, 'after'));
  if (after === undefined) throw new AppError('input-invalid', `The new text of ${file.path} is not kept any more.`, { hint: 'Save it again from where it was written.' });
  const { bytes, mark } = await findFile(deps, known, file);
  // What is there already was written by this very operation, or by somebody with the same wish.
  if (mark !== textOf(input, 'base') && mark !== textOf(input, 'after')) throw changedMeanwhile(file);
  return { root: known.project.dir, file, before: bytes, mark, after };
}

function changedMeanwhile(file: KnownFile): AppError {
  return new AppError('plan-stale', `${file.path} was changed on the disk since it was read.`, { hint: 'Read it again, or compare the two and save once more.', where: { file: file.file } });
}

function planOf({ root, file, before, mark, after }: Planned): StructuralPlan | null {
  if (mark === sha256Of(after)) return null;
  const [old, text] = [before === null ? null : textOfBytes(before, file), textOfBytes(after, file)];
  // The values of an env file are in no plan: it is stored, and written beside the backup.
  const diff = file.kind === 'env' || !isComparable(old, text) ? undefined : unifiedDiff([{ path: file.path, before: old, after: text }]);
  return {
    change: 'edit',
    rootDir: root,
    steps: [`Write the new text into ${file.path}`, ...(file.kind === 'env' ? namesThatChange(old ?? '', text) : [])],
    files: [{ path: file.path, change: before === null ? 'create' : 'change', diff }],
    optionalFiles: [],
    unchangedFiles: [],
    risks: ['Containers that run keep what they were made with until the next switch.'],
    rollback: ['If a step fails, the file gets its old bytes back.', 'Afterwards `berth operations undo` puts it back.'],
  };
}

function namesThatChange(before: string, after: string): readonly string[] {
  const valuesOf = (text: string): ReadonlyMap<string, string | null> => new Map(scanEnv(text).entries.map((entry) => [entry.name, entry.value]));
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const words = (what: string, names: readonly string[]): readonly string[] => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]);
  return [
    ...words('Add', [...is.keys()].filter((name) => !was.has(name))),
    ...words('Give another value to', [...is.keys()].filter((name) => was.has(name) && was.get(name) !== is.get(name))),
    ...words('Remove', [...was.keys()].filter((name) => !is.has(name))),
  ];
}

async function save(deps: ProjectFilesDependencies, context: OperationContext, planned: Planned): Promise<Json> {
  const { root, file, mark, after } = planned;
  const hash = sha256Of(after);
  if (mark === hash) {
    await context.commit();
    return resultOf(context.operationId, file.path, hash, false);
  }
  const lock = await deps.lock(root);
  try {
    context.progress({ step: 0, of: 1, message: `Writing ${file.path}` });
    await context.effect(WRITE, { root, path: file.path, before: mark, after: hash }, async () => {
      // Somebody may have saved it while this waited for its turn: their words are not overwritten.
      const now = (await deps.folder.look(root, file.path)).state;
      if ((now.kind === 'file' ? now.sha256 : NO_FILE) !== mark) throw changedMeanwhile(file);
      await deps.replaceBeneath(root, file.path, after);
      return null;
    });
    await context.commit();
    return resultOf(context.operationId, file.path, hash, true);
  } finally {
    lock.dispose();
  }
}

/** From the backup, and only where what was written still stands. */
async function putBack(deps: ProjectFilesDependencies, context: RecoveryContext): Promise<void> {
  const written = context.records.find((record) => record.name === WRITE && !record.undone);
  const manifest = written === undefined ? null : await readBackup(deps.store, context.operationId);
  const entry = manifest?.files.find((one) => one.path === written?.intent['path']);
  if (written === undefined || manifest === null || entry === undefined) return;
  await context.effect('file.restore', { root: manifest.rootDir, path: entry.path, undoes: written.seq }, async () => {
    const now = (await deps.folder.look(manifest.rootDir, entry.path)).state;
    if (now.kind === 'file' && now.sha256 === written.intent['after']) await deps.folder.put(manifest.rootDir, entry.path, entry.before, await backedUpBytes(deps.folder, manifest, entry), entry.owned);
    else if (!isSameContent(now, entry.before)) context.log(`${entry.path} was changed meanwhile and is left as it is.`);
    return null;
  });
}

function resultOf(operationId: string, file: string, sha256: string, changed: boolean): JsonObject {
  return { operationId, file, sha256, changed };
}
