import { join } from 'node:path';
import { hasErrors } from '@shared/domain/findings/finding';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { SourceMaker } from '@main/platform/source-maker';
import type { LoadedMode, Projects } from '@main/projects/types';
import { chooseFixes, planFixes, structuralPlan, type FixPlan, type PlannedAct } from './fix-plan';
import type { ChecksWithFixes } from './service';

/** What the fix operation works with. */
export interface FixDependencies {
  readonly projects: Projects;
  readonly checks: ChecksWithFixes;
  readonly engine: Engine;
  /** The engine's view of a project; null when the engine does not answer. */
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode to check when none is named. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly maker: SourceMaker;
  readonly readText: (path: string) => Promise<string>;
  /** platform/files: replaces a file beneath a folder, following no link, synced. */
  readonly replaceBeneath: (rootDir: string, relPath: string, bytes: Uint8Array) => Promise<void>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock?: ((projectDir: string) => Promise<Disposable>) | undefined;
}

const OPERATION_LABEL = 'dev.berth.op';
const PROJECT_LABEL = 'dev.berth.project';

/** The operation 'checks.fix': files get their old bytes back and what was created is removed again when anything fails. */
export function fixOperation(deps: FixDependencies): OperationKind {
  return {
    kind: 'checks.fix',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const mode = typeof input['mode'] === 'string' ? input['mode'] : await deps.defaultMode(project.id);
      // Rejects now for a mode that is not there or cannot be read, before anything is stored.
      await deps.projects.loadMode(project.id, mode);
      return { project: project.id, name: project.name, dir: project.dir, mode, fixes: textsOf(input, 'fixes'), dryRun: input['dryRun'] === true };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => (input['dryRun'] === true ? `Show the fixes of ${textOf(input, 'name')}` : `Fix ${textOf(input, 'name')}`),
    projectId: (input) => textOf(input, 'project'),
    async plan(input) {
      if (input['dryRun'] === true) return null;
      const { loaded, plan } = await workOut(deps, input);
      return structuralPlan(loaded.project.dir, loaded.compose.inputFiles, plan);
    },
    run: (context, input) => runFixes(deps, context, input),
    rollback: (context, input) => undoFixes(deps, context, input),
    // Everything was done before the commit; the note holds what to answer.
    finish: (context) => Promise.resolve(context.records.find((record) => record.name === 'fix.applied')?.intent ?? { applied: [], diff: '' }),
  };
}

/** What the chosen fixes would do to the project as it is now. Changes nothing. */
async function workOut(deps: FixDependencies, input: JsonObject): Promise<{ readonly loaded: LoadedMode; readonly plan: FixPlan }> {
  const loaded = await deps.projects.loadMode(textOf(input, 'project'), textOf(input, 'mode'));
  const results = await deps.checks.results(loaded, await deps.observe(loaded));
  const chosen = chooseFixes(results, textsOf(input, 'fixes'));
  return { loaded, plan: await planFixes(loaded.compose, loaded.project.dir, chosen, deps.readText) };
}

async function runFixes(deps: FixDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  context.progress({ step: 0, of: 3, message: 'Looking at what is wrong' });
  const { loaded, plan } = await workOut(deps, input);
  if (input['dryRun'] === true || plan.chosen.length === 0) return { applied: [], diff: plan.diff };

  const lock = await deps.lock?.(loaded.project.dir);
  try {
    context.progress({ step: 1, of: 3, message: 'Changing files' });
    await applyPlan(deps, context, loaded, plan);
    context.progress({ step: 2, of: 3, message: 'Checking again' });
    await verify(deps, textOf(input, 'project'), textOf(input, 'mode'), plan);
  } finally {
    lock?.dispose();
  }
  const applied = { applied: plan.chosen.map(({ fix }) => fix.id), diff: plan.diff };
  await context.note('fix.applied', applied);
  await context.commit();
  for (const { fix } of plan.chosen) context.log(fix.title);
  context.progress({ step: 3, of: 3, message: 'Fixed' });
  return applied;
}

async function applyPlan(deps: FixDependencies, context: OperationContext, loaded: LoadedMode, plan: FixPlan): Promise<void> {
  const root = loaded.project.dir;
  for (const file of plan.files) {
    await context.effect('file.replace', { root, path: file.path, before: file.before, after: file.after }, async () => {
      // Somebody may have saved the file since it was read: their words are not overwritten.
      if ((await deps.readText(join(root, file.path))) !== file.before) throw new AppError('fix-failed', `${file.path} was changed meanwhile.`, { hint: 'Run the fix again.' });
      await deps.replaceBeneath(root, file.path, new TextEncoder().encode(file.after));
      return null;
    });
  }
  for (const act of plan.acts) await applyAct(deps, context, loaded, root, act);
}

async function applyAct(deps: FixDependencies, context: OperationContext, loaded: LoadedMode, root: string, act: PlannedAct): Promise<void> {
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
    case 'create-network':
    case 'create-volume': {
      const engine = deps.engine.as(loaded.authorization);
      const project = loaded.authorization.projectName;
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

/** A fix counts only when the checks, run again, no longer find what it was for. */
async function verify(deps: FixDependencies, projectId: string, mode: string, plan: FixPlan): Promise<void> {
  const again = await deps.projects.loadMode(projectId, mode);
  const left = await deps.checks.run(again, await deps.observe(again));
  const still = plan.chosen.find(({ findingId }) => left.some((finding) => finding.id === findingId));
  const finding = left.find((one) => one.id === still?.findingId);
  if (still === undefined || finding === undefined) return;
  throw new AppError('fix-failed', `"${still.fix.title}" did not help: ${finding.message}`, { hint: hasErrors([finding]) ? 'Everything was put back. Change it by hand.' : 'Everything was put back.', where: finding.where });
}

/** Newest first, each decided by looking: what the user changed since is kept. */
async function undoFixes(deps: FixDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
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
      await context.effect('file.restore', { root, path }, async () => {
        const now = await deps.readText(join(root, path)).catch(() => undefined);
        if (now === record.intent['after'] && typeof record.intent['before'] === 'string') await deps.replaceBeneath(root, path, new TextEncoder().encode(record.intent['before']));
        else if (now !== record.intent['before']) context.log(`${path} was changed meanwhile and is left as it is.`);
        return null;
      });
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

function textOf(input: JsonObject, key: string): string {
  const value = input[key];
  if (typeof value !== 'string') throw new AppError('input-invalid', `The input has no ${key}.`);
  return value;
}

function textsOf(input: JsonObject, key: string): string[] {
  const value = input[key];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
