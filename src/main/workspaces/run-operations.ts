import { sourceRead } from '@shared/domain/workspaces/choices';
import { textOf } from '@shared/domain/operations/operation-input';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { runChild } from '@main/operations/child-operation';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { Mounts, S3Server, StepContext } from '@main/storage/types';
import type { ChoiceRecords, MigrationStep } from './choices';
import { mustBeTrusted, prefixOf, workspacesPlace, type PlaceDependencies, type WorkspacesPlace } from './place';
import type { Runners, RunnerSource, WorkspacesStatus, WorkspaceSource } from './types';
import type { Volumes } from './volumes';
import { knownWorkspace, workspaceNames } from './workspace-folders';

/** What making containers from workspaces works with. */
export interface RunDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly s3: Pick<S3Server, 'place' | 'status'>;
  readonly mounts: Pick<Mounts, 'status' | 'parents' | 'fuse'>;
  readonly runners: Runners;
  readonly volumes: Pick<Volumes, 'fill' | 'remove'>;
  /** What the user gave a workspace, by name. */
  readonly variablesOf: (projectId: string, workspace: string) => Promise<{ readonly [name: string]: string }>;
  readonly choices: ChoiceRecords;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  /** The gateway listens while anything runs. */
  readonly openGateway: (projectId: string) => Promise<void>;
  readonly closeGateway: (projectId: string) => Promise<void>;
  readonly status: (projectId: string) => Promise<WorkspacesStatus>;
  readonly changed: (projectId: string) => void;
}

/** The operations `workspaces.start`, `stop`, `restart`, `migrate` and `rollback`. */
export function runOperations(deps: RunDependencies): readonly OperationKind[] {
  return [
    operation(deps, 'workspaces.start', (input) => `Run ${namedOr(input, 'all workspaces')}`, start),
    operation(deps, 'workspaces.stop', (input) => `Stop ${namedOr(input, 'all workspaces')}`, stop),
    operation(deps, 'workspaces.restart', (input) => `Run ${namedOr(input, 'the workspace')} anew`, restart),
    operation(deps, 'workspaces.migrate', () => 'Move the workspaces to the mount', migrate),
    operation(deps, 'workspaces.rollback', () => 'Back to local folders', rollback),
  ];
}

type Act = (deps: RunDependencies, context: OperationContext, project: Project, name: string | undefined) => Promise<void>;

function operation(deps: RunDependencies, kind: string, title: (input: JsonObject) => string, act: Act): OperationKind {
  return {
    kind,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      mustBeTrusted(project);
      if (typeof input['name'] === 'string' && kind !== 'workspaces.stop') await knownWorkspace((await workspacesPlace(deps, project, undefined)).root, input['name']);
      return { ...input, project: project.id };
    },
    key: (input) => `workspaces-run:${textOf(input, 'project')}`,
    title,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      try {
        await act(deps, context, project, typeof input['name'] === 'string' ? input['name'] : undefined);
      } finally {
        deps.changed(project.id);
      }
      await context.commit();
      return result(deps, context.operationId, project.id);
    },
    // Containers that run stay: what is missing is made by the next start, and nothing of a workspace lies in its container. One that was never started would be taken for one that somebody stopped.
    async rollback(context, input) {
      await deps.runners.clear(context, textOf(input, 'project'));
      deps.changed(textOf(input, 'project'));
    },
    finish: (context, input) => result(deps, context.operationId, textOf(input, 'project')),
  };
}

async function result(deps: RunDependencies, operationId: string, projectId: string): Promise<Json> {
  return { operationId, status: (await deps.status(projectId)) as unknown as Json };
}

function namedOr(input: JsonObject, otherwise: string): string {
  return typeof input['name'] === 'string' ? input['name'] : otherwise;
}

