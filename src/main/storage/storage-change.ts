import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import type { EntryState } from '@shared/domain/operations/backup';
import { textOf } from '@shared/domain/operations/operation-input';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { sha256Of, type BackupFolder, type SeenEntry } from '@main/platform/backup-folder';
import type { Projects } from '@main/projects/types';

const APPLIED_NOTE = 'storage.applied';
const FILE_MODE = 0o644;

/** What changing the storage files of a project needs from outside. */
export interface StorageChangeDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'loadModes'>;
  readonly folder: Pick<BackupFolder, 'look' | 'put'>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  /** Before the new files are read: what they need and no plan may hold. */
  readonly provide: (project: Project, kind: string, context: OperationContext) => Promise<void>;
  /** Reads the new files once they are written; rejects with what is wrong with them, and then everything is put back. */
  readonly verify: (project: Project) => Promise<void>;
  /** After the files are there for good: makes containers anew, looks for conflicts again. Sentences for the log. */
  readonly follow: (project: Project, kind: string, context: OperationContext) => Promise<readonly string[]>;
}

/** The files of the project as a change reads and writes them: texts by path, null for a file that is not there. */
export class ChangedTexts {
  private readonly seen = new Map<string, SeenEntry>();
  private readonly wanted = new Map<string, { readonly text: string | null; readonly mode: number | undefined }>();

  constructor(
    readonly project: Project,
    private readonly folder: Pick<BackupFolder, 'look'>,
  ) {}

  async read(path: string): Promise<string | null> {
    const wanted = this.wanted.get(path);
    if (wanted !== undefined) return wanted.text;
    const entry = await this.look(path);
    return entry.bytes === null ? null : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.bytes);
  }

  /** Null takes the file away. */
  async write(path: string, text: string | null, mode?: number): Promise<void> {
    await this.look(path);
    this.wanted.set(path, { text, mode });
  }

  async entries(): Promise<readonly ChangedEntry[]> {
    const entries: ChangedEntry[] = [];
    for (const [path, { text, mode }] of this.wanted) {
      const before = await this.look(path);
      const bytes = text === null ? null : new TextEncoder().encode(text);
      const state: EntryState = bytes === null ? { kind: 'missing' } : { kind: 'file', sha256: sha256Of(bytes), mode: mode ?? (before.state.kind === 'file' ? before.state.mode : FILE_MODE) };
      if (JSON.stringify(state) !== JSON.stringify(before.state)) entries.push({ path, before, state, bytes });
    }
    return entries;
  }

  unchanged(changed: readonly ChangedEntry[]): readonly string[] {
    return [...this.seen].filter(([path, entry]) => entry.state.kind === 'file' && changed.every((one) => one.path !== path)).map(([path]) => path);
  }

  private async look(path: string): Promise<SeenEntry> {
    const known = this.seen.get(path);
    if (known !== undefined) return known;
    const entry = await this.folder.look(this.project.dir, path);
    if (entry.state.kind === 'folder') throw new AppError('fix-failed', `${path} is a folder, so the file cannot be written there.`, { hint: 'Move the folder away first.', where: { file: path } });
    this.seen.set(path, entry);
    return entry;
  }
}

interface ChangedEntry {
  readonly path: string;
  readonly before: SeenEntry;
  readonly state: EntryState;
  readonly bytes: Uint8Array | null;
}

/** What a change is going to do beside the files, in sentences. */
export interface ChangeWords {
  readonly steps: readonly string[];
  readonly risks: readonly string[];
}

/** One kind of change of the storage of a project. */
export interface StorageChange {
  readonly kind: string;
  /** Word for the backup's folder. */
  readonly change: string;
  /** What of the input is kept, validated; it may look at the project. */
  prepare(input: JsonObject, project: Project): Promise<JsonObject>;
  title(input: JsonObject): string;
  /** Puts the new texts into `texts`. Writes nothing. */
  workOut(texts: ChangedTexts, input: JsonObject): Promise<ChangeWords>;
}

