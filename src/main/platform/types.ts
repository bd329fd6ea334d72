import type { Json } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';

/** A row of the journal. `phase`: 'intent' | 'result' | 'note' | 'commit' | 'undo-intent' | 'undo-result' | 'error'. */
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
}

/**
 * The one SQLite file, written from one worker that owns the lease. Every write is durable (synchronous FULL)
 * when its promise resolves; writes that are waiting together share one commit.
 */
export interface Store {
  putOperation(operation: Operation): Promise<void>;
  getOperation(id: string): Promise<Operation | null>;
  listOperations(filter: { readonly projectId?: string | undefined; readonly limit: number }): Promise<readonly Operation[]>;
  /** Operations whose state is not final, oldest first. */
  openOperations(): Promise<readonly Operation[]>;
  appendJournal(row: JournalRow): Promise<void>;
  journal(operationId: string): Promise<readonly JournalRow[]>;
  appendLog(operationId: string, lines: readonly string[]): Promise<void>;
  log(operationId: string): Promise<readonly string[]>;
  putProject(project: StoredProject): Promise<void>;
  listProjects(): Promise<readonly StoredProject[]>;
  removeProject(id: string): Promise<void>;
  getSetting(key: string): Promise<Json | undefined>;
  putSetting(key: string, value: Json): Promise<void>;
  close(): Promise<void>;
}

export interface Logger {
  debug(message: string, fields?: { readonly [key: string]: unknown }): void;
  info(message: string, fields?: { readonly [key: string]: unknown }): void;
  warn(message: string, fields?: { readonly [key: string]: unknown }): void;
  error(message: string, fields?: { readonly [key: string]: unknown }): void;
}
