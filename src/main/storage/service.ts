import type { BerthEvent } from '@shared/contract/events';
import type { Finding } from '@shared/domain/findings/finding';
import type { Project } from '@shared/domain/projects/project';
import { bucketUses } from '@shared/domain/storage/bucket-grants';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { Compose } from '@main/compose/types';
import type { Handlers } from '@main/dispatch/types';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, Operations, RecoveryContext } from '@main/operations/types';
import type { Scheduler } from '@main/operations/scheduler';
import type { BackupFolder } from '@main/platform/backup-folder';
import type { MountHost } from '@main/platform/mount-host';
import type { Logger, Store } from '@main/platform/types';
import type { LoadedMode, Projects } from '@main/projects/types';
import { storageConflicts, storageFindings, type ConflictsDependencies } from './conflicts';
import { connectChange, writeKeys } from './connect-change';
import { storageDefinitions, storageFileOf, type DefinitionsDependencies } from './definitions';
import { setupChange, strategyChange, tuneChange } from './file-changes';
import { holdingKeys } from './handed-on';
import { storageChoices, storageHandlers } from './handlers';
import { mountHandlers } from './mount-handlers';
import { refreshOperation, remountOperation } from './mount-operations';
import type { HandedOn } from './rotate-operation';
import type { Steps } from './server-container';
import { startOperation, stopOperation, validateOperation } from './start-operation';
import { createStorageStatus } from './status';
import { storageChangeOperation, type StorageChange } from './storage-change';
import { createSyncJobs } from './sync-jobs';
import { syncOperation } from './sync-operation';
import { SyncRecords } from './sync-records';
import type { HeldObjects } from '@shared/domain/storage/held-objects';
import type { Mounts, S3Server, StepContext, StorageDefinitions, StorageImages, StorageStatus } from './types';
import { provideWorkspaceKeys } from './workspace-keys';

/** Everything storage as a whole is made with: server and mounts are there already. */
export interface StorageDependencies extends Pick<DefinitionsDependencies, 'exists' | 'realPath'>, Pick<ConflictsDependencies, 'documents' | 'readText' | 'findFiles' | 'environment'> {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'listRecords'>;
  readonly engine: Engine;
  readonly projects: Projects;
  readonly compose: Pick<Compose, 'load'>;
  readonly operations: Pick<Operations, 'enqueue'>;
  readonly images: StorageImages;
  readonly host: MountHost;
  readonly stateDir: string;
  readonly s3: S3Server;
  /** Ids of the projects for which the server runs. */
  readonly s3Users: () => Promise<readonly string[]>;
  readonly undoS3: (context: RecoveryContext) => Promise<void>;
  readonly mounts: Mounts;
  readonly scheduler: () => Pick<Scheduler, 'list' | 'set' | 'remove'>;
  readonly folder: Pick<BackupFolder, 'look' | 'put' | 'write'>;
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly validatorImage: () => Promise<string>;
  readonly clock: Clock;
  readonly timed: TimedWork;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
}

/** Names this part answers. */
type OwnNames = 'storage.status' | 'storage.conflicts' | 'storage.plan' | 'storage.choose' | 'storage.runs' | 'storage.troubleshoot';
/** Names of all questions about storage. */
export type StorageNames = OwnNames | 'storage.credentials' | 'storage.images' | 'storage.image' | 'buckets.list' | 'objects.list' | 'objects.versions';

/** Storage as a whole, for the wiring. */
export interface Storage {
  readonly definitions: StorageDefinitions;
  readonly operations: readonly OperationKind[];
  readonly handlers: Pick<Handlers, OwnNames>;
  status(reference: string): Promise<StorageStatus>;
  findings(loaded: LoadedMode): Promise<readonly Finding[]>;
  /** Tells the doors how the storage of a project is, soon and once for what comes together. */
  announce(projectId: string): void;
  /** Those that have a storage file or use the server: nothing changed for the others. */
  announceAll(): Promise<void>;
  /** Mounts show at once what was written to their bucket. */
  afterWrite(projectId: string, bucket: string, keys: readonly string[]): Promise<void>;
  /** Tells when a container of storage came or went by itself. */
  readonly watch: { start(): Promise<void>; stop(): Promise<void> };
  /** What of these projects works with keys of S3 now. */
  holding(projectIds: readonly string[]): Promise<readonly HandedOn[]>;
  /** An operation that changes files of a project, with plan, backup and undo, for another part of Berth. */
  changeOperation(own: StorageChange): OperationKind;
  /** Containers that run are made anew with other keys or another place. */
  keysChanged(projectIds: readonly string[], steps: Steps): Promise<void>;
}

const SETTLE_MS = 200;
const NO_CONSENT = { pull: false, build: false };

