import { isAlive, isOfFolder, modeOfContainer } from '@shared/domain/modes/active-mode';
import { foreignFolder, imageName, planClean, type CleanPlan } from '@shared/domain/projects/clean';
import type { Project } from '@shared/domain/projects/project';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import { stopGrace } from '@main/docker/stop-grace';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, OperationKind, Operations, RecoveryContext } from '@main/operations/types';
import { removeAll } from './clean-removal';
import type { Projects } from './types';

/** What cleaning a project needs from outside. */
export interface CleanDependencies {
  readonly projects: Projects;
  readonly engine: Engine;
  readonly operations: Pick<Operations, 'enqueue'>;
  readonly activeMode: (project: Project) => Promise<string | null>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
}

/** What the journal keeps of a clean-up: finishing needs nothing but it and the engine. */
interface CleanRecord {
  readonly plan: CleanPlan;
  /** Containers that ran before: they run again when nothing was removed. */
  readonly running: readonly { readonly id: string; readonly graceSeconds: number }[];
}

const RECORD_NOTE = 'clean.planned';
const KEPT_NOTE = 'clean.kept';

/** The operation `projects.clean`: everything of this project goes, volumes with a name only when asked for and in a snapshot first; then what ran is started again. */
export function cleanOperation(deps: CleanDependencies): OperationKind {
  return {
    kind: 'projects.clean',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      if ((await deps.projects.authorization(project.id)).trustedFactKeys === null) {
        throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is removed or started.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      }
      return { project: project.id, name: project.name, volumes: input['volumes'] === true, start: input['start'] !== false, dryRun: input['dryRun'] === true };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `${input['dryRun'] === true ? 'Look at what cleaning' : 'Clean'} ${String(input['name'])}${input['dryRun'] === true ? ' would remove' : input['volumes'] === true ? ' with its volumes' : ''}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => putBack(deps, context, textOf(input, 'project')),
    finish: (context, input) => finish(deps, context, textOf(input, 'project')),
  };
}

async function look(deps: CleanDependencies, project: Project, volumes: boolean): Promise<{ readonly plan: CleanPlan; readonly containers: Awaited<ReturnType<Engine['observe']>>['containers'] }> {
  const [observed, networks, disk, loaded] = await Promise.all([deps.engine.observe(project.name, []), deps.engine.listNetworks(), deps.engine.diskUse(), deps.projects.loadModes(project.id)]);
  const foreign = foreignFolder({ dir: project.dir, containers: observed.containers });
  if (foreign !== null) throw new AppError('blocked', `Containers of ${foreign} carry the name ${project.name} too, so it cannot be told whose networks, images and volumes are whose.`, { hint: 'Give one of the two projects another name, or remove those containers.' });
  const models = Object.fromEntries(Object.entries(loaded).map(([mode, one]) => [mode, one.model]));
  return { plan: planClean({ project: project.name, dir: project.dir, containers: observed.containers, networks, disk, models, volumes }), containers: observed.containers };
}

async function run(deps: CleanDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  const again = (containers: Parameters<typeof modeToStart>[2]): Promise<string | null> => (input['start'] === false ? Promise.resolve(null) : modeToStart(deps, project, containers));
  context.progress({ step: 0, of: 4, message: 'Looking at what belongs to the project' });
  const { plan, containers } = await look(deps, project, input['volumes'] === true);
  if (input['dryRun'] === true) return resultOf(context.operationId, plan, { snapshot: null, kept: plan.kept, mode: await again(containers), follow: null });

  const authorization = await deps.projects.authorization(project.id);
  const engine = deps.engine.as(authorization);
  const loaded = await deps.projects.loadModes(project.id);
  const lock = await deps.lock(project.dir);
  try {
    const mode = await again(containers);
    const running = await Promise.all(containers.filter((one) => isAlive(one) && isOfFolder(project.dir, one)).map(async (one) => ({ one, ...(await stopGrace(engine, one, loaded)) })));
    const record: CleanRecord = { plan, running: running.map(({ one, graceSeconds }) => ({ id: one.id, graceSeconds })) };
    await context.note(RECORD_NOTE, record as unknown as JsonObject);
    if (mode !== null) await context.effect('follow.enqueue', { mode }, () => queueStart(deps, project.id, mode, context.operationId));
    context.progress({ step: 1, message: 'Stopping' });
    // Stopped before it is kept: what a database writes while it is copied may not fit together.
    await Promise.all(running.map(({ one, graceSeconds, reason }) => context.effect('container.stop', { id: one.id, service: one.service, graceSeconds, reason }, async () => (await engine.stopContainer(one.id, graceSeconds), null))));
    context.progress({ step: 2, message: plan.volumes.length > 0 ? 'Keeping the volumes in a snapshot' : 'Keeping what is there' });
    const snapshot = (await context.beforeChange?.(plan.volumes)) ?? null;
    if (plan.volumes.length > 0 && snapshot === null) throw new AppError('blocked', `The volumes ${plan.volumes.join(', ')} are in no snapshot, so nothing was removed.`, { hint: 'Clean without them: `berth projects clean`.' });
    if (snapshot !== null) await context.note(KEPT_NOTE, { snapshot });
    await context.commit();
    context.progress({ step: 3, message: 'Removing' });
    const kept = await removeAll({ engine, effect: (name, intent, act) => context.effect(name, intent, act), log: (text) => context.log(text) }, plan);
    context.progress({ step: 4, message: 'Clean' });
    return cleaned(context.operationId, context.records(), plan, kept);
  } finally {
    lock.dispose();
  }
}

/** Bound to the end of the clean-up: one that is put back takes it along, and after a crash it is found in the queue. Rejects where the mode could not be started. */
async function queueStart(deps: CleanDependencies, project: string, mode: string, after: string): Promise<string> {
  try {
    return (await deps.operations.enqueue('modes.switch', { project, mode }, { after: [after] })).id;
  } catch (error) {
    if (!(error instanceof AppError) || !(error.code === 'blocked' || error.code.startsWith('compose-'))) throw error;
    throw new AppError(error.code, error.message, { hint: 'Mend that first (`berth checks run`), or clean without starting again: `berth projects clean --no-start`.', where: error.where, details: error.details });
  }
}

/** The mode that runs, or the one that the stopped containers are of; null when there is none to start again. */
async function modeToStart(deps: CleanDependencies, project: Project, containers: Awaited<ReturnType<Engine['observe']>>['containers']): Promise<string | null> {
  const active = await deps.activeMode(project);
  if (active !== null) return project.modes.find((one) => one.name === active)?.name ?? null;
  const own = containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one)).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return own.map((one) => modeOfContainer(project.modes, project.dir, one)).find((one) => one !== null) ?? null;
}

/** Nothing was removed yet: what ran runs again. */
async function putBack(deps: CleanDependencies, context: RecoveryContext, projectId: string): Promise<void> {
  const engine = deps.engine.as(await deps.projects.authorization(projectId));
  const stops = context.records.filter((one) => one.name === 'container.stop');
  for (const { id, graceSeconds } of readRecord(context.records)?.running ?? []) {
    const stop = stops.find((one) => one.intent['id'] === id);
    if (stop === undefined) continue;
    // A stop without a result may still be under way in the engine: it is carried to its end, or it would end what is started now.
    if (stop.result === undefined) await context.effect('container.stop', { id }, async () => (await engine.stopContainer(id, graceSeconds), null));
    if (!isAlive(await engine.inspectContainer(id))) await context.effect('container.start', { id, undoes: stop.seq }, async () => (await engine.startContainer(id), null));
  }
}

/** The first removal may have been made: the rest follows. */
async function finish(deps: CleanDependencies, context: RecoveryContext, projectId: string): Promise<Json> {
  const record = readRecord(context.records);
  if (record === null) throw new AppError('needs-attention', 'The journal of this clean-up has no record of what it was to remove.', { hint: 'Clean the project again.' });
  const project = await deps.projects.resolve(projectId);
  const engine = deps.engine.as(await deps.projects.authorization(projectId));
  const lock = await deps.lock(project.dir);
  try {
    const kept = await removeAll({ engine, effect: (name, intent, act) => context.effect(name, intent, act), log: (text) => context.log(text) }, record.plan);
    return cleaned(context.operationId, context.records, record.plan, kept);
  } finally {
    lock.dispose();
  }
}

function readRecord(records: readonly EffectRecord[]): CleanRecord | null {
  const note = records.find((one) => one.name === RECORD_NOTE);
  if (note === undefined) return null;
  const record = note.intent as unknown as CleanRecord;
  // An earlier version wrote none.
  return { ...record, plan: { ...record.plan, nameless: (record.plan as Partial<CleanPlan>).nameless ?? [] } };
}

function cleaned(operationId: string, records: readonly EffectRecord[], plan: CleanPlan, kept: readonly string[]): Json {
  const step = (name: string): EffectRecord | undefined => records.findLast((one) => one.name === name);
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const follow = step('follow.enqueue');
  return resultOf(operationId, plan, { snapshot: text(step(KEPT_NOTE)?.intent['snapshot']), kept: [...plan.kept, ...kept], mode: text(follow?.intent['mode']), follow: text(follow?.result) });
}

function resultOf(operationId: string, plan: CleanPlan, more: { readonly snapshot: string | null; readonly kept: readonly string[]; readonly mode: string | null; readonly follow: string | null }): Json {
  return {
    operationId,
    containers: plan.containers.map((one) => one.name),
    networks: plan.networks.map((one) => one.name),
    images: plan.images.map(imageName),
    volumes: [...plan.volumes, ...plan.nameless],
    freedBytes: plan.freedBytes,
    snapshot: more.snapshot,
    kept: [...more.kept],
    mode: more.mode,
    started: more.follow !== null,
    follow: more.follow,
  };
}
