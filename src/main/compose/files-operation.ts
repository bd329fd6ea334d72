import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import type { ComposeModel, LoadedCompose } from '@shared/domain/compose/model';
import { newErrors, type Finding } from '@shared/domain/findings/finding';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { Project } from '@shared/domain/projects/project';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import { asPart } from '@main/operations/part-of';
import { replaceFile, restoreFile, type FileDoor, type ReplacedFile } from '@main/operations/replaced-files';
import { CONTAINERS_NOTE, type OperationContext, type OperationKind, type RecoveryContext } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import { ProjectFiles, type OpenDependencies } from './project-files';

const APPLIED_NOTE = 'files.applied';
const COPY_CODE = 'BUILD_COPY_MISSING';

/** What changing the files of a project needs from outside. */
export interface FilesDependencies extends OpenDependencies, FileDoor {
  readonly projects: Projects;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly remaker: ServiceRemaker;
  /** Which of the services run now, and in which mode; null when nothing says in which. */
  readonly runningIn: (project: Project, services: readonly string[]) => Promise<{ readonly mode: string | null; readonly services: readonly string[] }>;
  readonly exists: (path: string) => Promise<boolean>;
}

/** What one change makes of the files, nothing of it done. */
export interface WorkedOut {
  readonly steps: readonly string[];
  readonly risks: readonly string[];
  /** True when containers that run are made anew from the changed files at once, in the same transaction. */
  readonly remakes: boolean;
  /** What only a person can change, without which the new containers cannot be made: said when they are not. */
  readonly byHand?: readonly string[];
  /** The place in which a mode, loaded again, is not what was meant, as a sentence; null when it is. */
  differs(mode: string, after: LoadedCompose): string | null;
}

/** One kind of change of the files of a project. */
export interface FilesChange {
  readonly kind: string;
  /** Word for the backup's folder. */
  readonly change: string;
  /** True where it may mend files that cannot be loaded or started from as they are: what is left to mend after it is no reason to put it back. */
  readonly mayBeBroken?: boolean;
  /** What of the input is kept, validated. */
  prepare(input: JsonObject, project: Project): JsonObject;
  title(input: JsonObject): string;
  /** Puts the new texts into `files`. */
  workOut(deps: FilesDependencies, files: ProjectFiles, input: JsonObject): Promise<WorkedOut>;
}

interface Planned extends WorkedOut {
  readonly open: ProjectFiles;
  readonly files: readonly ReplacedFile[];
}

/** An operation that changes files of a project in every mode as one transaction: afterwards each mode is loaded again and must differ only where it was meant, else everything is put back. */
export function filesOperation(deps: FilesDependencies, change: FilesChange): OperationKind {
  return {
    kind: change.kind,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const prepared = { ...change.prepare(input, project), project: project.id, name: project.name };
      await workOut(deps, change, prepared);
      return prepared;
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => change.title(input),
    projectId: (input) => textOf(input, 'project'),
    plan: async (input) => structuralPlan(change, await workOut(deps, change, input)),
    run: (context, input) => run(deps, change, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    async finish(context, input) {
      const { mode, ...applied } = context.records.find((record) => record.name === APPLIED_NOTE)?.intent ?? { files: [], diff: '', mode: null };
      if (typeof mode === 'string' && deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode });
      return { operationId: context.operationId, ...applied };
    },
  };
}

async function workOut(deps: FilesDependencies, change: FilesChange, input: JsonObject): Promise<Planned> {
  const open = await ProjectFiles.open(deps, await deps.projects.resolve(textOf(input, 'project')), change.mayBeBroken);
  const worked = await change.workOut(deps, open, input);
  return { ...worked, open, files: open.changed() };
}

function structuralPlan(change: FilesChange, planned: Planned): StructuralPlan | null {
  if (planned.files.length === 0) return null;
  return {
    change: change.change,
    rootDir: planned.open.project.dir,
    steps: [
      ...planned.steps,
      'Read every mode again and see that nothing else has changed in it',
      ...(planned.remakes ? ['Make containers anew whose services changed and run; the old ones come back when the new ones do not get healthy'] : []),
    ],
    files: planned.files.map(({ path, before, after }) => ({ path, change: 'change', diff: unifiedDiff([{ path, before, after }]) })),
    optionalFiles: [],
    unchangedFiles: planned.open.unchanged(),
    risks: [...planned.risks, planned.remakes ? 'Services that changed are away for a moment while their containers are made anew.' : 'Containers that run keep what they were made with until the next switch.'],
    rollback: ['If a step fails, every file gets its old bytes back and the old containers run again.', 'Afterwards `berth operations undo` puts the files back, and makes containers anew that were made from them.'],
  };
}

