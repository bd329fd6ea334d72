import { relative } from 'node:path';
import { hasErrors, newErrors, type Finding } from '@shared/domain/findings/finding';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { asPart } from '@main/operations/part-of';
import { replaceFile, restoreFile, type FileDoor } from '@main/operations/replaced-files';
import { CONTAINERS_NOTE, type EffectRecord, type OperationContext, type OperationKind, type RecoveryContext } from '@main/operations/types';
import type { SourceMaker } from '@main/platform/source-maker';
import type { LoadedMode, Projects } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import { chooseFixes, type CheckedMode, type ChosenFix } from './fix-choice';
import { diffOf, structuralPlan } from './fix-document';
import { findingsBefore, leftErrors, type LeftReasons } from './fix-left';
import { planFixes, type FixPlan, type PlannedAct } from './fix-plan';
import { refusedInProd } from './fix-prod';
import type { ChecksWithFixes } from './service';

/** What the fix operation works with. */
export interface FixDependencies extends FileDoor {
  readonly projects: Projects;
  readonly checks: ChecksWithFixes;
  readonly engine: Engine;
  /** The engine's view of a project; null when the engine does not answer. */
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode to check when none is named. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly maker: SourceMaker;
  readonly readText: (path: string) => Promise<string>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock?: ((projectDir: string) => Promise<Disposable>) | undefined;
  /** Makes containers anew; without it, fixes that ask for that are refused. */
  readonly remaker?: ServiceRemaker | undefined;
}

const OPERATION_LABEL = 'dev.berth.op';
const PROJECT_LABEL = 'dev.berth.project';
const APPLIED_NOTE = 'fix.applied';

/** The operation 'checks.fix': files get their old bytes back and what was created is removed again when anything fails. */
export function fixOperation(deps: FixDependencies): OperationKind {
  return {
    kind: 'checks.fix',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const mode = typeof input['mode'] === 'string' ? input['mode'] : null;
      // Rejects now for a mode that is not there or cannot be read, before anything is stored.
      await openModes(deps, project.id, mode);
      return { project: project.id, name: project.name, dir: project.dir, mode, fixes: textsOf(input, 'fixes'), dryRun: input['dryRun'] === true };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => (input['dryRun'] === true ? `Show the fixes of ${textOf(input, 'name')}` : `Fix ${textOf(input, 'name')}`),
    projectId: (input) => textOf(input, 'project'),
    async plan(input) {
      if (input['dryRun'] === true) return null;
      const { modes, plan } = await workOut(deps, input);
      return structuralPlan(textOf(input, 'dir'), [...new Set(modes.flatMap(({ loaded }) => loaded.compose.inputFiles))], plan);
    },
    run: (context, input) => runFixes(deps, context, input),
    rollback: (context, input) => undoFixes(deps, context, input),
    // Everything was done before the commit; the note holds what to answer.
    async finish(context, input) {
      const { mode, ...applied } = context.records.find((record) => record.name === APPLIED_NOTE)?.intent ?? { applied: [], diff: '', left: [], mode: null };
      if (typeof mode === 'string' && deps.remaker?.began(context.records) === true) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode });
      return applied;
    },
  };
}

/** The named mode; without a name every mode that can be read. Rejects as loading does when that is none. */
async function openModes(deps: FixDependencies, projectId: string, mode: string | null): Promise<readonly LoadedMode[]> {
  if (mode !== null) return [await deps.projects.loadMode(projectId, mode)];
  const names = (await deps.projects.resolve(projectId)).modes.map((one) => one.name);
  const loaded: LoadedMode[] = [];
  let failure: unknown;
  for (const name of names) {
    try {
      loaded.push(await deps.projects.loadMode(projectId, name));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failure ??= error;
    }
  }
  if (loaded.length === 0) throw failure ?? new AppError('mode-not-found', 'The project has no mode.');
  return loaded;
}

interface WorkedOut {
  readonly modes: readonly CheckedMode[];
  readonly plan: FixPlan;
  /** Why fixes that nobody named are not made. */
  readonly reasons: LeftReasons;
}