const start: Act = async (deps, context, project, name) => {
  const place = await workspacesPlace(deps, project, undefined);
  const names = name === undefined ? await workspaceNames(place.root) : [name];
  if (names.length === 0) throw new AppError('not-found', `There are no workspaces in ${place.root}.`, { hint: 'Each folder in it is one.' });
  const choices = await deps.choices.of(project.id);
  await deps.openGateway(project.id);
  await deps.choices.change(project.id, names, { run: true });
  const failed: AppError[] = [];
  for (const [index, workspace] of names.entries()) {
    context.progress({ step: index, of: names.length, message: `Starting ${workspace}` });
    try {
      const source = await sourceOf(deps, project, place, choices.workspace(workspace).source, workspace, context);
      await deps.runners.start(context, { projectId: project.id, projectName: project.name, projectDir: project.dir, workspace, source, variables: await deps.variablesOf(project.id, workspace) });
    } catch (error) {
      // One that cannot start keeps none of the others from it.
      if (!(error instanceof AppError) || error.code === 'cancelled' || context.signal.aborted) throw error;
      context.log(`${workspace}: ${error.message}`);
      failed.push(error);
    }
  }
  const [first] = failed;
  if (first === undefined) return;
  if (failed.length === 1) throw first;
  throw new AppError(first.code, `${String(failed.length)} of ${String(names.length)} workspaces did not start: ${failed.map((one) => one.message).join(' ')}`, first.hint === undefined ? {} : { hint: first.hint });
};

const stop: Act = async (deps, context, project, name) => {
  const running = [...(await deps.runners.status(project.id)).keys()];
  const kept = (await deps.choices.of(project.id)).names;
  const names = name === undefined ? [...new Set([...running, ...kept])] : [name];
  await deps.choices.change(project.id, names, { run: false });
  for (const workspace of names) await deps.runners.stop(context, project.id, workspace);
  if ((await deps.runners.status(project.id)).size > 0) return;
  await deps.closeGateway(project.id);
  await deps.volumes.remove(project);
};

const restart: Act = async (deps, context, project, name) => {
  if (name !== undefined) await deps.runners.stop(context, project.id, name);
  await start(deps, context, project, name);
};

/** In its four steps, each checked before the next one begins; where it stopped is kept, and there the next try goes on. */
const migrate: Act = async (deps, context, project) => {
  const place = await workspacesPlace(deps, project, undefined);
  const begun = (await deps.choices.of(project.id)).migration;
  const names = await workspaceNames(place.root);
  const steps: readonly { readonly step: MigrationStep; readonly words: string; readonly act: () => Promise<void> }[] = [
    { step: 's3', words: 'Start S3', act: () => child(deps, context, 'storage.start', { project: project.id, component: 's3' }) },
    { step: 'sync', words: 'Send the workspaces', act: () => child(deps, context, 'workspaces.sync', { project: project.id }) },
    { step: 'mount', words: 'Mount the bucket', act: () => mountStep(deps, context, project) },
    {
      step: 'monitor',
      words: 'Have the containers read the mount',
      act: async () => {
        // Where buckets cannot be folders, a volume takes the place of the mount by itself.
        await deps.choices.change(project.id, names, { source: 'mount' });
        await start(deps, context, project, undefined);
      },
    },
  ];
  const from = Math.max(0, steps.findIndex((one) => one.step === begun));
  for (const [index, { step, words, act }] of steps.entries()) {
    if (index < from) continue;
    await deps.choices.setMigration(project.id, step);
    context.progress({ step: index, of: steps.length, message: words });
    context.log(`${String(index + 1)}/4 ${words}`);
    await act();
  }
  await deps.choices.setMigration(project.id, 'done');
};

async function mountStep(deps: RunDependencies, context: OperationContext, project: Project): Promise<void> {
  const fuse = await deps.mounts.fuse();
  if (!fuse.possible) {
    context.log(`${fuse.reason} A volume is kept in step instead.`);
    return;
  }
  const place = await workspacesPlace(deps, project, undefined);
  if (place.mount === null) throw new AppError('blocked', 'The storage file of this project has no mount of the workspaces.', { hint: 'berth storage setup workspace writes one; then go on: berth workspaces migrate' });
  await child(deps, context, 'storage.start', { project: project.id, component: 'mounts' });
}

