import type { HashDialect } from '@shared/domain/compose/model';
import type { FileOwned } from '@shared/domain/operations/backup';
import type { ModeDefinition, Project } from '@shared/domain/projects/project';
import type { FileAction } from '@shared/domain/snapshots/restore-files';
import type { ImageSource, RestoreFinding } from '@shared/domain/snapshots/restore-findings';
import type { RestoreScope } from '@shared/domain/snapshots/restore-scope';
import type { ImageFact, ManifestPart, VolumeFacts } from '@shared/domain/snapshots/types';
import type { ObservedContainer, ObservedProject } from '@shared/domain/engine/observed';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { JsonObject } from '@shared/kernel/json';
import type { Authorization, Engine } from '@main/docker/types';
import type { BackupFolder, SeenEntry } from '@main/platform/backup-folder';
import type { S3Door } from '@main/platform/s3/types';
import type { Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import type { Repositories, SnapshotFirst, SnapshotNotes, VolumeProgram } from './types';

/** What restoring a snapshot needs from outside. */
export interface RestoreDependencies {
  readonly repositories: Pick<Repositories, 'find'>;
  readonly volumeProgram: (authorization: Authorization) => VolumeProgram;
  readonly notes: Pick<SnapshotNotes, 'replaced' | 'settings'>;
  readonly projects: Projects;
  readonly store: Pick<Store, 'listProjects' | 'getRecord'>;
  readonly engine: Engine;
  readonly remaker: ServiceRemaker;
  /** The writer of project files; it follows no link. */
  readonly folder: BackupFolder;
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly dialect: () => HashDialect;
  /** A snapshot of what is there before it is replaced. */
  readonly snapshotFirst: SnapshotFirst;
  readonly settings: ProjectSettings;
  /** The mode that runs now: a name, 'mixed', or null. */
  readonly activeMode: (project: Project) => Promise<string | null>;
  /** A client of the S3 of the project; close it afterwards. Rejects where it has none. */
  readonly s3: (projectId: string) => Promise<S3Door>;
  /** A folder for objects that are on their way. */
  readonly transfers: string;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/** Settings of a project as one document, trust left out. */
export interface ProjectSettings {
  read(projectId: string): Promise<JsonObject>;
  write(projectId: string, document: JsonObject): Promise<void>;
}

/** A project to restore into; it may be broken so far that nobody else can open it. */
export interface RestoreTarget {
  readonly projectId: string;
  /** As the engine knows it. */
  readonly name: string;
  readonly dir: string;
  readonly modes: readonly ModeDefinition[];
  readonly authorization: Authorization;
}

/** A snapshot that was found, with who vouches for it. */
export type FoundSnapshot = Awaited<ReturnType<Repositories['find']>>;

/** One file with what the snapshot has for it and what stands there. */
export interface FileStep {
  readonly path: string;
  readonly secret: boolean;
  readonly action: FileAction;
  /** `owned`: null where nobody vouches for the snapshot: then it belongs to who writes it. */
  readonly then: { readonly bytes: Uint8Array; readonly mode: number; readonly owned: FileOwned | null } | null;
  readonly now: SeenEntry;
}

/** One volume with what is done to it. */
export interface VolumeStep {
  readonly part: ManifestPart & { readonly facts: VolumeFacts };
  readonly action: 'same' | 'replace' | 'create' | 'skip';
  readonly detail: string;
  /** Containers of the project that have it. */
  readonly users: readonly ObservedContainer[];
  /** Names of running containers of others that have it. */
  readonly others: readonly string[];
}

/** A folder outside of the project with what is done to it. */
export interface FolderStep {
  readonly part: ManifestPart;
  /** Absolute, on the engine's machine. */
  readonly source: string;
  readonly action: 'same' | 'replace';
  readonly detail: string;
  /** Somebody agreed that a service of the project writes there. */
  readonly mayChange: boolean;
  /** Running containers of the project that see it. */
  readonly users: readonly ObservedContainer[];
  /** Names of running containers of others that do. */
  readonly others: readonly string[];
}

/** Everything a restore is decided from. */
export interface RestoreLook {
  readonly target: RestoreTarget;
  readonly found: FoundSnapshot;
  readonly scope: RestoreScope;
  readonly observed: ObservedProject;
  readonly files: readonly FileStep[];
  readonly settings: { readonly now: JsonObject; readonly then: JsonObject } | null;
  readonly volumes: readonly VolumeStep[];
  readonly folders: readonly FolderStep[];
  readonly images: readonly { readonly fact: ImageFact; readonly source: ImageSource }[];
  /** The mode that is brought up in the end; null: none. */
  readonly mode: string | null;
  /** Nothing ran at the time, so nothing is to run afterwards. */
  readonly stopsAll: boolean;
  /** Running containers that are stopped, whole mode or users of volumes. */
  readonly stopping: readonly ObservedContainer[];
  readonly findings: readonly RestoreFinding[];
  readonly bytesToWrite: number;
  readonly freeBytes: number | null;
}
