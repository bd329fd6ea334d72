import type { OutputOf } from '@shared/contract/contract';
import type { BucketUses, KeyRole } from '@shared/domain/storage/bucket-grants';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import type { StorageImageRole } from '@shared/domain/storage/image-candidates';
import type { InsidePlace } from '@shared/domain/storage/inside-place';
import type { OperationContext } from '@main/operations/types';
import type { S3Door } from '@main/platform/s3/types';

export type StorageStatus = OutputOf<'storage.status'>;
export type S3ServerStatus = StorageStatus['s3'];
export type MountStatus = StorageStatus['mounts'][number];
export type MountCheck = OutputOf<'storage.troubleshoot'>[number];
export type JobStatus = StorageStatus['jobs'][number];

/** What a step of an operation works with. */
export type StepContext = Pick<OperationContext, 'operationId' | 'signal' | 'effect' | 'note' | 'progress' | 'log' | 'records'>;

/** Whether images may be fetched from a registry, or built on this machine. */
export interface ImageConsent {
  readonly pull: boolean;
  readonly build: boolean;
}

/** What a container plays in storage: it decides which image is looked for. */
export type ImageRole = StorageImageRole;

export interface ResolvedImage {
  /** What `docker create` is given. */
  readonly reference: string;
  readonly flavour: string;
  /** Sentences worth a notice: frozen upstream, a known hole. */
  readonly notices: readonly string[];
}

/** Finds the image for a role: the user's own, one that is here, one to pull, one to build. Rejects with `setup-failed`, saying which was tried and what to do. */
export interface StorageImages {
  /** `written`: the flavour of a server's data, where there is some already; only servers that can read it are taken. */
  resolve(role: ImageRole, consent: ImageConsent, onOutput: (line: string) => void, signal?: AbortSignal, written?: string): Promise<ResolvedImage>;
}

/** What can have an image of the user's own: the roles, and the container that tests the data folder. */
export type OverriddenRole = ImageRole | 'tests';

/** The user's own image for a role, in place of what Berth would choose. */
export interface ImageOverrides {
  get(role: OverriddenRole): Promise<string | null>;
  /** Null goes back to Berth's choice. Rejects with `input-invalid` for what is no pinned reference. */
  set(role: OverriddenRole, reference: string | null): Promise<void>;
}

/** Where a client reaches S3, with the keys of one project. */
export interface S3Place extends InsidePlace {
  readonly origin: 'local' | 'external';
  /** From this machine. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The S3 server behind everything: the local container, or an external endpoint. */
export interface S3Server {
  /** Looks now. Never rejects: what is wrong is in `health` and `detail`. */
  status(projectId: string): Promise<S3ServerStatus>;
  /** Keys limited to the project's buckets, for mounts and copies to what these do there (where the flavour can). Rejects with `service-unreachable` while it does not run. */
  place(projectId: string, role?: KeyRole): Promise<S3Place>;
  /** A client with the project's keys; close it afterwards. */
  door(projectId: string): Promise<S3Door>;
  /** Resolves where the bucket is there; rejects with `not-found` where not, and as a door does where it cannot be told. */
  headBucket(projectId: string, bucket: string, signal?: AbortSignal): Promise<void>;
  /** Starts it and waits until it is healthy; nothing for an external one but a look. Idempotent. */
  start(context: StepContext, projectId: string, consent: ImageConsent): Promise<void>;
  /** Stops it unless another project's storage runs. Data stays. */
  stop(context: StepContext, projectId: string): Promise<void>;
  /** Makes the buckets that are missing and lets the project's key use exactly these, those of mounts and copies as `uses` says. */
  ensureBuckets(context: StepContext, projectId: string, buckets: readonly string[], uses?: BucketUses): Promise<void>;
  /** Makes one more bucket of the project, beside those of its storage file, and lets its key use it. Rejects with `blocked` for one that belongs to another project. */
  ensureOwnBucket(context: StepContext, projectId: string, bucket: string): Promise<void>;
}

/** Reads the storage file of a project. Rejects as compose files do; a project without one has an empty definition. */
export interface StorageDefinitions {
  load(projectId: string): Promise<StorageDefinition>;
}

/** Buckets as folders: one supervisor for every mount of every project. */
export interface Mounts {
  status(projectId: string, definition: StorageDefinition): Promise<readonly MountStatus[]>;
  /** How they are once none is on its way back to health; as they are after `timeoutMs` at the latest, or when it is aborted. `onWaiting` is told one that is waited for, once. */
  settled(projectId: string, definition: StorageDefinition, timeoutMs: number, signal: AbortSignal, onWaiting: (forThis: MountStatus) => void): Promise<readonly MountStatus[]>;
  /** Resolves when every mount is healthy. */
  start(context: StepContext, projectId: string, definition: StorageDefinition, consent: ImageConsent): Promise<void>;
  /** Unmounts and removes the containers; consumers keep an empty folder. */
  stop(context: StepContext, projectId: string): Promise<void>;
  remount(context: StepContext, projectId: string, mountId: string | null): Promise<void>;
  /** Shows changes of the bucket at once. Folders relative to the mount; none: all of it. Resolves with the mounts that were refreshed. */
  refresh(projectId: string, mountId: string | null, folders: readonly string[]): Promise<readonly string[]>;
  /** Whether buckets can be folders on this machine; `instead` says what takes their place. */
  fuse(): Promise<StorageStatus['fuse']>;
  /** Three checks of each mount, with the commands that say the same in a terminal. */
  troubleshoot(projectId: string, definition: StorageDefinition): Promise<readonly MountCheck[]>;
  /** Folders on this machine that consumers bind with `rslave`: by the folder in the container that holds mount points (/mnt/s3). */
  parents(projectId: string, definition: StorageDefinition): ReadonlyMap<string, string>;
}

/** Scheduled copies to S3. */
export interface SyncJobs {
  /** `s3`: how it is now, where that is known; a job that cannot reach it waits. */
  status(projectId: string, definition: StorageDefinition, s3?: { readonly reachable: boolean; readonly detail: string }): Promise<readonly JobStatus[]>;
  /** Makes the container and the schedule. */
  start(context: StepContext, projectId: string, definition: StorageDefinition, consent: ImageConsent): Promise<void>;
  stop(context: StepContext, projectId: string): Promise<void>;
}

export type { StorageChange } from './storage-change';