/** Joins server, mounts and jobs into what can be asked and done. */
export function createStorage(deps: StorageDependencies): Storage {
  const { projects, engine, s3, mounts } = deps;
  const definitions = storageDefinitions(deps);
  const records = new SyncRecords(deps.store);
  const choices = storageChoices(deps.store);
  const jobs = createSyncJobs({ ...deps, records });
  const status = createStorageStatus({ projects, engine, definitions, s3, mounts, jobs, stateDir: deps.stateDir });
  const announce = announcer(deps, status);
  const conflictDeps: ConflictsDependencies = { ...deps, choices: choices.of, endpoints: (projectId) => endpointsOf(s3, projectId), held: (projectId) => heldObjects({ definitions, records }, projectId) };
  const conflicts = (projectId: string): ReturnType<typeof storageConflicts> => storageConflicts(conflictDeps, projectId);
  const started = { ...deps, jobs, definitions, conflicts, choices: choices.of, status, changed: announce };
  const change = {
    projects,
    folder: deps.folder,
    lock: deps.lock,
    provide: async (project: Project, kind: string, context: OperationContext): Promise<void> => {
      if (kind === 'storage.connect') await context.effect('storage.keys', { project: project.id }, () => writeKeys(deps, project.id).then(() => null));
      if (kind === 'storage.setup') await provideWorkspaceKeys(deps.folder, project.dir, context);
    },
    verify: (project: Project) => verify(deps, definitions, project),
    follow: async (project: Project, kind: string, context: OperationContext): Promise<readonly string[]> => {
      // Changes of files that another part of Berth makes have nothing to do with what storage runs.
      if (!kind.startsWith('storage.')) return [];
      announce(project.id);
      const lines = await followUp({ deps, definitions }, project.id, kind, context);
      return [...lines, ...(await findingLines(conflicts, project.id))];
    },
  };
  return {
    definitions,
    status,
    announce,
    changeOperation: (own) => storageChangeOperation(change, own),
    watch: containerWatch(engine, announce),
    findings: (loaded) => storageFindings(conflictDeps, loaded),
    announceAll: () => announceWhere(deps, announce).catch((error: unknown) => deps.log.warn('the projects could not be listed', { error })),
    afterWrite: (projectId, bucket, keys) => refreshAfter({ deps, definitions }, projectId, bucket, keys),
    holding: (projectIds) => holdingKeys(deps, projectIds),
    async keysChanged(projectIds, steps) {
      for (const projectId of projectIds) await remake({ deps, definitions }, jobs, projectId, contextOf(steps));
    },
    operations: [
      storageChangeOperation(change, setupChange(choices.of)),
      storageChangeOperation(change, tuneChange((projectId) => definitions.load(projectId))),
      storageChangeOperation(change, strategyChange(deps, choices.of)),
      storageChangeOperation(change, connectChange({ ...deps, definitions })),
      startOperation(started),
      stopOperation(started),
      validateOperation(started),
      syncOperation({ ...deps, definitions, records, choices: choices.of, changed: announce }),
      remountOperation({ mounts, projects, status }),
      refreshOperation({ mounts, projects, status }),
    ],
    handlers: { ...storageHandlers({ projects, status, conflicts, choices, records }), ...mountHandlers({ mounts, definitions, projects }) },
  };
}

/** Objects that stand still between a copy and somebody else, by job. What the storage file does not say any more is over. */
async function heldObjects({ definitions, records }: { readonly definitions: StorageDefinitions; readonly records: SyncRecords }, projectId: string): Promise<readonly HeldObjects[]> {
  const jobs = await definitions.load(projectId).then((definition) => definition.jobs, (error: unknown) => {
    // What is wrong with the file is said where it is read.
    if (error instanceof AppError) return [];
    throw error;
  });
  return Promise.all(jobs.map(async (job) => ({ job, keys: await records.held(projectId, job.id) })));
}

interface Parts {
  readonly deps: StorageDependencies;
  readonly definitions: StorageDefinitions;
}

async function endpointsOf(s3: Pick<S3Server, 'status' | 'place'>, projectId: string): Promise<readonly string[]> {
  const { endpoint, health } = await s3.status(projectId);
  if (endpoint === null) return [];
  const inside = health === 'healthy' ? await s3.place(projectId).then((place) => [place.endpointInside], () => []) : [];
  return [endpoint, ...inside];
}

/** The storage file must say something, and every mode must still load. */
async function verify(deps: StorageDependencies, definitions: StorageDefinitions, project: Project): Promise<void> {
  await definitions.load(project.id);
  const again = await deps.projects.resolve(project.id);
  for (const mode of again.modes) await deps.projects.loadMode(project.id, mode.name);
}