/** What the chosen fixes would do to the project as it is now. Changes nothing. */
async function workOut(deps: FixDependencies, input: JsonObject): Promise<WorkedOut> {
  const opened = await openModes(deps, textOf(input, 'project'), typeof input['mode'] === 'string' ? input['mode'] : null);
  const modes: CheckedMode[] = [];
  for (const loaded of opened) modes.push({ loaded, results: await deps.checks.results(loaded, await deps.observe(loaded)) });
  const ids = textsOf(input, 'fixes');
  const planned = (chosen: readonly ChosenFix[]): Promise<FixPlan> => planFixes(opened, textOf(input, 'dir'), chosen, deps.readText);
  const chosen = chooseFixes(modes, ids);
  if (ids.length > 0) return { modes, plan: await planned(chosen), reasons: new Map() };
  // Nobody asked for these one by one: what must be done by hand does not keep the others from being done.
  const possible: ChosenFix[] = [];
  const reasons = new Map<string, string>();
  for (const one of chosen) {
    const reason = refusedInProd(opened, one) ?? (await planned([one]).then(() => undefined, sentenceOf));
    if (reason === undefined) possible.push(one);
    else reasons.set(one.findingId, reason);
  }
  return { modes, plan: await planned(possible), reasons };
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError && error.code === 'fix-failed') return error.message;
  throw error;
}

async function runFixes(deps: FixDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  context.progress({ step: 0, of: 3, message: 'Looking at what is wrong' });
  const { modes, plan, reasons } = await workOut(deps, input);
  const diff = diffOf(plan);
  if (input['dryRun'] === true || plan.chosen.length === 0) return { applied: [], diff, left: leftErrors(findingsBefore(modes, new Set(plan.chosen.map((one) => one.findingId))), reasons) };
  const ids = [...new Set(plan.chosen.map(({ fix }) => fix.id))];
  const titles = [...new Set(plan.chosen.map(({ fix }) => fix.title))];

  const lock = await deps.lock?.(textOf(input, 'dir'));
  try {
    context.progress({ step: 1, of: 3, message: 'Changing files' });
    await applyPlan(deps, context, textOf(input, 'dir'), plan);
    context.progress({ step: 2, of: 3, message: 'Checking again' });
    const applied = { applied: ids, diff, left: leftErrors(await verify(deps, textOf(input, 'project'), modes, plan), reasons) };
    if (plan.recreate.length > 0) await recreate(deps, context, input, plan.recreate, applied);
    else {
      await context.note(APPLIED_NOTE, { ...applied, mode: null });
      await context.commit();
    }
    for (const title of titles) context.log(title);
    context.progress({ step: 3, of: 3, message: 'Fixed' });
    return applied;
  } finally {
    lock?.dispose();
  }
}

/** Last of all: it commits there, once the new containers are healthy. */
async function recreate(deps: FixDependencies, context: OperationContext, input: JsonObject, services: readonly string[], applied: JsonObject): Promise<void> {
  if (deps.remaker === undefined) throw new AppError('fix-failed', `The containers of ${services.join(', ')} cannot be made anew here.`);
  const mode = typeof input['mode'] === 'string' ? input['mode'] : await deps.defaultMode(textOf(input, 'project'));
  await context.note(APPLIED_NOTE, { ...applied, mode });
  await context.note(CONTAINERS_NOTE, { services: [...services] });
  await deps.remaker.remake(asPart(context), { projectId: textOf(input, 'project'), mode, services, recreate: services });
}

async function applyPlan(deps: FixDependencies, context: OperationContext, root: string, plan: FixPlan): Promise<void> {
  // A file that is written into must be there first.
  for (const act of plan.acts) await applyAct(deps, context, root, act);
  for (const file of plan.files) await replaceFile(deps, context, root, file);
}

async function applyAct(deps: FixDependencies, context: OperationContext, root: string, act: PlannedAct): Promise<void> {
  switch (act.kind) {
    case 'create-file':
    case 'create-folder':
      await createSource(deps, context, root, act.path, act.kind === 'create-file' ? 'file' : 'directory');
      return;
    case 'replace-folder-by-file':
      await context.effect('source.remove', { root, path: act.path }, async () => {
        await deps.maker.removeEmptyFolder(root, act.path);
        return null;
      });
      await createSource(deps, context, root, act.path, 'file');
      return;
    case 'set-permissions': {
      const before = await deps.maker.modeOf(root, act.path);
      await context.effect('mode.set', { root, path: act.path, before, after: act.mode }, async () => {
        await deps.maker.setMode(root, act.path, act.mode);
        return null;
      });
      return;
    }
    case 'create-network':
    case 'create-volume': {
      const { authorization } = act.loaded;
      const engine = deps.engine.as(authorization);
      const project = authorization.projectName;
      const labels = { [OPERATION_LABEL]: context.operationId, [PROJECT_LABEL]: project };
      if (act.kind === 'create-network') await context.effect('network.create', { name: act.name, project }, () => engine.createNetwork(act.name, { Driver: 'bridge', Attachable: true, Labels: labels }));
      else
        await context.effect('volume.create', { name: act.name, project }, async () => {
          await engine.createVolume(act.name, { Driver: 'local', Labels: labels });
          return null;
        });
    }
  }
}

