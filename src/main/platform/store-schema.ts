/** SQL of every schema version, in order; `PRAGMA user_version` counts those that were applied. Never edit one that was released: append. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE operations (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project_id TEXT,
    state TEXT NOT NULL,
    data TEXT NOT NULL
  );
  CREATE INDEX operations_by_project ON operations (project_id, n);
  CREATE INDEX operations_by_state ON operations (state);
  CREATE TABLE journal (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL
  );
  CREATE INDEX journal_by_operation ON journal (operation_id, n);
  CREATE TABLE operation_log (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id TEXT NOT NULL,
    line TEXT NOT NULL
  );
  CREATE INDEX log_by_operation ON operation_log (operation_id, n);
  CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    dir TEXT NOT NULL,
    trusted_facts TEXT,
    opened_at TEXT NOT NULL
  );
  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  );
  `,
  `
  ALTER TABLE operations ADD COLUMN finished_at TEXT;
  CREATE TABLE records (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE TABLE log_entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    severity INTEGER NOT NULL,
    project_id TEXT,
    service TEXT,
    correlation_id TEXT,
    message TEXT NOT NULL,
    data TEXT NOT NULL
  );
  CREATE INDEX log_entries_by_project ON log_entries (project_id, seq);
  CREATE INDEX log_entries_by_correlation ON log_entries (correlation_id, seq);
  CREATE TABLE sample_series (
    id INTEGER PRIMARY KEY,
    project_id TEXT NOT NULL,
    service TEXT NOT NULL,
    UNIQUE (project_id, service)
  );
  CREATE TABLE samples (
    series INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    cpu REAL,
    memory_bytes INTEGER NOT NULL,
    memory_limit_bytes INTEGER NOT NULL,
    network_received_bytes INTEGER NOT NULL,
    network_sent_bytes INTEGER NOT NULL,
    block_read_bytes INTEGER NOT NULL,
    block_written_bytes INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    restarts INTEGER NOT NULL,
    PRIMARY KEY (series, at_ms)
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE projects ADD COLUMN twin TEXT;
  `,
  `
  ALTER TABLE projects ADD COLUMN closed_at TEXT;
  `,
  `
  ALTER TABLE projects ADD COLUMN duplicate_detection_enabled INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE projects ADD COLUMN resolution_hierarchy_config TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE projects ADD COLUMN last_duplicate_scan TEXT;
  ALTER TABLE projects ADD COLUMN duplicate_scan_interval INTEGER NOT NULL DEFAULT 3600;
  CREATE TABLE yaml_duplicate_groups (
    id TEXT NOT NULL,
    fabric TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    detection_timestamp TEXT NOT NULL,
    resolution_status TEXT NOT NULL CHECK (length(resolution_status) <= 20),
    resolution_strategy TEXT NOT NULL CHECK (length(resolution_strategy) <= 30),
    dir TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (fabric, id)
  );
  CREATE TABLE yaml_duplicate_files (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    fabric TEXT NOT NULL,
    duplicate_group TEXT NOT NULL,
    file_path TEXT NOT NULL CHECK (length(file_path) <= 1000),
    file_hash TEXT NOT NULL CHECK (length(file_hash) <= 64),
    priority_score INTEGER NOT NULL,
    resolution_action TEXT NOT NULL CHECK (length(resolution_action) <= 20),
    document INTEGER NOT NULL,
    item INTEGER,
    line INTEGER NOT NULL,
    FOREIGN KEY (fabric, duplicate_group) REFERENCES yaml_duplicate_groups (fabric, id) ON DELETE CASCADE
  );
  CREATE INDEX yaml_duplicate_files_by_group ON yaml_duplicate_files (fabric, duplicate_group);
  `,
];
