import type Database from 'libsql';
import { errorData, type AppErrorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Sealer } from './seal';
import { letGo, storeErrorData } from './store-database';
import { LogEntryTable } from './store-log-entries';
import { DuplicateTables } from './store-duplicates';
import { OperationTables } from './store-operations';
import type { StoreMethod } from './store-protocol';
import { RecordTable } from './store-records';
import { SampleTable } from './store-samples';
import type { Store, StoredProject } from './types';

const WRITES: ReadonlySet<string> = new Set<StoreMethod>([
  'putOperation',
  'patchOperation',
  'appendJournal',
  'appendLog',
  'pruneOperations',
  'patchRecord',
  'removeRecord',
  'appendLogEntries',
  'appendSamples',
  'pruneSamples',
  'putProject',
  'removeProject',
  'putSetting',
  'replaceDuplicates',
  'patchDuplicate',
  'patchDuplicateSettings',
]);

/** What each call answers, without the promise. */
type Methods = { readonly [M in StoreMethod]: (...args: Parameters<Store[M]>) => Awaited<ReturnType<Store[M]>> };

export interface CoreRequest {
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}
export type CoreAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: AppErrorData };

interface ProjectRow {
  readonly id: string;
  readonly dir: string;
  readonly trusted_facts: string | null;
  readonly opened_at: string;
  readonly twin: string | null;
  readonly closed_at: string | null;
}

/**
 * The synchronous heart of the store: SQL and nothing else. It runs in the store worker (in tests also in
 * process) and is the only code that knows the tables.
 */
export class StoreCore {
  private readonly methods: Methods;

  constructor(
    private readonly db: Database.Database,
    sealer: Sealer,
  ) {
    const operations = new OperationTables(db, sealer);
    const records = new RecordTable(db, sealer);
    const logEntries = new LogEntryTable(db);
    const samples = new SampleTable(db);
    const duplicates = new DuplicateTables(db);
    this.methods = {
      putOperation: (operation) => operations.put(operation),
      patchOperation: (id, patch, expectedVersion) => operations.patch(id, patch, expectedVersion),
      getOperation: (id) => operations.get(id),
      listOperations: (filter) => operations.list(filter),
      openOperations: () => operations.open(),
      appendJournal: (row) => operations.appendJournal(row),
      journal: (id) => operations.journal(id),
      appendLog: (id, lines) => operations.appendLog(id, lines),
      log: (id) => operations.log(id),
      pruneOperations: (limits, nowIso) => operations.prune(limits, nowIso),
      getRecord: (kind, id) => records.get(kind, id),
      listRecords: (kind) => records.list(kind),
      patchRecord: (kind, id, patch, expectedVersion) => records.patch(kind, id, patch, expectedVersion),
      removeRecord: (kind, id) => records.remove(kind, id),
      appendLogEntries: (entries) => logEntries.append(entries),
      listLogEntries: (filter) => logEntries.list(filter),
      appendSamples: (list) => samples.append(list),
      samples: (filter) => samples.list(filter),
      pruneSamples: (beforeMs) => samples.prune(beforeMs),
      putProject: (project) => this.putProject(project),
      listProjects: () => this.listProjects(),
      removeProject: (id) => void this.db.prepare('DELETE FROM projects WHERE id = ?').run(id),
      getSetting: (key) => this.getSetting(key),
      putSetting: (key, value) => this.putSetting(key, value),
      replaceDuplicates: (projectId, dir, groups) => duplicates.replace(projectId, dir, groups),
      listDuplicates: (projectId) => duplicates.list(projectId),
      patchDuplicate: (projectId, id, patch) => duplicates.patch(projectId, id, patch),
      duplicateSettings: (projectId) => duplicates.settings(projectId),
      patchDuplicateSettings: (projectId, patch) => duplicates.patchSettings(projectId, patch),
    };
  }

  /**
   * Runs everything that waits as one transaction, so that all of it shares one sync to disk. Each call has its
   * own savepoint: one that fails does not take the others with it. When the commit itself fails, all writes fail.
   */
  runBatch(requests: readonly CoreRequest[]): readonly CoreAnswer[] {
    if (!requests.some((request) => WRITES.has(request.method))) return requests.map((request) => this.runOne(request, false));
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const answers = requests.map((request) => this.runOne(request, true));
      this.db.exec('COMMIT');
      return answers;
    } catch (error) {
      try {
        this.db.exec('ROLLBACK');
      } catch {
        // SQLite has already rolled back by itself (disk full, I/O error).
      }
      return requests.map(() => ({ ok: false, error: storeErrorData(error) }));
    }
  }

  close(): void {
    letGo(this.db);
  }

  private runOne(request: CoreRequest, inTransaction: boolean): CoreAnswer {
    const method = this.methods[request.method] as ((...args: unknown[]) => unknown) | undefined;
    if (method === undefined) return { ok: false, error: errorData(new Error(`The store has no ${request.method}.`)) };
    const guarded = inTransaction && WRITES.has(request.method);
    try {
      if (guarded) this.db.exec('SAVEPOINT one');
      const value = method(...request.args);
      if (guarded) this.db.exec('RELEASE one');
      return { ok: true, value };
    } catch (error) {
      if (guarded) this.db.exec('ROLLBACK TO one; RELEASE one');
      return { ok: false, error: storeErrorData(error) };
    }
  }

  private putProject(project: StoredProject): void {
    this.db
      .prepare(
        `INSERT INTO projects (id, dir, trusted_facts, opened_at, twin, closed_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET dir = excluded.dir, trusted_facts = excluded.trusted_facts, opened_at = excluded.opened_at, twin = excluded.twin, closed_at = excluded.closed_at`,
      )
      .run(project.id, project.dir, project.trustedFacts === null ? null : JSON.stringify(project.trustedFacts), project.openedAt, project.twin === undefined ? null : JSON.stringify(project.twin), project.closedAt ?? null);
  }

  private listProjects(): readonly StoredProject[] {
    const rows = this.db.prepare('SELECT id, dir, trusted_facts, opened_at, twin, closed_at FROM projects ORDER BY opened_at, id').all() as ProjectRow[];
    return rows.map((row) => ({
      id: row.id,
      dir: row.dir,
      trustedFacts: row.trusted_facts === null ? null : (JSON.parse(row.trusted_facts) as string[]),
      openedAt: row.opened_at,
      ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
      ...(row.twin === null ? {} : { twin: JSON.parse(row.twin) as NonNullable<StoredProject['twin']> }),
    }));
  }

  private getSetting(key: string): Json | undefined {
    const row = this.db.prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.value) as Json);
  }

  private putSetting(key: string, value: Json): void {
    this.db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, JSON.stringify(value));
  }
}
