import type Database from 'libsql';
import type { Store, StoredSample } from './types';

type SampleFilter = Parameters<Store['samples']>[0];

interface SampleRow {
  readonly service: string;
  readonly at_ms: number;
  readonly cpu: number | null;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number;
  readonly network_received_bytes: number;
  readonly network_sent_bytes: number;
  readonly block_read_bytes: number;
  readonly block_written_bytes: number;
  readonly processes: number;
  readonly restarts: number;
}

/** The history of resource use. Names are stored once per series: a day of 20 services stays at a few megabytes. */
export class SampleTable {
  constructor(private readonly db: Database.Database) {}

  append(samples: readonly StoredSample[]): void {
    const insert = this.db.prepare('INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const one of samples) {
      insert.run(
        this.series(one.projectId, one.service),
        whole(one.atMs),
        one.cpu,
        whole(one.memoryBytes),
        whole(one.memoryLimitBytes),
        whole(one.networkReceivedBytes),
        whole(one.networkSentBytes),
        whole(one.blockReadBytes),
        whole(one.blockWrittenBytes),
        whole(one.processes),
        whole(one.restarts),
      );
    }
  }

  list(filter: SampleFilter): readonly StoredSample[] {
    const rows = this.db
      .prepare(
        `SELECT service, samples.* FROM samples JOIN sample_series ON sample_series.id = series
         WHERE project_id = ? AND service = coalesce(?, service) AND at_ms BETWEEN ? AND ? ORDER BY at_ms, service`,
      )
      .all(filter.projectId, filter.service ?? null, filter.fromMs, filter.toMs) as SampleRow[];
    return rows.map((row) => ({
      projectId: filter.projectId,
      service: row.service,
      atMs: row.at_ms,
      cpu: row.cpu,
      memoryBytes: row.memory_bytes,
      memoryLimitBytes: row.memory_limit_bytes,
      networkReceivedBytes: row.network_received_bytes,
      networkSentBytes: row.network_sent_bytes,
      blockReadBytes: row.block_read_bytes,
      blockWrittenBytes: row.block_written_bytes,
      processes: row.processes,
      restarts: row.restarts,
    }));
  }

  prune(beforeMs: number): void {
    // Named by series, so that the primary key finds them without reading every sample.
    this.db.prepare('DELETE FROM samples WHERE series IN (SELECT id FROM sample_series) AND at_ms < ?').run(beforeMs);
    this.db.exec('DELETE FROM sample_series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE series = sample_series.id)');
  }

  private series(projectId: string, service: string): number {
    this.db.prepare('INSERT OR IGNORE INTO sample_series (project_id, service) VALUES (?, ?)').run(projectId, service);
    return (this.db.prepare('SELECT id FROM sample_series WHERE project_id = ? AND service = ?').get(projectId, service) as { id: number }).id;
  }
}

/** Counters of the engine are whole; SQLite keeps small whole numbers in few bytes. */
function whole(value: number): number {
  return Math.trunc(value);
}
