import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import type { HashDialect } from '@shared/domain/compose/model';
import type { Project } from '@shared/domain/projects/project';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { copySources, freePortOffset } from '@main/changes';
import { engineIsLocal } from '@main/checks';
import type { Authorization } from '@main/docker/types';
import type { StartWatch } from '@main/modes/types';
import type { Scheduler } from '@main/operations/scheduler';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { resourcesFolder } from '@main/platform/entries';
import { hostNewFolders } from '@main/platform/new-folder';
import type { PortsDoor } from '@main/platform/ports';
import { lockProject } from '@main/platform/project-lock';
import { openS3 } from '@main/platform/s3/client';
import { installationSealer } from '@main/platform/seal';
import { readCache } from '@main/platform/snapshot-read-cache';
import { bucketPlace } from '@main/platform/snapshots/bucket-place';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { createRepository } from '@main/platform/snapshots/repository';
import { systemClock } from '@main/platform/system-clock';
import { walkFiles } from '@main/platform/walk-files';
import type { ProjectsService } from '@main/projects';
import type { ServiceRemaker } from '@main/reconcile/types';
import {
  branchOperation,
  compareSnapshots,
  createOperation,
  createSnapshots,
  drillOperation,
  exportOperation,
  importOperation,
  planCreate,
  planRestore,
  restoreOperation,
  settingsDocuments,
  snapshotFirst,
  stateKeeper,
  stateSnapshots,
  tellsSchedule,
  verifyOperation,
  type Snapshots,
} from '@main/snapshots';
import type { VolumeProgram } from '@main/snapshots/types';
import { ignoreFilesIn } from '@main/workspaces';
import type { Foundation } from './foundation';
import type { WiredStorage } from './storage';

/** What snapshots are wired over. */
export interface SnapshotsParts {
  readonly foundation: Foundation;
  readonly version: string;
  readonly projects: ProjectsService;
  readonly storage: WiredStorage;
  readonly activeMode: (project: Project) => Promise<string | null>;
  readonly ports: PortsDoor;
  readonly remaker: ServiceRemaker;
  readonly startWatch?: StartWatch | undefined;
  readonly dialect: () => HashDialect;
  readonly volumeSizes: () => Promise<ReadonlyMap<string, number> | null>;
  readonly publish: (event: BerthEvent) => void;
  /** Made later: it runs what is registered here. */
  readonly scheduler: () => Scheduler;
}

/** What the rest of Berth uses of snapshots. */
export interface WiredSnapshots extends Pick<Snapshots, 'watch' | 'discard'> {
  readonly handlers: ReturnType<Snapshots['handlers']>;
}

/** Packs younger than that are not pruned: somebody may be writing what needs them. */
const GRACE_MS = 24 * 3_600_000;
const CALL_MS = 30_000;