async function createSource(deps: FixDependencies, context: OperationContext, root: string, path: string, kind: 'file' | 'directory'): Promise<void> {
  const missing = await deps.maker.missing(root, path);
  await context.effect('source.create', { root, path, kind, missing: [...missing] }, async () => [...(await deps.maker.create(root, path, kind))]);
}

/** A fix counts only when the checks, run again in every mode, no longer find what it was for, and nothing new in what was changed. Resolves with what they still find. */
async function verify(deps: FixDependencies, projectId: string, modes: readonly CheckedMode[], plan: FixPlan): Promise<readonly { readonly mode: string; readonly findings: readonly Finding[] }[]> {
  const changed = new Set(plan.files.map((file) => file.path));
  const fixed = new Set(plan.chosen.map((one) => one.findingId));
  const after: { readonly mode: string; readonly findings: readonly Finding[] }[] = [];
  for (const { loaded, results } of modes) {
    const again = await deps.projects.loadMode(projectId, loaded.mode.name);
    const left = await deps.checks.run(again, await deps.observe(again));
    const wanted = plan.chosen.filter((one) => one.loaded === loaded && one.fix.action.kind !== 'recreate-service');
    const still = wanted.find(({ findingId }) => left.some((one) => one.id === findingId));
    const finding = left.find((one) => one.id === still?.findingId);
    if (still !== undefined && finding !== undefined) {
      throw new AppError('fix-failed', `"${still.fix.title}" did not help: ${finding.message}`, { hint: hasErrors([finding]) ? 'Everything was put back. Change it by hand.' : 'Everything was put back.', where: finding.where });
    }
    const worse = newErrors(results.map((one) => one.finding), left, fixed).find((one) => one.where !== undefined && changed.has(relative(loaded.project.dir, one.where.file)));
    if (worse !== undefined) throw new AppError('fix-failed', `With this, ${loaded.mode.name} would have another fault: ${worse.message}`, { hint: 'Everything was put back. Change it by hand.', where: worse.where });
    after.push({ mode: loaded.mode.name, findings: left });
  }
  return after;
}

/** Newest first, each decided by looking: what the user changed since is kept. */
async function undoFixes(deps: FixDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  // Containers first, as they were last.
  if (deps.remaker?.began(context.records) === true) await deps.remaker.rollBack(context, textOf(input, 'project'));
  for (const record of [...context.records].reverse()) {
    if (record.undone) continue;
    await undoRecord(deps, context, textOf(input, 'dir'), record);
  }
}

async function undoRecord(deps: FixDependencies, context: RecoveryContext, projectDir: string, record: EffectRecord): Promise<void> {
  const root = typeof record.intent['root'] === 'string' ? record.intent['root'] : '';
  const path = typeof record.intent['path'] === 'string' ? record.intent['path'] : '';
  switch (record.name) {
    case 'file.replace':
      await restoreFile(deps, context, record);
      return;
    case 'source.create':
      await context.effect('source.uncreate', { root, path }, async () => {
        await deps.maker.remove(root, textsOf(record.intent, 'missing'));
        return null;
      });
      return;
    case 'source.remove':
      await context.effect('source.restore', { root, path }, async () => {
        if ((await deps.maker.missing(root, path)).length > 0) await deps.maker.create(root, path, 'directory');
        return null;
      });
      return;
    case 'mode.set':
      await context.effect('mode.restore', { root, path }, async () => {
        const { before, after } = record.intent;
        if (typeof before === 'number' && (await deps.maker.modeOf(root, path)) === after) await deps.maker.setMode(root, path, before);
        return null;
      });
      return;
    case 'network.create':
    case 'volume.create': {
      const name = textOf(record.intent, 'name');
      const isOurs = (one: { readonly name: string; readonly labels: { readonly [key: string]: string } }): boolean => one.name === name && one.labels[OPERATION_LABEL] === context.operationId;
      await context.effect(`${record.name === 'network.create' ? 'network' : 'volume'}.remove`, { name }, async () => {
        // Undoing needs no new agreement: the thing is ours by its label, and removing it adds no risk.
        const engine = deps.engine.as({ projectDir, projectName: textOf(record.intent, 'project'), trustedFactKeys: [] });
        if (record.name === 'network.create') for (const network of (await engine.listNetworks()).filter(isOurs)) await engine.removeNetwork(network.id);
        else for (const volume of (await engine.listVolumes()).filter(isOurs)) await engine.removeVolume(volume.name);
        return null;
      });
      return;
    }
    default:
  }
}
