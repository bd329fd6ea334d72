import type * as z from 'zod';
import type { consistencyChoice, createPlan, restorePlan, snapshot, snapshotSettings, snapshotsStatus } from '@shared/contract/schemas/snapshots';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import type { Manifest } from '@shared/domain/snapshots/types';

export type Snapshot = z.output<typeof snapshot>;
export type SnapshotsStatus = z.output<typeof snapshotsStatus>;
export type SnapshotSettings = z.output<typeof snapshotSettings>;
export type ConsistencyChoice = z.output<typeof consistencyChoice>;
export type CreatePlan = z.output<typeof createPlan>;
export type RestorePlan = z.output<typeof restorePlan>;

export type { VolumeProgram, VolumeSource } from '@main/docker/volume-types';

/** Gives a snapshot before something that changes structure or data, tagged with its operation. `id` is null when this project is not to have any, or when it could not be made: then `failed` says why. */
export type SnapshotFirst = (request: { readonly projectId: string; readonly operationId: string; readonly reason: string; readonly volumes: boolean }, signal: AbortSignal, log: (text: string) => void) => Promise<KeptFirst>;

/** What came of a snapshot before something. */
export interface KeptFirst {
  readonly id: string | null;
  readonly failed: string | null;
}

/** The repositories that a project may use. `local` is the folder of this machine; every bucket that was added has a name of its own. */
export interface Repositories {
  /** Rejects with `not-found`, or as opening a repository does. The same one is handed out to all. */
  open(projectId: string, name: string): Promise<SnapshotRepository>;
  /** Where new ones go. */
  chosen(projectId: string): Promise<string>;
  /** Finds a snapshot of this project by id or `last-good`, in every repository that answers. Rejects with `not-found`, or `damaged` when its manifest cannot be read. */
  find(projectId: string, ref: string): Promise<{ readonly name: string; readonly repository: SnapshotRepository; readonly manifest: Manifest; /** Nobody with the key of the repository vouches for it. */ readonly foreign: boolean }>;
}

/** What Berth remembers of snapshots beside what repositories hold. Each of them is announced. */
export interface SnapshotNotes {
  /** One was made (or imported) and took so many bytes in this repository. */
  made(projectId: string, repository: string, snapshotId: string, storedBytes: number): Promise<void>;
  verified(projectId: string, repository: string, snapshotId: string, ok: boolean): Promise<void>;
  /** A restore put the former contents of `of` aside as the volume `volume`; it goes when its time is over. Idempotent. */
  replaced(projectId: string, one: { readonly volume: string; readonly of: string; readonly snapshotId: string | null }): Promise<void>;
  /** That volume is used again, or gone: it is no longer one that prune removes. */
  notReplaced(volume: string): Promise<void>;
  settings(projectId: string): Promise<SnapshotSettings>;
}
