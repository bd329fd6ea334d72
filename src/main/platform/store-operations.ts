import type Database from 'libsql';
import { FINAL_STATES, OPERATION_DEFAULTS, type Operation } from '@shared/domain/operations/operation';
import { keptOperations } from '@shared/domain/operations/retention';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Sealer } from './seal';
import type { JournalRow, OperationLimits, Store } from './types';

/** Lines of log kept per operation: the newest. */
const KEPT_LOG_LINES = 5_000;

const FINAL_LIST = FINAL_STATES.map((state) => `'${state}'`).join(',');

type OperationFilter = Parameters<Store['listOperations']>[0];

interface OperationRow {
  readonly data: string;
}
interface EndedRow extends OperationRow {
  readonly n: number;
  readonly id: string;
  readonly state: string;
  readonly finished_at: string | null;
}
interface JournalDbRow {
  readonly seq: number;
  readonly name: string;
  readonly phase: string;
  readonly at: string;
  readonly data: string;
}

/** Operations with their journals and logs. */
export class OperationTables {
  private readonly logCounts = new Map<string, number>();

  constructor(
    private readonly db: Database.Database,
    private readonly sealer: Sealer,
  ) {}

  put(operation: Operation): void {
    this.db
      .prepare(
        `INSERT INTO operations (id, project_id, state, finished_at, data) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, state = excluded.state, finished_at = excluded.finished_at, data = excluded.data`,
      )
      .run(operation.id, operation.projectId, operation.state, operation.finishedAt, this.sealer.seal(JSON.stringify(operation)));
  }

  /** Reads and writes within one transaction of the one thread, so that two writers of different fields both keep theirs. */
  patch(id: string, patch: Partial<Operation>, expectedVersion: number | undefined): Operation {
    const stored = this.get(id);
    if (stored === null) throw new AppError('not-found', `There is no operation ${id}.`, { hint: 'See `berth operations list`.' });
    if (expectedVersion !== undefined && expectedVersion !== stored.version) {
      throw new AppError('plan-stale', `The operation ${id} was changed meanwhile.`, { hint: 'Read it again, then repeat the change.' });
    }
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<Operation>;
    const changed: Operation = { ...stored, ...given, id, version: stored.version + 1 };
    this.put(changed);
    return changed;
  }

  /** Those that an open operation still waits for stay, whatever their age. */
  prune(limits: OperationLimits, nowIso: string): { readonly removed: readonly string[]; readonly kept: number } {
    const rows = this.db.prepare(`SELECT n, id, state, finished_at, data FROM operations WHERE state IN (${FINAL_LIST}) ORDER BY n DESC`).all() as EndedRow[];
    const ended = rows.map((row) => ({ id: row.id, state: row.state as Operation['state'], finishedAt: row.finished_at ?? this.read(row).finishedAt }));
    const kept = keptOperations(ended, limits, Date.parse(nowIso), new Set(this.open().flatMap((one) => one.after)));
    const removed = ended.map((one) => one.id).filter((id) => !kept.has(id));
    for (const id of removed) {
      this.db.prepare('DELETE FROM operations WHERE id = ?').run(id);
      this.db.prepare('DELETE FROM journal WHERE operation_id = ?').run(id);
      this.db.prepare('DELETE FROM operation_log WHERE operation_id = ?').run(id);
      this.db.prepare("DELETE FROM records WHERE kind = 'plan' AND id = ?").run(id);
      this.logCounts.delete(id);
    }
    return { removed, kept: ended.length - removed.length };
  }

  /** What an earlier version of Berth stored has not every field. */
  private read(row: OperationRow): Operation {
    return { ...OPERATION_DEFAULTS, ...(JSON.parse(this.sealer.open(row.data)) as Operation) };
  }

  get(id: string): Operation | null {
    const row = this.db.prepare('SELECT data FROM operations WHERE id = ?').get(id) as OperationRow | undefined;
    return row === undefined ? null : this.read(row);
  }

  list(filter: OperationFilter): readonly Operation[] {
    const rows =
      filter.projectId === undefined
        ? this.db.prepare('SELECT data FROM operations ORDER BY n DESC LIMIT ?').all(filter.limit)
        : this.db.prepare('SELECT data FROM operations WHERE project_id = ? ORDER BY n DESC LIMIT ?').all(filter.projectId, filter.limit);
    return (rows as OperationRow[]).map((row) => this.read(row));
  }

  open(): readonly Operation[] {
    const rows = this.db.prepare(`SELECT data FROM operations WHERE state NOT IN (${FINAL_LIST}) ORDER BY n`).all() as OperationRow[];
    return rows.map((row) => this.read(row));
  }

  appendJournal(row: JournalRow): void {
    this.db
      .prepare('INSERT INTO journal (operation_id, seq, name, phase, at, data) VALUES (?, ?, ?, ?, ?, ?)')
      .run(row.operationId, row.seq, row.name, row.phase, row.at, this.sealer.seal(JSON.stringify(row.data)));
  }

  journal(operationId: string): readonly JournalRow[] {
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

  appendLog(operationId: string, lines: readonly string[]): void {
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

  log(operationId: string): readonly string[] {
    const rows = this.db
      .prepare('SELECT line FROM (SELECT n, line FROM operation_log WHERE operation_id = ? ORDER BY n DESC LIMIT ?) ORDER BY n')
      .all(operationId, KEPT_LOG_LINES) as { line: string }[];
    return rows.map((row) => row.line);
  }
}
