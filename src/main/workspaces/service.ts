import type { FolderTurns } from '@main/operations/folder-turns';
import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import { sourceRead } from '@shared/domain/workspaces/choices';
import { workspaceOf } from '@shared/domain/workspaces/keys';
import type { RemoteFile } from '@shared/domain/workspaces/sync-model';
import type { Clock } from '@shared/kernel/clock';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import { runChild } from '@main/operations/child-operation';
import type { Scheduler } from '@main/operations/scheduler';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import { keptFiles } from '@main/platform/kept-files';
import type { Amount } from '@main/platform/measure-workspace';
import type { Logger, Store } from '@main/platform/types';
import type { Project } from '@shared/domain/projects/project';
import type { Projects } from '@main/projects/types';
import type { Engine } from '@main/docker/types';
import type { Mounts, S3Server, StorageChange, StorageDefinitions, StorageImages } from '@main/storage/types';
import { Amounts } from './amounts';
import { choiceRecords } from './choices';
import type { SyncEngine, SyncEngineOptions, SyncPlan, SyncReport } from './engine-types';
import { Engines } from './engines';
import { excludeChange } from './exclude-change';
import { workspaceHandlers, type WorkspaceNames } from './handlers';
import { Monitor } from './monitor';
import { prefixOf, workspacesPlace } from './place';
import { Recount } from './recount';
import { resolveOperation } from './resolve-operation';
import { runOperations } from './run-operations';
import { scheduleSyncs } from './sync-schedules';
import { workspacesStatus } from './status';
import { SyncMemory } from './sync-memory';
import { syncOperation } from './sync-operation';
import { troubleshoot } from './troubleshoot';
import type { Gateway, Runners, SyncFirst, WorkspacesStatus } from './types';
import { variableRecords } from './variables';
import { Volumes } from './volumes';
import { Watcher } from './watcher';

/** Everything workspaces are made with. */
export interface WorkspacesDependencies {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  readonly projects: Projects;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly definitions: StorageDefinitions;
  readonly s3: S3Server;
  readonly mounts: Mounts;
  /** Makes an operation of a change of files, with plan, backup and undo. */
  readonly changeOperation: (change: StorageChange) => OperationKind;
  readonly openEngine: (options: SyncEngineOptions) => SyncEngine;
  /** Whose turn it is at the files of a folder. */
  readonly turns: FolderTurns;
  readonly listBucket: (place: { readonly endpoint: string; readonly region: string; readonly accessKey: string; readonly secretKey: string }, bucket: string, prefix: string) => AsyncIterable<readonly RemoteFile[]>;
  readonly countFolder: (folder: string) => Promise<Amount | null>;
  readonly runners: Runners;
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly gateway: (projectId: string) => Gateway;
  readonly concurrency: () => number;
  /** Rejects with `busy` while something beside Berth sends the workspaces of the project. */
  readonly alone: (project: Project) => Promise<void>;
  /** Handed in late: it is made after the capabilities whose operations it runs. */
  readonly scheduler: () => Pick<Scheduler, 'list' | 'set' | 'remove'>;
  /** Told every secret that is read or given, so that logs never show one. */
  readonly hide: (secret: string) => void;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
}

/** Workspaces, for the wiring. */
export interface Workspaces {
  readonly operations: readonly OperationKind[];
  readonly handlers: Pick<Handlers, WorkspaceNames>;
  status(reference: string): Promise<WorkspacesStatus>;
  /** Those that keep watch, in the order of their start. */
  readonly watches: readonly { start(): Promise<void>; stop(): Promise<void> }[];
  /** Before a deploy and before a switch to prod. */
  readonly syncFirst: SyncFirst;
}

const ANNOUNCE_MS = 150;

