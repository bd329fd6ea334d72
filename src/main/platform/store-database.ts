import type Database from 'libsql';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import { MIGRATIONS } from './store-schema';

/** Thrown when another process holds the database: the database lock is the lease. */
export class LeaseHeldError extends Error {}

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
    // What belongs to a project goes with it.
    db.exec('PRAGMA foreign_keys = ON');
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
      hint: 'Move the file aside and start Berth again: it then knows nothing of its projects, settings and history; containers, volumes and files are not touched by that.',
      where: { file },
      cause: error,
    });
  }
}

/**
 * Closes the database and gives the lease back.
 * Closing alone would not give the lease back: statements that wait for garbage collection keep the connection
 * open. Leaving WAL writes everything to the one file and makes it possible to let go of the exclusive lock.
 */
export function letGo(db: Database.Database): void {
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

/** What a failed call answers: a full disk in words, anything else as it was thrown. */
export function storeErrorData(error: unknown): AppErrorData {
  if (sqliteCode(error) === 'SQLITE_FULL') {
    return { code: 'disk-full', message: 'The disk that holds Berth’s state is full.', hint: 'Free some space, then try again.' };
  }
  return errorData(error);
}
