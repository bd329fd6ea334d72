import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import type { Finding } from '@shared/domain/findings/finding';
import { AppError } from '@shared/kernel/app-error';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { Alerts } from '@main/alerts/types';
import { engineIsLocal } from '@main/checks';
import type { ComposeService } from '@main/compose';
import type { Handlers } from '@main/dispatch/types';
import type { Scheduler } from '@main/operations/scheduler';
import type { OperationKind } from '@main/operations/types';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { resourcesFolder } from '@main/platform/entries';
import { pathExists, readOptionalFile } from '@main/platform/files';
import { findFiles } from '@main/platform/find-files';
import { mountHost, type MountHost } from '@main/platform/mount-host';
import { statProbe } from '@main/platform/mount-source';
import { probePort, type PortsDoor } from '@main/platform/ports';
import { runProgram } from '@main/platform/process';
import { lockProject } from '@main/platform/project-lock';
import { openS3 } from '@main/platform/s3/client';
import { discardNewFile } from '@main/platform/new-file';
import { httpHealth } from '@main/platform/s3/health';
import { minioAdmin } from '@main/platform/s3/minio-admin';
import { systemClock } from '@main/platform/system-clock';
import type { LoadedMode } from '@main/projects/types';
import type { ProjectsService } from '@main/projects';
import { createMounts, createS3Server, createStorage, imageOverrides, s3Doors, storageImages, type StorageNames } from '@main/storage';
import type { Mounts, S3Server, StorageChange, StorageDefinitions, StorageImages } from '@main/storage/types';
import type { Foundation } from './foundation';

/** What storage is wired over. */
export interface StorageParts {
  readonly foundation: Foundation;
  readonly projects: ProjectsService;
  readonly compose: ComposeService;
  readonly alerts: Alerts;
  readonly ports: PortsDoor;
  readonly realPath: (path: string) => Promise<string>;
  readonly defaultMode: (projectId: string) => Promise<string>;
  /** Made later: it runs what is registered here. */
  readonly scheduler: () => Scheduler;
  readonly timed: TimedWork;
  readonly publish: (event: BerthEvent) => void;
}

/** What the rest of Berth uses of storage. */
export interface WiredStorage {
  readonly handlers: Pick<Handlers, StorageNames>;
  /** What the checks say of the storage of a mode. */
  readonly findings: (loaded: LoadedMode) => Promise<readonly Finding[]>;
  /** What workspaces stand on. */
  readonly definitions: StorageDefinitions;
  readonly server: S3Server;
  readonly mounts: Mounts;
  readonly images: StorageImages;
  readonly host: MountHost;
  readonly changeOperation: (change: StorageChange) => OperationKind;
  /** Those that keep watch, in the order of their start. */
  readonly watches: readonly { start(): Promise<void>; stop(): Promise<void> }[];
}

/** How long a hung mount may hold up a look. */
const PROBE_MS = 2_000;
const VALIDATOR_IMAGE = 'alpine:latest';

/** The S3 server, mounts, scheduled copies, and everything that asks about them or changes them. */
export function wireStorage(parts: StorageParts): WiredStorage {
  const { foundation, projects, compose, alerts, ports, publish, timed } = parts;
  const { store, engine, operations, redactor, log } = foundation;
  const stateDir = store.paths.home;
  const overrides = imageOverrides(store);
  const images = storageImages({ engine, imagesDir: join(resourcesFolder(), 'images'), overrides });
  const host = mountHost({ timeoutMs: PROBE_MS, probe: statProbe(runProgram) });
  const server = createS3Server({
    engine,
    images,
    clock: systemClock,
    home: join(stateDir, 'storage'),
    baseName: process.env['BERTH_S3_NAME'] ?? 'berth-s3',
    health: httpHealth,
    ports,
    probePort,
    store,
    openS3,
    admin: minioAdmin,
    projectName: (id) => projects.resolve(id).then((project) => project.name, () => null),
    hide: (secret) => redactor.add(secret),
    onChanged: () => void storage.announceAll(),
    log,
  });
  const { mounts, watch, onChanged } = createMounts({ engine, engineIsLocal: () => engineIsLocal(engine), projects, definitions: { load: (id) => storage.definitions.load(id) }, s3: server, images, alerts, host, stateDir, clock: systemClock, log });
  const storage = createStorage({
    store,
    engine,
    projects,
    compose,
    operations,
    images,
    host,
    stateDir,
    s3: server,
    s3Users: async () => (await server.records.state()).users,
    undoS3: (context) => server.undo(context),
    mounts,
    scheduler: parts.scheduler,
    folder: hostBackupFolder(),
    lock: lockProject,
    exists: pathExists,
    realPath: parts.realPath,
    documents: (file) => compose.documents(file),
    readText: async (path, maxBytes) => readOptionalFile(path, maxBytes).then((bytes) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes)), tooLargeIsNone),
    findFiles,
    defaultMode: parts.defaultMode,
    environment: process.env,
    validatorImage: async () => (await overrides.get('tests')) ?? process.env['BERTH_VALIDATOR_IMAGE'] ?? VALIDATOR_IMAGE,
    clock: systemClock,
    timed,
    publish,
    log,
  });
  const doors = s3Doors({
    server,
    openS3,
    overrides,
    definitions: storage.definitions,
    statusOf: storage.status,
    resolve: (reference) => projects.resolve(reference),
    discardDownload: discardNewFile,
    afterWrite: storage.afterWrite,
    holding: storage.holding,
    remake: async (project, services, after) => (await operations.enqueue('services.remake', { project, services: [...services] }, { after: [after] })).id,
  });
  onChanged((projectId) => storage.announce(projectId));
  server.onKeysChanged(storage.keysChanged);
  for (const kind of [...storage.operations, ...doors.operations]) operations.register(kind);
  return {
    handlers: { ...storage.handlers, ...doors.handlers },
    findings: storage.findings,
    definitions: storage.definitions,
    server,
    mounts,
    images,
    host,
    changeOperation: storage.changeOperation,
    watches: [server.supervisor, watch, storage.watch],
  };
}

/** What cannot be read, or is larger than what is looked for, says nothing of storage. */
function tooLargeIsNone(error: unknown): undefined {
  if (error instanceof AppError) return undefined;
  throw error;
}