async function run(deps: FilesDependencies, change: FilesChange, context: OperationContext, input: JsonObject): Promise<Json> {
  context.progress({ step: 0, of: 3, message: 'Looking at the files' });
  const planned = await workOut(deps, change, input);
  const { project } = planned.open;
  const lock = await deps.lock(project.dir);
  try {
    const broken = change.mayBeBroken === true ? await brokenBefore(deps, project) : [];
    context.progress({ step: 1, of: 3, message: 'Changing files' });
    for (const file of planned.files) await replaceFile(deps, context, project.dir, file);
    // What an earlier change of these files left as it was is made anew, too, once nothing stands in its way; what is unchanged is kept.
    const changed = await verify(deps, planned, broken === null || broken.length > 0);
    const { mode, services } = await containersToMake(deps, context, planned, { changed, broken });
    const applied = { files: planned.files.map((file) => file.path), diff: unifiedDiff(planned.files) };
    await context.note(APPLIED_NOTE, { ...applied, mode: services.length === 0 ? null : mode });
    if (mode !== null && services.length > 0) {
      context.progress({ step: 2, message: `Making ${services.join(', ')} anew` });
      await context.note(CONTAINERS_NOTE, { services });
      // It commits there, once the new containers are healthy.
      await deps.remaker.remake(asPart(context), { projectId: project.id, mode, services, recreate: [] }).catch((error: unknown) => {
        throw notRemade(error, planned.byHand ?? []);
      });
    } else await context.commit();
    return { operationId: context.operationId, ...applied };
  } finally {
    lock.dispose();
  }
}

/** Of the mode that runs: those of its services that run and changed; none while something else is left to mend. */
async function containersToMake(deps: FilesDependencies, context: OperationContext, planned: Planned, { changed, broken }: { readonly changed: ReadonlyMap<string, readonly string[]>; readonly broken: readonly Finding[] | null }): Promise<{ readonly mode: string | null; readonly services: readonly string[] }> {
  if (!planned.remakes || changed.size === 0) return { mode: null, services: [] };
  const { project } = planned.open;
  const running = await deps.runningIn(project, [...changed.values()].flat());
  const { mode } = running;
  const services = mode === null ? [] : running.services.filter((service) => changed.get(mode)?.includes(service) === true);
  const left = mode === null || services.length === 0 ? null : await stillBroken(deps, planned, mode, broken);
  if (left === null) return { mode, services };
  context.log(`${services.join(', ')} ${services.length === 1 ? 'keeps its container' : 'keep their containers'} for now, because something else is left to mend: ${left}`);
  return { mode, services: [] };
}

/** What kept the mode that runs from being started before anything was changed; null when its files could not even be read. */
async function brokenBefore(deps: FilesDependencies, project: Project): Promise<readonly Finding[] | null> {
  const { mode } = await deps.runningIn(project, []);
  if (mode === null) return [];
  return deps.remaker.errorsOf(project.id, mode).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
}

/** What still keeps the mode from being started though the change made nothing worse, as a sentence; null when containers may be made anew. */
async function stillBroken(deps: FilesDependencies, { open, byHand = [] }: Planned, mode: string, before: readonly Finding[] | null): Promise<string | null> {
  if (before?.length === 0) return null;
  const after = await deps.remaker.errorsOf(open.project.id, mode);
  // Lines of a Dockerfile that this very change made wrong: they are its failure, and nobody else's.
  if (byHand.length > 0 && after.some(({ code }) => code === COPY_CODE)) return null;
  return newErrors(before ?? after, after).length === 0 ? (after[0]?.message ?? null) : null;
}

/** Why the new containers could not be made, and that nothing stays of the change. */
function notRemade(error: unknown, byHand: readonly string[]): unknown {
  if (!(error instanceof AppError) || (error.code !== 'blocked' && error.code !== 'build-failed')) return error;
  const findings = error.details?.['findings'];
  const lacksCopied = error.code === 'build-failed' || (Array.isArray(findings) && findings.some((one) => isCopyFinding(one)));
  const [first] = lacksCopied ? byHand : [];
  const message = first === undefined ? error.message : `${first}. This command does not change Dockerfiles.`;
  const next = first === undefined ? 'Correct that' : 'Change Dockerfile and .dockerignore by hand';
  return new AppError(error.code, message, { ...error.toData(), hint: `The files were put back, and the containers are as they were. ${next}, then run it again.`, cause: error });
}

function isCopyFinding(one: Json): boolean {
  return typeof one === 'object' && one !== null && 'code' in one && one['code'] === COPY_CODE;
}

/** Loads every mode again. Resolves with the services that changed, or with all, by mode. */
async function verify(deps: FilesDependencies, planned: Planned, all: boolean): Promise<ReadonlyMap<string, readonly string[]>> {
  const changed = new Map<string, readonly string[]>();
  for (const { name, compose: before } of planned.open.modes) {
    // What could not be read before need not be readable now.
    const again = await deps.projects.loadMode(planned.open.project.id, name).catch((error: unknown) => {
      if (before === null && error instanceof AppError) return null;
      throw error;
    });
    if (again === null) continue;
    const sentence = planned.differs(name, again.compose);
    if (sentence !== null) throw new AppError('fix-failed', sentence, { hint: 'Everything was put back. Change it by hand.' });
    changed.set(name, all ? Object.keys(again.compose.model.services) : servicesThatDiffer(before?.model, again.compose.model));
  }
  return changed;
}

function servicesThatDiffer(before: ComposeModel | undefined, after: ComposeModel): readonly string[] {
  return Object.entries(after.services).flatMap(([name, service]) => (JSON.stringify(before?.services[name]) === JSON.stringify(service) ? [] : [name]));
}

async function rollBack(deps: FilesDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  // Containers first, as they were last; each file only where it is what was written.
  if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, textOf(input, 'project'));
  for (const record of [...context.records].reverse()) await restoreFile(deps, context, record);
}
