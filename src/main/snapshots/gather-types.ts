import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedImage } from '@shared/domain/engine/observed';
import type { Project } from '@shared/domain/projects/project';
import type { ProjectBind } from '@shared/domain/snapshots/bind-choice';
import type { Hold } from '@shared/domain/snapshots/consistency';
import type { ProjectFileChoice } from '@shared/domain/snapshots/file-choice';
import type { SnapshotPartKind } from '@shared/domain/snapshots/types';
import type { ProjectVolume } from '@shared/domain/snapshots/volume-choice';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { JsonObject } from '@shared/kernel/json';
import type { Authorization, Engine } from '@main/docker/types';
import type { StartWatch } from '@main/modes/types';
import type { ReadCache } from '@main/platform/snapshot-read-cache';
import type { S3Door } from '@main/platform/s3/types';
import type { Projects } from '@main/projects/types';
import type { VolumeProgram } from '@main/docker/volume-types';
import type { ConsistencyChoice, Repositories, SnapshotNotes } from './types';

/** What making a snapshot needs from outside. */
export interface CreateDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'loadModes' | 'authorization'>;
  readonly engine: Engine;
  readonly repositories: Pick<Repositories, 'open' | 'chosen'>;
  readonly notes: Pick<SnapshotNotes, 'made' | 'settings'>;
  readonly volumeProgram: (authorization: Authorization) => VolumeProgram;
  /** The mode that runs: a name, 'mixed', or null. */
  readonly activeMode: (project: Project) => Promise<string | null>;
  /** What Berth keeps of the project beside its files, without its trust. */
  readonly settingsOf: (project: Project) => Promise<JsonObject>;
  /** A client of the S3 of the project; close it afterwards. Rejects where it has none. */
  readonly s3: (projectId: string) => Promise<S3Door>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly startWatch?: StartWatch | undefined;
  readonly readCache: ReadCache;
  /** What the rules of workspaces let through of a folder of this machine: paths of files below it. */
  readonly filteredPaths: (folder: string) => Promise<readonly string[]>;
  /** Whether the engine's clock is this machine's. */
  readonly engineIsLocal: () => boolean;
  /** A folder for objects of buckets that are on their way; made when it is missing. */
  readonly transfers: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly version: string;
  /** Sizes of volumes as far as they are known by now; nothing is measured for it. */
  readonly volumeSizes?: (() => Promise<ReadonlyMap<string, number> | null>) | undefined;
  readonly pauseCapMs?: number | undefined;
}

/** What a snapshot is asked to hold. */
export interface CreateRequest {
  readonly tag: string | null;
  /** manual, schedule, or the kind of the operation it is made before. */
  readonly reason: string;
  /** Of that operation. */
  readonly before: string | null;
  /** False: files, settings, images and containers only. */
  readonly volumes: boolean;
  readonly only: readonly string[] | null;
  readonly binds: readonly string[];
  readonly buckets: readonly string[];
  readonly consistency: ConsistencyChoice | null;
  readonly repository: string | null;
}

/** The project as it was seen in one look; nothing was changed for it. */
export interface SeenProject {
  readonly project: Project;
  readonly authorization: Authorization;
  readonly loaded: { readonly [mode: string]: LoadedCompose };
  /** Of the project and its folder, one-offs included. */
  readonly containers: readonly ObservedContainer[];
  readonly everyContainer: readonly ObservedContainer[];
  readonly images: { readonly [reference: string]: ObservedImage | null };
  readonly mode: string | null;
  readonly files: ProjectFileChoice;
  readonly volumes: readonly ProjectVolume[];
  readonly binds: readonly ProjectBind[];
  /** The folder behind a volume, where its driver was told one. */
  readonly deviceOf: (volume: string) => string | null;
}

/** One part that is to be, or could be, in a snapshot. */
export interface PlannedPart {
  readonly kind: SnapshotPartKind;
  readonly name: string;
  readonly chosen: boolean;
  readonly services: readonly string[];
  readonly facts: JsonObject;
}

/** What a snapshot will hold and how it is read. */
export interface GatherPlan {
  readonly parts: readonly PlannedPart[];
  readonly holds: readonly Hold[];
  readonly notes: readonly string[];
}
