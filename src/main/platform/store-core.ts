import type Database from 'libsql';
import type { Operation } from '@shared/domain/operations/operation';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { MIGRATIONS } from './store-schema';
import type { StoreMethod } from './store-protocol';
import type { Sealer } from './seal';
import type { JournalRow, StoredProject } from './types';

/** Ended operations that are kept; older ones go with their journal and log. */
export const KEPT_OPERATIONS = 500;
/** Slack before pruning, so that it does not run on every write. */
const PRUNE_SLACK = 50;
/** Lines of log kept per operation: the newest. */
const KEPT_LOG_LINES = 5_000;

const FINAL_LIST = FINAL_STATES.map((state) => `'${state}'`).join(',');

const WRITES: ReadonlySet<string> = new Set<StoreMethod>(['putOperation', 'appendJournal', 'appendLog', 'putProject', 'removeProject', 'putSetting']);

export interface CoreRequest {
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}
export type CoreAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: AppErrorData };

/** Thrown when another process holds the database: the database lock is the lease. */
export class LeaseHeldError extends Error {}

interface OperationRow {
  readonly data: string;
}
interface JournalDbRow {
  readonly seq: number;
  readonly name: string;
  readonly phase: string;
  readonly at: string;
  readonly data: string;
}
interface ProjectRow {
  readonly id: string;
  readonly dir: string;
  readonly trusted_facts: string | null;
  readonly opened_at: string;
}

/**
 * The synchronous heart of the store: SQL and nothing else. It runs in the store worker (in tests also in
 * process) and is the only code that knows the tables.
 */
export class StoreCore {
  private readonly methods: { readonly [M in StoreMethod]: (...args: never[]) => unknown };
  private operationsSincePrune = 0;
  private readonly logCounts = new Map<string, number>();

