import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import { withFolders, type EntryState } from '@shared/domain/operations/backup';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { sha256Of, type BackupFolder, type SeenEntry } from '@main/platform/backup-folder';
import type { ScriptFile } from '@main/platform/script-files';
import type { Projects } from './types';

/** What installing scripts needs from outside. */
export interface ScriptsDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  /** The scripts that come with Berth. */
  readonly scripts: () => Promise<readonly ScriptFile[]>;
  readonly folder: Pick<BackupFolder, 'look' | 'put'>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
}

/** A folder or a script that is not yet as it shall be. */
interface PlannedEntry {
  readonly path: string;
  readonly before: SeenEntry;
  readonly state: EntryState;
  readonly bytes: Uint8Array | null;
}

interface Planned {
  readonly rootDir: string;
  readonly entries: readonly PlannedEntry[];
  readonly unchanged: readonly string[];
  readonly diff: string;
}

const EXECUTABLE = 0o755;
/** The scripts look for a compose file in the three folders above them. */
const DEEPEST = 3;
const APPLIED_NOTE = 'scripts.installed';

/** The operation `scripts.install`: the scripts, executable, in a folder of the project. What stood in their place is in the backup. */
export function scriptsOperation(deps: ScriptsDependencies): OperationKind {
  return {
    kind: 'scripts.install',
    needsEngine: false,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      return { project: project.id, name: project.name, root: project.dir, dir: folderOf(textOf(input, 'dir')) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Write the scripts into ${textOf(input, 'dir')} of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    plan: async (input) => structuralPlan(await workOut(deps, input), textOf(input, 'dir')),
    run: (context, input) => run(deps, context, input),
    rollback: (context) => rollBack(deps, context),
    finish: (context) => Promise.resolve(context.records.find((one) => one.name === APPLIED_NOTE)?.intent ?? { operationId: context.operationId, files: [], diff: '' }),
  };
}

/** As it is written in plans: with `/`, inside the project, and not among Berth's own files there. */
function folderOf(dir: string): string {
  const parts = dir.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (/^([a-zA-Z]:)?[\\/]/.test(dir) || parts.includes('..') || parts.length === 0 || dir.includes('\0')) throw new AppError('input-invalid', `${dir} is not a folder inside the project.`, { hint: 'Name it relative to the project, for example `scripts`.' });
  if (parts[0] === '.berth' || parts[0] === '.git') throw new AppError('input-invalid', `${dir} is no place for scripts.`);
  if (parts.length > DEEPEST) throw new AppError('input-invalid', `${dir} is too deep: the scripts find their project at most ${String(DEEPEST)} folders above.`);
  return parts.join('/');
}

/** What would be written. Reads files, writes nothing. */
async function workOut(deps: ScriptsDependencies, input: JsonObject): Promise<Planned> {
  const rootDir = textOf(input, 'root');
  const scripts = (await deps.scripts()).map((one) => ({ path: `${textOf(input, 'dir')}/${one.name}`, bytes: one.bytes }));
  const files = new Map(scripts.map((one) => [one.path, one.bytes]));
  const entries: PlannedEntry[] = [];
  const unchanged: string[] = [];
  const changes: { readonly path: string; readonly before: string; readonly after: string }[] = [];
  for (const path of withFolders([...files.keys()])) {
    const bytes = files.get(path) ?? null;
    const before = await deps.folder.look(rootDir, path);
    if (bytes === null ? before.state.kind === 'folder' : before.state.kind === 'file' && before.state.sha256 === sha256Of(bytes) && (before.state.mode & 0o111) !== 0) {
      if (bytes !== null) unchanged.push(path);
      continue;
    }
    if (before.state.kind === (bytes === null ? 'file' : 'folder')) throw new AppError('fix-failed', `${path} is a ${before.state.kind}, so the scripts cannot be written there.`, { hint: 'Choose another folder: `--dir`.', where: { file: path } });
    entries.push({ path, before, state: bytes === null ? { kind: 'folder', mode: EXECUTABLE } : { kind: 'file', sha256: sha256Of(bytes), mode: EXECUTABLE }, bytes });
    if (bytes !== null) changes.push({ path, before: text(before.bytes), after: text(bytes) });
  }
  return { rootDir, entries, unchanged, diff: unifiedDiff(changes) };
}

function structuralPlan(planned: Planned, dir: string): StructuralPlan | null {
  const files = planned.entries.filter((one) => one.bytes !== null);
  if (files.length === 0) return null;
  return {
    change: 'scripts',
    rootDir: planned.rootDir,
    steps: [`Write ${files.length === 1 ? 'one script' : `${String(files.length)} scripts`} into ${dir} and make them executable`, 'Run nothing of them'],
    files: files.map((one) => ({ path: one.path, change: one.before.bytes === null ? 'create' : 'change', diff: unifiedDiff([{ path: one.path, before: text(one.before.bytes), after: text(one.bytes) }]) })),
    optionalFiles: [],
    unchangedFiles: planned.unchanged,
    risks: files.some((one) => one.before.bytes !== null) ? ['Scripts of the same names are replaced; what they were is in the backup.'] : [],
    rollback: ['If a step fails, every file is as it was.', 'Afterwards `berth operations undo` takes the scripts away again and puts back what was replaced.'],
  };
}

async function run(deps: ScriptsDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const planned = await workOut(deps, input);
  const lock = await deps.lock(planned.rootDir);
  try {
    for (const entry of planned.entries) await write(deps, context, planned.rootDir, entry);
    const result = { operationId: context.operationId, files: planned.entries.filter((one) => one.bytes !== null).map((one) => one.path), diff: planned.diff };
    await context.note(APPLIED_NOTE, result);
    await context.commit();
    return result;
  } finally {
    lock.dispose();
  }
}

async function write(deps: ScriptsDependencies, context: OperationContext, root: string, { path, before, state, bytes }: PlannedEntry): Promise<void> {
  const former = before.bytes === null ? null : Buffer.from(before.bytes).toString('base64');
  await context.effect('script.write', { root, path, before: { ...before.state }, former, after: { ...state } }, async () => {
    // Somebody may have saved the file since it was read: their words are not overwritten.
    if (JSON.stringify((await deps.folder.look(root, path)).state) !== JSON.stringify(before.state)) throw new AppError('fix-failed', `${path} was changed meanwhile.`, { hint: 'Run it again.' });
    await deps.folder.put(root, path, state, bytes);
    return null;
  });
}

/** Innermost first, each only where what stands there is what was written. */
async function rollBack(deps: ScriptsDependencies, context: RecoveryContext): Promise<void> {
  for (const record of [...context.records].reverse()) {
    if (record.name !== 'script.write' || record.undone) continue;
    const { root, path, former } = record.intent as { readonly root: string; readonly path: string; readonly former: string | null };
    const [before, after] = [record.intent['before'], record.intent['after']] as unknown as [EntryState, EntryState];
    await context.effect('script.restore', { root, path, undoes: record.seq }, async () => {
      const now = (await deps.folder.look(root, path)).state;
      const written = now.kind === after.kind && (now.kind !== 'file' || after.kind !== 'file' || now.sha256 === after.sha256);
      if (written) await deps.folder.put(root, path, before, former === null ? null : Buffer.from(former, 'base64'));
      else if (now.kind !== before.kind) context.log(`${path} was changed meanwhile and is left as it is.`);
      return null;
    });
  }
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}
