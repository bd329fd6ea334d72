import type { FilterOptions } from '@shared/domain/workspaces/folder-filter';
import type { SizeOnly } from '@shared/domain/workspaces/keys';
import type { SyncDestination, SyncHalt, SyncStep } from '@shared/domain/workspaces/sync-model';
import type { SentFiles, VolumeScope } from '@shared/domain/workspaces/volume-plan';
import type { S3Options } from '../platform/s3/types';

/** What an engine is made for: one folder of workspaces and one place in a bucket. */
export interface SyncEngineOptions {
  /** The workspaces folder, absolute. Its first-level folders are the workspaces. */
  readonly root: string;
  readonly destination: SyncDestination;
  /** Where the store is and who asks; goes to the worker thread only. */
  readonly s3: S3Options;
  /** A folder of the state folder for this root and destination alone; made when it is missing. */
  readonly stateDir: string;
  readonly settings: SyncSettings;
}

/** What may be chosen. */
export interface SyncSettings {
  /** Ignore files that count beside the fixed excludes. */
  readonly gitignore: boolean;
  readonly dockerignore: boolean;
  readonly filter?: FilterOptions | undefined;
  /** Writes under way at once, 1 to 32 (10). */
  readonly concurrency: number;
  /** Compare sizes only: quick where times are of no use, and blind for edits that keep the length. */
  readonly sizeOnly: SizeOnly;
  /** What happens to an object before it is removed: copied beneath `.berth/trash/<time>/`, or nothing (the bucket may keep versions). */
  readonly trash: boolean;
  /** The bucket is listed again when the last look is older than this; 0 = only when it must be. */
  readonly verifyEveryMs: number;
}

/** One run. */
export interface SyncRequest {
  /** Only keys with this first part; null = all. */
  readonly workspace: string | null;
  /** List the bucket although nothing asks for it. */
  readonly verify?: boolean | undefined;
  /** The `approval` of a halted run or of a plan: what it stands for may be done, and nothing else. */
  readonly approve?: string | undefined;
  /** Conflicts in which the file here was chosen: the object with this ETag may be overwritten (or removed, when the file is gone). */
  readonly keepLocal?: readonly { readonly key: string; readonly etag: string }[] | undefined;
}

/** How far a run is. */
export interface SyncProgress {
  readonly phase: 'scanning' | 'sending' | 'removing' | 'verifying';
  readonly seen: number;
  readonly uploaded: number;
  readonly deleted: number;
  readonly bytesSent: number;
}

/** What a run did for one workspace. */
export interface WorkspaceReport {
  readonly name: string;
  readonly uploaded: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly bytesSent: number;
  readonly durationMs: number;
  /** What the filter keeps back: single files, and folders that were not opened. */
  readonly excluded: { readonly files: number; readonly folders: number };
}

/** A key that two sides wrote. Both versions stay until somebody chooses. */
export interface SyncConflict {
  readonly key: string;
  readonly because: 'changed-there' | 'not-ours' | 'removed-there';
  /** Of the object there; what `keepLocal` takes. Null when there is none. */
  readonly etag: string | null;
  /** Null when there is none. */
  readonly localBytes: number | null;
  readonly remoteBytes: number | null;
}

/** Something in the folder that is not sent, and why. */
export interface SkippedEntry {
  readonly key: string;
  readonly reason: 'symlink' | 'special' | 'name-not-utf8' | 'name-too-long' | 'unreadable' | 'reserved' | 'busy';
}

/** How a run ended. A halted one removed nothing. */
export interface SyncReport {
  readonly workspaces: readonly WorkspaceReport[];
  readonly conflicts: readonly SyncConflict[];
  /** The first 1,000. */
  readonly skipped: readonly SkippedEntry[];
  readonly skippedCount: number;
  readonly halt: SyncHalt | null;
  /** Lets the same thing pass next time, as `SyncRequest.approve`; null when nothing is halted. */
  readonly approval: string | null;
  /** Removals put off, because something of the same workspace could not be sent. */
  readonly deletesDeferred: number;
  /** Objects beneath the prefix that Berth did not write and leaves alone; null when the bucket was not listed. */
  readonly foreignObjects: number | null;
  readonly listed: boolean;
  /** Sizes alone were compared: an edit of equal length is not seen. */
  readonly sizeOnly: boolean;
  readonly durationMs: number;
  readonly requests: { readonly puts: number; readonly lists: number; readonly heads: number; readonly deletes: number };
}

/** What a run would do. Steps beyond 10,000 are counted only. */
export interface SyncPlan {
  readonly steps: readonly { readonly kind: Exclude<SyncStep['kind'], 'keep'>; readonly key: string; readonly because?: string | undefined; readonly sizeBytes?: number | undefined }[];
  readonly counts: Readonly<Record<SyncStep['kind'], number>>;
  /** At most: what `rehash` and `adopt` find equal is not sent. */
  readonly bytesToSend: number;
  readonly halt: SyncHalt | null;
  readonly approval: string | null;
  readonly skipped: readonly SkippedEntry[];
}

/** Told by a watching engine. */
export type SyncWatchEvent =
  | { readonly kind: 'run'; readonly report: SyncReport; readonly keys: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** `polling`: the system gives no more watches, the folder is looked through every few seconds. */
  | { readonly kind: 'mode'; readonly mode: 'watching' | 'polling'; readonly folders: number };

/** A running watch. */
export interface SyncWatch {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/**
 * One-way sync of a folder of workspaces to a place in a bucket. Runs of one engine follow each other. Calls reject with `busy` (another Berth or the
 * compose file's `workspace-sync` has the destination), `service-unreachable`, `not-found` (no bucket), `disk-full`, `cancelled`.
 */
export interface SyncEngine {
  run(request: SyncRequest, onProgress: (progress: SyncProgress) => void, signal?: AbortSignal): Promise<SyncReport>;
  /** Changes nothing, here or there. */
  plan(request: SyncRequest, signal?: AbortSignal): Promise<SyncPlan>;
  /** What was sent of a part and lies in the bucket; asks nobody. */
  contents(scope: VolumeScope): Promise<SentFiles>;
  watch(request: Pick<SyncRequest, 'workspace'>, onEvent: (event: SyncWatchEvent) => void): Promise<SyncWatch>;
  /** Ends watches and runs, lets the destination go, ends the thread. */
  close(): Promise<void>;
}
