import type Database from 'libsql';
import type { JsonObject } from '@shared/kernel/json';
import type { LogEntryFilter, StoredLogEntry } from './types';

/** The ring of the event log: older entries go. */
const KEPT_ENTRIES = 10_000;
const SEVERITIES = ['info', 'warning', 'error'] as const;

interface EntryRow {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly severity: number;
  readonly project_id: string | null;
  readonly service: string | null;
  readonly correlation_id: string | null;
  readonly message: string;
  readonly data: string;
}

/** The event log: what happened, newest 10,000 entries. */
export class LogEntryTable {
  constructor(private readonly db: Database.Database) {}

  append(entries: readonly StoredLogEntry[]): readonly number[] {
    const insert = this.db.prepare('INSERT INTO log_entries (at, type, severity, project_id, service, correlation_id, message, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    const given = entries.map((one) =>
      Number(insert.run(one.at, one.type, SEVERITIES.indexOf(one.severity), one.projectId, one.service, one.correlationId, one.message, JSON.stringify(one.data)).lastInsertRowid),
    );
    const newest = given.at(-1);
    if (newest !== undefined) this.db.prepare('DELETE FROM log_entries WHERE seq <= ?').run(newest - KEPT_ENTRIES);
    return given;
  }

  list(filter: LogEntryFilter): readonly (StoredLogEntry & { readonly seq: number })[] {
    const { where, values } = conditions(filter);
    const rows = this.db.prepare(`SELECT * FROM log_entries ${where === '' ? '' : `WHERE ${where}`} ORDER BY seq DESC LIMIT ?`).all(...values, filter.limit) as EntryRow[];
    return rows.map((row) => ({
      seq: row.seq,
      at: row.at,
      type: row.type,
      severity: SEVERITIES[row.severity] ?? 'info',
      projectId: row.project_id,
      service: row.service,
      correlationId: row.correlation_id,
      message: row.message,
      data: JSON.parse(row.data) as JsonObject,
    }));
  }
}

function conditions(filter: LogEntryFilter): { readonly where: string; readonly values: readonly (string | number)[] } {
  const parts: [sql: string, value: string | number | undefined][] = [
    ['project_id = ?', filter.projectId],
    ['service = ?', filter.service],
    ['substr(type, 1, length(?1)) = ?1', filter.type],
    ['severity >= ?', filter.minSeverity === undefined ? undefined : SEVERITIES.indexOf(filter.minSeverity)],
    ['instr(lower(message), ?) > 0', filter.text?.toLowerCase()],
    ['correlation_id = ?', filter.correlationId],
    ['seq < ?', filter.beforeSeq],
    ['at >= ?', filter.sinceAt],
  ];
  const used = parts.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  return {
    where: used.map((one) => one.sql.replaceAll('?1', '?')).join(' AND '),
    // The beginning of a type is asked for twice: its length, then itself.
    values: used.flatMap((one) => (one.sql.includes('?1') ? [one.value, one.value] : [one.value])),
  };
}