/** What runs follows the files: mounts are made anew where their settings changed, buckets are made. */
async function followUp({ deps, definitions }: Parts, projectId: string, kind: string, context: StepContext): Promise<readonly string[]> {
  const definition = await definitions.load(projectId);
  try {
    // A mount that may write from now on needs keys that may.
    const isFollowed = kind === 'storage.apply-strategy' || kind === 'storage.tune';
    if (isFollowed && (await deps.s3.status(projectId)).health === 'healthy') await deps.s3.ensureBuckets(context, projectId, [...new Set([...definition.mounts, ...definition.jobs].map((one) => one.bucket))].sort(), bucketUses(definition));
    if (kind === 'storage.tune' && (await isMounted(deps, projectId, definition))) await deps.mounts.start(context, projectId, definition, NO_CONSENT);
    return [];
  } catch (error) {
    if (error instanceof AppError) return [`The files are changed, but what runs could not follow: ${error.message} \`berth storage start\` tries it again.`];
    throw error;
  }
}

async function isMounted(deps: StorageDependencies, projectId: string, definition: Awaited<ReturnType<StorageDefinitions['load']>>): Promise<boolean> {
  return (await deps.mounts.status(projectId, definition)).some((one) => one.state !== 'absent' && one.state !== 'stopped' && one.state !== 'impossible');
}

async function findingLines(conflicts: (projectId: string) => ReturnType<typeof storageConflicts>, projectId: string): Promise<readonly string[]> {
  const { findings } = await conflicts(projectId);
  return findings.length === 0 ? ['Storage has no conflicts.'] : findings.map((one) => `${one.severity}: ${one.message}`);
}

async function refreshAfter({ deps, definitions }: Parts, projectId: string, bucket: string, keys: readonly string[]): Promise<void> {
  const definition = await definitions.load(projectId);
  for (const mount of definition.mounts.filter((one) => one.bucket === bucket)) {
    const prefix = mount.prefix === '' ? '' : `${mount.prefix}/`;
    const folders = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('/').slice(0, -1).join('/'));
    // A mount that is not there has nothing to show.
    if (folders.length > 0) await deps.mounts.refresh(projectId, mount.id, [...new Set(folders)]).catch((error: unknown) => deps.log.debug('a mount could not be refreshed', { error, mount: mount.id }));
  }
}

async function remake({ deps, definitions }: Parts, jobs: ReturnType<typeof createSyncJobs>, projectId: string, context: StepContext): Promise<void> {
  const project = await deps.projects.resolve(projectId).catch(() => null);
  if (project?.trusted !== true) return;
  const definition = await definitions.load(projectId);
  if (await isMounted(deps, projectId, definition)) await deps.mounts.start(context, projectId, definition, NO_CONSENT);
  if ((await jobs.status(projectId, definition)).some((one) => one.state !== 'stopped')) await jobs.start(context, projectId, definition, NO_CONSENT);
  if (await deps.exists(`${project.dir}/.berth/s3.env`)) await writeKeys(deps, projectId);
}

/** What is told of new keys is a step of the operation that made them. */
function contextOf(steps: Steps): StepContext {
  return { operationId: '', signal: steps.signal ?? new AbortController().signal, effect: (name, intent, act) => steps.effect(name, intent, act), note: () => Promise.resolve(), progress: () => undefined, log: (text) => steps.log(text), records: () => [] };
}

async function announceWhere(deps: StorageDependencies, announce: (projectId: string) => void): Promise<void> {
  const users = await deps.s3Users();
  for (const { id, dir } of await deps.projects.list()) if (users.includes(id) || (await storageFileOf(dir, deps.exists)) !== null) announce(id);
}

function containerWatch(engine: Pick<Engine, 'onEvent'>, announce: (projectId: string) => void): Storage['watch'] {
  let subscription: Disposable | null = null;
  return {
    start: () => {
      subscription = engine.onEvent((event) => {
        const projectId = event.attributes[STORAGE_LABELS.projectId];
        if (event.type === 'container' && projectId !== undefined && /^(?:start|die|destroy)$/.test(event.action)) announce(projectId);
      });
      return Promise.resolve();
    },
    stop: () => {
      subscription?.dispose();
      return Promise.resolve();
    },
  };
}

function announcer(deps: StorageDependencies, status: (projectId: string) => Promise<StorageStatus>): (projectId: string) => void {
  const waiting = new Map<string, NodeJS.Timeout>();
  return (projectId) => {
    if (waiting.has(projectId)) return;
    const timer = setTimeout(() => {
      waiting.delete(projectId);
      deps
        .timed(async () => deps.publish({ type: 'storage.changed', projectId, status: await status(projectId) }))
        .catch((error: unknown) => deps.log.debug('how storage is could not be told', { error, projectId }));
    }, SETTLE_MS);
    timer.unref();
    waiting.set(projectId, timer);
  };
}