const rollback: Act = async (deps, context, project) => {
  const place = await workspacesPlace(deps, project, undefined);
  const names = await workspaceNames(place.root);
  const runs = (await deps.choices.of(project.id)).names.filter((name) => names.includes(name));
  context.log('1/3 Containers read the local folders');
  await deps.choices.change(project.id, names, { source: 'local' });
  const running = await deps.runners.status(project.id);
  const choices = await deps.choices.of(project.id);
  for (const workspace of runs) {
    if (!running.has(workspace) && !choices.workspace(workspace).run) continue;
    await deps.runners.start(context, { projectId: project.id, projectName: project.name, projectDir: project.dir, workspace, source: { kind: 'local', hostFolder: place.root }, variables: await deps.variablesOf(project.id, workspace) });
  }
  context.log('2/3 The mount stops');
  if (place.mount !== null) await child(deps, context, 'storage.stop', { project: project.id, component: 'mounts' });
  context.log('3/3 The bucket stays as it is');
  await deps.choices.setMigration(project.id, 'none');
};

/** Where a container gets its source from. Rejects when the mount it needs is not there. */
export async function sourceOf(deps: Pick<RunDependencies, 's3' | 'mounts' | 'volumes'>, project: Project, place: WorkspacesPlace, chosen: WorkspaceSource, workspace: string, context: StepContext): Promise<RunnerSource> {
  if (chosen === 'local') return { kind: 'local', hostFolder: place.root };
  const fuse = await deps.mounts.fuse();
  const reads = sourceRead(chosen, fuse.possible);
  if (reads === 'volume') {
    if (chosen === 'mount') context.log(`${fuse.reason} ${workspace} reads a volume instead, which is kept in step with the bucket.`);
    return deps.volumes.fill(context, project);
  }
  if (reads === 'mount') {
    if (place.mount === null) throw new AppError('blocked', `${workspace} reads the mount, but the storage file has no mount of the workspaces.`, { hint: 'berth storage setup workspace writes one, or choose another source: berth workspaces configure --source direct' });
    const { mountPoint, id } = place.mount;
    const state = (await deps.mounts.status(project.id, place.definition)).find((one) => one.id === id);
    if (state?.state !== 'healthy') throw new AppError('service-unreachable', `${mountPoint} is not mounted, so no container is made from it.`, { hint: 'Start it: berth storage start --component mounts' });
    const parent = mountPoint.slice(0, mountPoint.lastIndexOf('/'));
    const hostFolder = deps.mounts.parents(project.id, place.definition).get(parent);
    if (hostFolder === undefined) throw new AppError('internal', `The folder above ${mountPoint} is not known.`);
    return { kind: 'mount', hostFolder, targetFolder: parent, path: mountPoint };
  }
  // Keys that only read, where the storage file has a mount that they were made for.
  const s3 = await deps.s3.place(project.id, place.mount === null ? 'project' : 'mount');
  return { kind: 'direct', endpoint: s3.endpointInside, network: s3.network, region: s3.region, bucket: place.bucket, prefix: prefixOf(place), accessKey: s3.accessKey, secretKey: s3.secretKey };
}

/** A step of a move is an operation of its own; what it fails with is this one's failure. */
async function child(deps: RunDependencies, context: OperationContext, kind: string, input: JsonObject): Promise<void> {
  const ended = await runChild(deps.operations, context, kind, input);
  if (ended.state === 'succeeded') return;
  const { error } = ended;
  if (error === null) throw new AppError('interrupted', `${ended.title} did not finish.`, { hint: `See berth operations show ${ended.id}` });
  throw new AppError(error.code, error.message, { ...(error.hint === undefined ? {} : { hint: error.hint }), ...(error.details === undefined ? {} : { details: error.details }) });
}