/** Joins engine, choices, counts and containers into what can be asked and done. */
export function createWorkspaces(deps: WorkspacesDependencies): Workspaces {
  const now = (): Date => new Date(deps.clock.now());
  const choices = choiceRecords(deps.store);
  const memory = new SyncMemory(deps.store, now);
  const variables = variableRecords(deps.store, deps.hide, now);
  const gateways = new Map<string, Gateway>();
  const engines = new Engines({ definitions: deps.definitions, s3: deps.s3, openEngine: deps.openEngine, stateDir: deps.stateDir, turns: deps.turns, concurrency: deps.concurrency, alone: deps.alone, sizeOnly: async (projectId) => sizeOnlyOf(await choices.of(projectId)) });
  const listBucket = async (projectId: string): Promise<AsyncIterable<readonly RemoteFile[]>> => {
    const project = await deps.projects.resolve(projectId);
    const place = await workspacesPlace(deps, project, undefined);
    return withoutPrefix(deps.listBucket(await deps.s3.place(projectId), place.bucket, prefixOf(place)), prefixOf(place));
  };
  const planned = async (projectId: string): Promise<ReadonlyMap<string, number>> => pendingOf(await engines.plan({ project: await deps.projects.resolve(projectId) }, { workspace: null }));
  const amounts = new Amounts({ listBucket, planned, countFolder: deps.countFolder, now: () => deps.clock.now() });
  const volumes = new Volumes({
    ...deps,
    engines,
    now,
    resolve: (projectId) => deps.projects.resolve(projectId),
    isUsed: async (projectId) => readsVolume(await choices.of(projectId), await deps.mounts.fuse()),
    dirOf: (projectId) => join(deps.stateDir, 'workspaces', projectId),
  });
  const statusDeps = { ...deps, memory, choices, amounts, gateway: (projectId: string) => gateways.get(projectId) ?? null, volume: (projectId: string) => volumes.sight(projectId), live: (projectId: string) => watcher.live(projectId) };
  const status = (reference: string, root?: string): Promise<WorkspacesStatus> => workspacesStatus(statusDeps, reference, root);
  const changed = announcer(deps, status);
  const recount = new Recount(
    () => deps.clock.now(),
    (projectId, root) => {
      amounts.forget(projectId, root);
      changed(projectId);
    },
  );
  const monitor = new Monitor({ ...deps, choices, changed });
  const applied = async (projectId: string, report: SyncReport, keys?: readonly string[]): Promise<void> => {
    const names = report.workspaces.filter((one) => one.uploaded + one.deleted > 0).map((one) => one.name);
    const project = await deps.projects.resolve(projectId);
    const place = await workspacesPlace(deps, project, undefined);
    // Whoever had it synced sees at once how much there is; whoever saves, when it is over.
    if (keys === undefined) amounts.forget(projectId, place.root);
    else recount.later(projectId, place.root);
    if (names.length === 0) return;
    await refresh(deps, projectId, place.mount?.id ?? null, keys ?? names.map((name) => `${name}/`), keys === undefined);
    await volumes.follow(projectId, keys === undefined || keys.length === 0 ? { workspaces: names } : { keys });
    await monitor.updated(projectId, names);
  };
  const watcher: Watcher = new Watcher({ ...deps, engines, memory, choices, applied, changed, now });
  let keepsWatch = false;
  // A process that ends with its command would name an address that nobody serves a moment later.
  const openGateway = async (projectId: string): Promise<void> => {
    if (!keepsWatch) return;
    const gateway = gateways.get(projectId) ?? deps.gateway(projectId);
    gateways.set(projectId, gateway);
    await gateway.open();
  };
  const closeGateway = async (projectId: string): Promise<void> => {
    await gateways.get(projectId)?.close();
    gateways.delete(projectId);
  };
  monitor.onGateway(openGateway);
  deps.runners.onChanged(changed);
  const closing = {
    start: () => {
      keepsWatch = true;
      return Promise.resolve();
    },
    stop: async () => {
      keepsWatch = false;
      recount.close();
      await engines.close();
      await Promise.all([...gateways.keys()].map((projectId) => closeGateway(projectId)));
    },
  };
  const files = keptFiles(join(deps.stateDir, 'replaced'));
  return {
    status: (reference) => status(reference),
    operations: [
      syncOperation({ ...deps, engines, memory, applied, settled: () => watcher.look(), changed: (projectId) => (changed(projectId), void watcher.look()) }),
      deps.changeOperation(excludeChange(deps)),
      resolveOperation({ ...deps, engines, memory, files, now, changed }),
      ...runOperations({ ...deps, choices, volumes, variablesOf: (projectId, workspace) => variables.of(projectId, workspace), openGateway, closeGateway, status: (projectId) => status(projectId), changed }),
    ],
    handlers: workspaceHandlers({ ...deps, engines, memory, choices, amounts, variables, watcher, status, troubleshoot: (reference) => troubleshoot({ ...deps, engines, memory }, reference), configured: (projectId) => follow(projectId) }),
    watches: [closing, watcher, monitor],
    syncFirst: (projectId, within, log) => syncFirst({ deps, memory }, projectId, within, log),
  };

  async function follow(projectId: string): Promise<void> {
    await scheduleSyncs(deps.scheduler(), projectId, await choices.of(projectId));
    await watcher.look();
    await monitor.look();
    changed(projectId);
  }
}