/** An operation that changes the storage files of a project as one transaction, with a plan, a backup and a way back byte for byte. */
export function storageChangeOperation(deps: StorageChangeDependencies, change: StorageChange): OperationKind {
  const workOut = async (input: JsonObject): Promise<{ readonly texts: ChangedTexts; readonly words: ChangeWords; readonly entries: readonly ChangedEntry[] }> => {
    const texts = new ChangedTexts(await deps.projects.resolve(textOf(input, 'project')), deps.folder);
    const words = await change.workOut(texts, input);
    return { texts, words, entries: await texts.entries() };
  };
  return {
    kind: change.kind,
    needsEngine: false,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const prepared = { ...(await change.prepare(input, project)), project: project.id, name: project.name };
      await workOut(prepared);
      return prepared;
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => change.title(input),
    projectId: (input) => textOf(input, 'project'),
    async plan(input) {
      const { texts, words, entries } = await workOut(input);
      return structuralPlan(change, texts, words, entries);
    },
    async run(context, input) {
      const { texts, words, entries } = await workOut(input);
      return run(deps, change, context, { project: texts.project, words, entries });
    },
    rollback: (context) => rollBack(deps, context),
    finish: (context) => Promise.resolve(context.records.find((one) => one.name === APPLIED_NOTE)?.intent ?? { operationId: context.operationId, files: [], diff: '' }),
  };
}

function structuralPlan(change: StorageChange, texts: ChangedTexts, words: ChangeWords, entries: readonly ChangedEntry[]): StructuralPlan | null {
  if (entries.length === 0) return null;
  return {
    change: change.change,
    rootDir: texts.project.dir,
    steps: [...words.steps, 'Read the new files, and put everything back when they cannot be read'],
    files: entries.map((one) => ({ path: one.path, change: changeOf(one), diff: diffOf([one]) })),
    optionalFiles: [],
    unchangedFiles: texts.unchanged(entries),
    risks: words.risks,
    rollback: ['If a step fails, every file is as it was.', 'Afterwards `berth operations undo` puts every byte back.'],
  };
}

function changeOf({ before, bytes }: ChangedEntry): 'create' | 'change' | 'remove' {
  return bytes === null ? 'remove' : before.state.kind === 'missing' ? 'create' : 'change';
}

function diffOf(entries: readonly ChangedEntry[]): string {
  const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));
  return unifiedDiff(entries.map((one) => ({ path: one.path, before: text(one.before.bytes), after: text(one.bytes) })));
}

async function run(deps: StorageChangeDependencies, change: StorageChange, context: OperationContext, planned: { readonly project: Project; readonly words: ChangeWords; readonly entries: readonly ChangedEntry[] }): Promise<Json> {
  const { project, entries, words } = planned;
  const lock = await deps.lock(project.dir);
  try {
    context.progress({ step: 0, of: 2, message: 'Writing files' });
    for (const entry of entries) await write(deps, context, project.dir, entry);
    await deps.provide(project, change.kind, context);
    if (entries.length > 0) await deps.verify(project);
    const result = { operationId: context.operationId, files: entries.map((one) => one.path), diff: diffOf(entries) };
    await context.note(APPLIED_NOTE, result);
    await context.commit();
    for (const risk of words.risks) context.log(risk);
    context.progress({ step: 1, message: 'Looking at conflicts' });
    for (const line of await deps.follow(project, change.kind, context)) context.log(line);
    context.progress({ step: 2, message: entries.length === 0 ? 'Nothing had to be changed' : 'Done' });
    return result;
  } finally {
    lock.dispose();
  }
}

async function write(deps: StorageChangeDependencies, context: OperationContext, root: string, { path, before, state, bytes }: ChangedEntry): Promise<void> {
  const former = before.bytes === null ? null : Buffer.from(before.bytes).toString('base64');
  await context.effect('storage-file.write', { root, path, before: { ...before.state }, former, after: { ...state } }, async () => {
    // Somebody may have saved the file since it was read: their words are not overwritten.
    if (JSON.stringify((await deps.folder.look(root, path)).state) !== JSON.stringify(before.state)) throw new AppError('fix-failed', `${path} was changed meanwhile.`, { hint: 'Run it again.' });
    await deps.folder.put(root, path, state, bytes);
    return null;
  });
}

/** Last first, each only where what stands there is what was written. */
async function rollBack(deps: StorageChangeDependencies, context: RecoveryContext): Promise<void> {
  for (const record of [...context.records].reverse()) {
    if (record.name !== 'storage-file.write' || record.undone) continue;
    const { root, path, former } = record.intent as { readonly root: string; readonly path: string; readonly former: string | null };
    const [before, after] = [record.intent['before'], record.intent['after']] as unknown as [EntryState, EntryState];
    await context.effect('storage-file.restore', { root, path, undoes: record.seq }, async () => {
      const now = (await deps.folder.look(root, path)).state;
      const isWritten = now.kind === after.kind && (now.kind !== 'file' || after.kind !== 'file' || now.sha256 === after.sha256);
      if (isWritten) await deps.folder.put(root, path, before, former === null ? null : Buffer.from(former, 'base64'));
      else if (now.kind !== before.kind) context.log(`${path} was changed meanwhile and is left as it is.`);
      return null;
    });
  }
}
