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
];