async function syncFirst(parts: { readonly deps: Pick<WorkspacesDependencies, 'operations'>; readonly memory: SyncMemory }, projectId: string, within: Pick<OperationContext, 'operationId' | 'signal'>, log: (text: string) => void): Promise<void> {
  if (!(await parts.memory.of(projectId)).hasSynced) return;
  const ended = await runChild(parts.deps.operations, within, 'workspaces.sync', { project: projectId });
  if (ended.state === 'succeeded') return log('The workspaces are synced.');
  throw new AppError('blocked', `The workspaces are not synced, so this goes no further: ${ended.error?.message ?? ended.state}`, { hint: ended.error?.hint ?? 'berth workspaces troubleshoot says what stands in the way.' });
}

/** By workspace; what is only looked at again, because its times moved, may turn out to be the same and does not count. */
function pendingOf(plan: SyncPlan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, key } of plan.steps) {
    const name = workspaceOf(key);
    if (name !== null && (kind === 'upload' || kind === 'remove')) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Whether any workspace that runs reads the volume. */
function readsVolume(choices: Awaited<ReturnType<ReturnType<typeof choiceRecords>['of']>>, fuse: { readonly possible: boolean }): boolean {
  return choices.names.some((name) => choices.workspace(name).run && sourceRead(choices.workspace(name).source, fuse.possible) === 'volume');
}

function sizeOnlyOf(choices: Awaited<ReturnType<ReturnType<typeof choiceRecords>['of']>>): readonly string[] {
  return choices.names.filter((name) => choices.workspace(name).sizeOnly);
}

/** Mounts show at once what was sent; a mount that is not there has nothing to show. */
async function refresh(deps: Pick<WorkspacesDependencies, 'mounts' | 'log'>, projectId: string, mountId: string | null, keys: readonly string[], whole: boolean): Promise<void> {
  if (mountId === null) return;
  const folders = whole ? [] : [...new Set(keys.map((key) => key.split('/').slice(0, -1).join('/')))];
  await deps.mounts.refresh(projectId, mountId, folders).catch((error: unknown) => deps.log.debug('a mount could not be refreshed', { error, mountId }));
}

async function* withoutPrefix(pages: AsyncIterable<readonly RemoteFile[]>, prefix: string): AsyncIterable<readonly RemoteFile[]> {
  for await (const page of pages) yield page.map((one) => ({ ...one, key: one.key.slice(prefix.length) })).filter((one) => workspaceOf(one.key) !== '.berth');
}

/** Tells the doors how the workspaces of a project are, soon and once for what comes together. */
function announcer(deps: Pick<WorkspacesDependencies, 'publish' | 'log'>, status: (projectId: string) => Promise<WorkspacesStatus>): (projectId: string) => void {
  const waiting = new Map<string, NodeJS.Timeout>();
  return (projectId) => {
    if (waiting.has(projectId)) return;
    const timer = setTimeout(() => {
      waiting.delete(projectId);
      status(projectId).then(
        (workspaces) => deps.publish({ type: 'workspaces.changed', projectId, workspaces }),
        (error: unknown) => deps.log.debug('how workspaces are could not be told', { error, projectId }),
      );
    }, ANNOUNCE_MS);
    timer.unref();
    waiting.set(projectId, timer);
  };
}