/** Snapshots: where they are kept, everything that makes, reads and removes them, and what is kept before an operation changes something. */
export function wireSnapshots(parts: SnapshotsParts): WiredSnapshots {
  const { foundation, projects, storage, activeMode, publish } = parts;
  const { store, engine, operations, redactor, log } = foundation;
  const snapshots = createSnapshots({
    ...repositoryDoors(foundation),
    store,
    projects,
    engine,
    operations,
    buckets: storage.server,
    volumeSizes: parts.volumeSizes,
    scheduler: parts.scheduler,
    s3: (projectId) => storage.server.place(projectId),
    learned: (secret) => redactor.add(secret),
    graceMs: GRACE_MS,
    clock: systemClock,
    publish,
    log,
  });
  const { repositories, notes } = snapshots;
  const settings = settingsDocuments(store);
  const programs = join(resourcesFolder(), 'helper', 'volume');
  const volumeProgram = (authorization: Authorization): VolumeProgram => engine.as(authorization).volumeProgram(programs);
  const shared = { projects, engine, repositories, notes, volumeProgram, activeMode, lock: lockProject, clock: systemClock };
  const create = {
    ...shared,
    settingsOf: (project: Project) => settings.read(project.id),
    s3: (projectId: string) => storage.server.door(projectId),
    startWatch: parts.startWatch,
    readCache: readCache(join(store.paths.home, 'snapshot-reads'), () => systemClock.now()),
    filteredPaths,
    engineIsLocal: () => engineIsLocal(engine),
    transfers: join(store.paths.home, 'transfers'),
    version: parts.version,
    volumeSizes: parts.volumeSizes,
  };
  const before = { projects, operations, makeState: stateSnapshots(create) };
  const restore = { ...shared, store, remaker: parts.remaker, folder: hostBackupFolder(), dialect: parts.dialect, snapshotFirst: snapshotFirst(before), settings, s3: create.s3, transfers: create.transfers };
  const kinds = [
    ...snapshots.operations,
    tellsSchedule(createOperation(create), operations),
    restoreOperation(restore),
    branchOperation({ ...restore, ...branchDoors(parts) }),
    drillOperation(restore),
    verifyOperation(shared),
    exportOperation(shared),
    importOperation({ ...shared, randomBytes: (length) => randomBytes(length) }),
  ];
  for (const kind of kinds) operations.register(kind);
  foundation.keepStateWith(stateKeeper(before));
  return { handlers: snapshots.handlers({ planCreate: planCreate(create), planRestore: planRestore(restore), compare: compareSnapshots(create) }), watch: snapshots.watch, discard: snapshots.discard };
}

/** What starting a copy of a snapshot beside the original needs. */
function branchDoors({ foundation, projects, ports }: SnapshotsParts): Pick<Parameters<typeof branchOperation>[0], 'operations' | 'folders' | 'adopt' | 'forget' | 'freeOffset' | 'copySources'> {
  const { store, engine, operations } = foundation;
  return {
    operations,
    folders: hostNewFolders(),
    adopt: async (dir, trustedFacts) => {
      const { id } = await projects.open(dir, false);
      const stored = (await store.listProjects()).find((one) => one.id === id);
      if (stored !== undefined) await store.putProject({ ...stored, trustedFacts });
      return id;
    },
    forget: (projectId) => projects.forget(projectId),
    freeOffset: (name, loaded) => freePortOffset({ engine, ports }, name, loaded),
    copySources: (projectId, to, signal) => copySources({ projects, home: store.paths.home }, projectId, to, signal),
  };
}

/** What the rules of workspaces let through of a folder: paths of files below it. */
async function filteredPaths(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  await walkFiles(folder, '', rootFilter(await ignoreFilesIn(folder)), ignoreFilesIn, (path) => void paths.push(path.slice(1)));
  return paths;
}

/** How repositories are opened, and made at their first use. What others read too has no key of this installation; without a passphrase it has no secrets either. */
function repositoryDoors({ store }: Pick<Foundation, 'store'>): Pick<Parameters<typeof createSnapshots>[0], 'stateDir' | 'sealer' | 'openFolder' | 'openBucket'> {
  return {
    stateDir: store.paths.home,
    sealer: () => installationSealer(store.paths.keyFile),
    openFolder: async (dir, keys) => {
      const repository = await createRepository(folderPlace(dir), keys, { encryptAll: false, secrets: true });
      return { repository, close: () => repository.close() };
    },
    openBucket: async ({ bucket, prefix, ...place }, keys) => {
      const door = openS3({ ...place, deadlineMs: CALL_MS });
      const isSecret = keys.passphrase !== null;
      try {
        const repository = await createRepository(bucketPlace(door, { bucket, prefix: prefix === '' ? '' : `${prefix}/`, where: `${place.endpoint}/${bucket}${prefix === '' ? '' : `/${prefix}`}` }), keys, { encryptAll: isSecret, secrets: isSecret });
        return { repository, close: async () => repository.close().finally(() => door.close()) };
      } catch (error) {
        door.close();
        throw error;
      }
    },
  };
}
