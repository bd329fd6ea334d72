import type { Json, JsonObject } from '@shared/kernel/json';
import type { ServiceUse } from '@shared/domain/monitor/sample-sums';
import type { DuplicateSettings, YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import type { Operation } from '@shared/domain/operations/operation';
import type { TwinOf } from '@shared/domain/projects/project';

/** A row of the journal. `phase`: 'intent' | 'result' | 'note' | 'commit' | 'undo-intent' | 'undo-result' | 'attempt' | 'error'. */
export interface JournalRow {
  readonly operationId: string;
  readonly seq: number;
  readonly name: string;
  readonly phase: string;
  readonly at: string;
  readonly data: Json;
}

export interface StoredProject {
  readonly id: string;
  readonly dir: string;
  /** Keys of the risky facts the user trusted; null = not trusted. */
  readonly trustedFacts: readonly string[] | null;
  readonly openedAt: string;
  /** When it was taken out of the list of open projects; everything known of it stays. */
  readonly closedAt?: string | undefined;
  /** Set for an isolated copy of another project; `name` is its compose project name. */
  readonly twin?: (TwinOf & { readonly name: string }) | undefined;
}

/** What kinds of small documents the store keeps, one row each, changed field by field (S1.13). All are sealed; `secret` is never listed to a door. */
export type RecordKind = 'status' | 'desired' | 'drift-policy' | 'drift-accepted' | 'container-ends' | 'known-builds' | 'passed-checks' | 'heal' | 'alert' | 'schedule' | 'plan' | 'backup' | 'change-test' | 'last-good' | 'storage' | 'sync-run' | 'sync-ledger' | 'workspaces' | 'workspaces-sync' | 'snapshots' | 'gitops-template' | 'gitops-template-text' | 'gitops-dynamic' | 'git-remote' | 'secret' | 'gitops-rules' | 'gitops-change';

export interface StoredRecord {
  readonly kind: RecordKind;
  readonly id: string;
  /** Counts changes, from 1. */
  readonly version: number;
  readonly data: JsonObject;
  readonly updatedAt: string;
}

/** What changes of a group of duplicates; `files` by path. */
export interface DuplicatePatch {
  readonly resolution_status?: YamlDuplicateGroup['resolution_status'];
  readonly resolution_strategy?: YamlDuplicateGroup['resolution_strategy'];
  readonly files?: { readonly [path: string]: YamlDuplicateGroup['files'][number]['resolution_action'] };
}

/** An entry of the event log as it is stored; `seq` is given by the store and rises over restarts. */
export interface StoredLogEntry {
  readonly at: string;
  readonly type: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly projectId: string | null;
  readonly service: string | null;
  readonly correlationId: string | null;
  readonly message: string;
  readonly data: JsonObject;
}

export interface LogEntryFilter {
  readonly projectId?: string | undefined;
  readonly service?: string | undefined;
  /** A type or the beginning of one. */
  readonly type?: string | undefined;
  readonly minSeverity?: 'info' | 'warning' | 'error' | undefined;
  readonly text?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly beforeSeq?: number | undefined;
  readonly sinceAt?: string | undefined;
  readonly limit: number;
}

/** One sample of one service, numbers only: 57,600 of them a day with 20 services. */
export interface StoredSample extends ServiceUse {
  readonly projectId: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Which ended operations stay. Queued and running ones always do. */
export interface OperationLimits {
  /** Succeeded and cancelled ones: the newest. */
  readonly keepCount: number;
  readonly keepDays: number;
  /** Failed, rolled back, needs-attention: beside the count above, up to the same count again. */
  readonly keepFailedDays: number;
}

/**
 * The one SQLite file, written from one worker that owns the lease. Every write is durable (synchronous FULL)
 * when its promise resolves; writes that are waiting together share one commit.
 */
export interface Store {
  /** Stores a new operation, or the whole of one. */
  putOperation(operation: Operation): Promise<void>;
  /** Changes only these fields and counts the version up. Resolves with the stored whole; rejects with `not-found`, or `plan-stale` when `expectedVersion` is not the stored one. */
  patchOperation(id: string, patch: Partial<Operation>, expectedVersion?: number): Promise<Operation>;
  getOperation(id: string): Promise<Operation | null>;
  listOperations(filter: { readonly projectId?: string | undefined; readonly limit: number }): Promise<readonly Operation[]>;
  /** Operations whose state is not final, oldest first. */
  openOperations(): Promise<readonly Operation[]>;
  appendJournal(row: JournalRow): Promise<void>;
  journal(operationId: string): Promise<readonly JournalRow[]>;
  appendLog(operationId: string, lines: readonly string[]): Promise<void>;
  log(operationId: string): Promise<readonly string[]>;
  /** Removes ended operations beyond the limits with their journals, logs and plan records. Resolves with the ids that went. */
  pruneOperations(limits: OperationLimits, nowIso: string): Promise<{ readonly removed: readonly string[]; readonly kept: number }>;
  getRecord(kind: RecordKind, id: string): Promise<StoredRecord | null>;
  listRecords(kind: RecordKind): Promise<readonly StoredRecord[]>;
  /** Merges these top-level fields (undefined or null-valued fields are stored as null; absent ones stay); makes the record when it is new. Rejects with `plan-stale` when `expectedVersion` is not the stored version (0 = must be new). */
  patchRecord(kind: RecordKind, id: string, patch: JsonObject, expectedVersion?: number): Promise<StoredRecord>;
  removeRecord(kind: RecordKind, id: string): Promise<void>;
  /** Resolves with the sequence numbers given, in order. Only the newest 10,000 are kept. */
  appendLogEntries(entries: readonly StoredLogEntry[]): Promise<readonly number[]>;
  /** Newest first. */
  listLogEntries(filter: LogEntryFilter): Promise<readonly (StoredLogEntry & { readonly seq: number })[]>;
  appendSamples(samples: readonly StoredSample[]): Promise<void>;
  /** Rising in time. */
  samples(filter: { readonly projectId: string; readonly service?: string | undefined; readonly fromMs: number; readonly toMs: number }): Promise<readonly StoredSample[]>;
  /** Removes samples before this time. */
  pruneSamples(beforeMs: number): Promise<void>;
  putProject(project: StoredProject): Promise<void>;
  listProjects(): Promise<readonly StoredProject[]>;
  removeProject(id: string): Promise<void>;
  getSetting(key: string): Promise<Json | undefined>;
  putSetting(key: string, value: Json): Promise<void>;
  /** What a scan found in one folder of a project. Rejects with `input-invalid` and a sentence where something cannot be kept; then nothing is. */
  replaceDuplicates(projectId: string, dir: string, groups: readonly YamlDuplicateGroup[]): Promise<void>;
  listDuplicates(projectId: string): Promise<readonly YamlDuplicateGroup[]>;
  /** Rejects with `not-found`, and with `input-invalid` for a status, strategy or action that is none. */
  patchDuplicate(projectId: string, groupId: string, patch: DuplicatePatch): Promise<YamlDuplicateGroup>;
  /** Rejects with `project-not-found`. */
  duplicateSettings(projectId: string): Promise<DuplicateSettings>;
  patchDuplicateSettings(projectId: string, patch: Partial<DuplicateSettings>): Promise<DuplicateSettings>;
  close(): Promise<void>;
}

export interface Logger {
  debug(message: string, fields?: { readonly [key: string]: unknown }): void;
  info(message: string, fields?: { readonly [key: string]: unknown }): void;
  warn(message: string, fields?: { readonly [key: string]: unknown }): void;
  error(message: string, fields?: { readonly [key: string]: unknown }): void;
}