  constructor(
    private readonly db: Database.Database,
    private readonly sealer: Sealer,
  ) {
    this.methods = {
      putOperation: (operation: Operation) => this.putOperation(operation),
      getOperation: (id: string) => this.getOperation(id),
      listOperations: (filter: { projectId?: string; limit: number }) => this.listOperations(filter),
      openOperations: () => this.openOperations(),
      appendJournal: (row: JournalRow) => this.appendJournal(row),
      journal: (id: string) => this.journal(id),
      appendLog: (id: string, lines: readonly string[]) => this.appendLog(id, lines),
      log: (id: string) => this.log(id),
      putProject: (project: StoredProject) => this.putProject(project),
      listProjects: () => this.listProjects(),
      removeProject: (id: string) => void this.db.prepare('DELETE FROM projects WHERE id = ?').run(id),
      getSetting: (key: string) => this.getSetting(key),
      putSetting: (key: string, value: Json) => this.putSetting(key, value),
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

  private putOperation(operation: Operation): void {
    const result = this.db
      .prepare(
        `INSERT INTO operations (id, project_id, state, data) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, state = excluded.state, data = excluded.data`,
      )
      .run(operation.id, operation.projectId, operation.state, this.sealer.seal(JSON.stringify(operation)));
    if (result.changes > 0 && operation.state === 'queued') {
      this.operationsSincePrune += 1;
      if (this.operationsSincePrune >= PRUNE_SLACK) this.prune();
    }
  }

  private prune(): void {
    this.operationsSincePrune = 0;
    this.db
      .prepare(`DELETE FROM operations WHERE state IN (${FINAL_LIST}) AND n <= (SELECT n FROM operations ORDER BY n DESC LIMIT 1 OFFSET ?)`)
      .run(KEPT_OPERATIONS);
    this.db.exec('DELETE FROM journal WHERE operation_id NOT IN (SELECT id FROM operations)');
    this.db.exec('DELETE FROM operation_log WHERE operation_id NOT IN (SELECT id FROM operations)');
    this.logCounts.clear();
  }

  private readOperation(row: OperationRow): Operation {
    return JSON.parse(this.sealer.open(row.data)) as Operation;
  }

  private getOperation(id: string): Operation | null {
    const row = this.db.prepare('SELECT data FROM operations WHERE id = ?').get(id) as OperationRow | undefined;
    return row === undefined ? null : this.readOperation(row);
  }

  private listOperations(filter: { projectId?: string; limit: number }): readonly Operation[] {
    const rows =
      filter.projectId === undefined
        ? this.db.prepare('SELECT data FROM operations ORDER BY n DESC LIMIT ?').all(filter.limit)
        : this.db.prepare('SELECT data FROM operations WHERE project_id = ? ORDER BY n DESC LIMIT ?').all(filter.projectId, filter.limit);
    return (rows as OperationRow[]).map((row) => this.readOperation(row));
  }

  private openOperations(): readonly Operation[] {
    const rows = this.db.prepare(`SELECT data FROM operations WHERE state NOT IN (${FINAL_LIST}) ORDER BY n`).all() as OperationRow[];
    return rows.map((row) => this.readOperation(row));
  }

  private appendJournal(row: JournalRow): void {
    this.db
      .prepare('INSERT INTO journal (operation_id, seq, name, phase, at, data) VALUES (?, ?, ?, ?, ?, ?)')
      .run(row.operationId, row.seq, row.name, row.phase, row.at, this.sealer.seal(JSON.stringify(row.data)));
  }

  private journal(operationId: string): readonly JournalRow[] {
    const rows = this.db.prepare('SELECT seq, name, phase, at, data FROM journal WHERE operation_id = ? ORDER BY n').all(operationId) as JournalDbRow[];
    return rows.map((row) => ({
      operationId,
      seq: row.seq,
      name: row.name,
      phase: row.phase,
      at: row.at,
      data: JSON.parse(this.sealer.open(row.data)) as Json,
    }));
  }

  private appendLog(operationId: string, lines: readonly string[]): void {
    const insert = this.db.prepare('INSERT INTO operation_log (operation_id, line) VALUES (?, ?)');
    for (const line of lines) insert.run(operationId, line);
    const count = (this.logCounts.get(operationId) ?? 0) + lines.length;
    if (count <= KEPT_LOG_LINES) {
      this.logCounts.set(operationId, count);
      return;
    }
    this.db
      .prepare('DELETE FROM operation_log WHERE operation_id = ? AND n <= (SELECT n FROM operation_log WHERE operation_id = ? ORDER BY n DESC LIMIT 1 OFFSET ?)')
      .run(operationId, operationId, KEPT_LOG_LINES);
    // Half the room again before the next cut, so that long builds do not delete on every batch.
    this.logCounts.set(operationId, KEPT_LOG_LINES / 2);
  }

  private log(operationId: string): readonly string[] {
    const rows = this.db
      .prepare('SELECT line FROM (SELECT n, line FROM operation_log WHERE operation_id = ? ORDER BY n DESC LIMIT ?) ORDER BY n')
      .all(operationId, KEPT_LOG_LINES) as { line: string }[];
    return rows.map((row) => row.line);
  }

  private putProject(project: StoredProject): void {
    this.db
      .prepare(
        `INSERT INTO projects (id, dir, trusted_facts, opened_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET dir = excluded.dir, trusted_facts = excluded.trusted_facts, opened_at = excluded.opened_at`,
      )
      .run(project.id, project.dir, project.trustedFacts === null ? null : JSON.stringify(project.trustedFacts), project.openedAt);
  }

  private listProjects(): readonly StoredProject[] {
    const rows = this.db.prepare('SELECT id, dir, trusted_facts, opened_at FROM projects ORDER BY opened_at, id').all() as ProjectRow[];
    return rows.map((row) => ({
      id: row.id,
      dir: row.dir,
      trustedFacts: row.trusted_facts === null ? null : (JSON.parse(row.trusted_facts) as string[]),
      openedAt: row.opened_at,
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

/**
 * Takes the lease and brings the schema up to date. Exclusive locking is set before the first access, so the
 * operating system's lock on the file is the lease: it goes with the process, also after kill -9.
 * Throws LeaseHeldError when another process has it, AppError `setup-failed` when the file cannot be used.
 */
export function openDatabase(open: () => Database.Database, file: string): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = open();
    db.exec('PRAGMA busy_timeout = 0');
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    // journal_mode = WAL reads only; an immediate transaction is what really takes the exclusive lock.
    db.exec('BEGIN IMMEDIATE');
    migrate(db, file);
    db.exec('COMMIT');
    return db;
  } catch (error) {
    if (db !== undefined) letGo(db);
    if (error instanceof AppError) throw error;
    const code = sqliteCode(error);
    if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') throw new LeaseHeldError();
    if (code === 'SQLITE_FULL') throw AppError.fromData(storeErrorData(error));
    throw new AppError('setup-failed', `Berth's state file cannot be used: ${error instanceof Error ? error.message : String(error)}.`, {
      hint: 'Move the file aside and start Berth again; containers and volumes are not touched by that.',
      where: { file },
      cause: error,
    });
  }
}

/**
 * Closing alone would not give the lease back: statements that wait for garbage collection keep the connection
 * open. Leaving WAL writes everything to the one file and makes it possible to let go of the exclusive lock.
 */
function letGo(db: Database.Database): void {
  try {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.exec('PRAGMA journal_mode = DELETE');
    db.exec('PRAGMA locking_mode = NORMAL');
    db.prepare('SELECT count(*) FROM sqlite_master').all();
  } catch {
    // The lock goes with the process then; nothing is lost, the WAL is replayed on the next start.
  }
  db.close();
}

function migrate(db: Database.Database, file: string): void {
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const version = row.user_version;
  if (version > MIGRATIONS.length) {
    throw new AppError('setup-failed', 'Berth’s state was written by a newer version of Berth.', { hint: 'Start that version, or set BERTH_HOME to another folder.', where: { file } });
  }
  for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
  if (version < MIGRATIONS.length) db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

function sqliteCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function storeErrorData(error: unknown): AppErrorData {
  if (sqliteCode(error) === 'SQLITE_FULL') {
    return { code: 'disk-full', message: 'The disk that holds Berth’s state is full.', hint: 'Free some space, then try again.' };
  }
  return errorData(error);
}
