import type Database from 'libsql';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Sealer } from './seal';
import type { RecordKind, StoredRecord } from './types';

interface RecordRow {
  readonly kind: RecordKind;
  readonly id: string;
  readonly version: number;
  readonly data: string;
  readonly updated_at: string;
}

/** Small documents, one row each. */
export class RecordTable {
  constructor(
    private readonly db: Database.Database,
    private readonly sealer: Sealer,
  ) {}

  get(kind: RecordKind, id: string): StoredRecord | null {
    const row = this.db.prepare('SELECT * FROM records WHERE kind = ? AND id = ?').get(kind, id) as RecordRow | undefined;
    return row === undefined ? null : this.read(row);
  }

  list(kind: RecordKind): readonly StoredRecord[] {
    const rows = this.db.prepare('SELECT * FROM records WHERE kind = ? ORDER BY id').all(kind) as RecordRow[];
    return rows.map((row) => this.read(row));
  }

  /** Reads and writes within one transaction of the one thread, so that two writers of different fields both keep theirs. */
  patch(kind: RecordKind, id: string, patch: JsonObject, expectedVersion: number | undefined): StoredRecord {
    const stored = this.get(kind, id);
    const version = stored?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== version) {
      throw new AppError('plan-stale', `The record ${kind} ${id} was changed meanwhile.`, { hint: 'Read it again, then repeat the change.' });
    }
    const given = Object.fromEntries(Object.entries(patch).map(([name, value]) => [name, value ?? null]));
    const changed: StoredRecord = { kind, id, version: version + 1, data: { ...stored?.data, ...given }, updatedAt: new Date().toISOString() };
    this.db
      .prepare(
        `INSERT INTO records (kind, id, version, data, updated_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, data = excluded.data, updated_at = excluded.updated_at`,
      )
      .run(kind, id, changed.version, this.sealer.seal(JSON.stringify(changed.data)), changed.updatedAt);
    return changed;
  }

  remove(kind: RecordKind, id: string): void {
    this.db.prepare('DELETE FROM records WHERE kind = ? AND id = ?').run(kind, id);
  }

  private read(row: RecordRow): StoredRecord {
    return { kind: row.kind, id: row.id, version: row.version, data: JSON.parse(this.sealer.open(row.data)) as JsonObject, updatedAt: row.updated_at };
  }
}
