import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { AppError } from '@shared/kernel/app-error';

/** What the lease holder says about itself, for messages and for finding its socket. The lease itself is the database's lock. */
export interface LeaseNote {
  readonly pid: number;
  readonly startedAt: string;
  readonly socketPath: string;
  readonly version: string;
}

/** Null when there is none or it cannot be read: it is a hint, never a decision. */
export async function readLeaseNote(file: string): Promise<LeaseNote | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const note = value as Partial<LeaseNote>;
    return typeof note.pid === 'number' && typeof note.socketPath === 'string' ? { pid: note.pid, startedAt: note.startedAt ?? '', socketPath: note.socketPath, version: note.version ?? '' } : null;
  } catch {
    return null;
  }
}

export async function writeLeaseNote(file: string, note: LeaseNote): Promise<void> {
  const temporary = `${file}.${note.pid}`;
  await writeFile(temporary, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

/** Removes the note if it is still ours. */
export async function removeLeaseNote(file: string, pid: number): Promise<void> {
  const note = await readLeaseNote(file);
  if (note?.pid === pid) await rm(file, { force: true });
}

/** The error a second process reports: it names the first. */
export function stateLocked(home: string, note: LeaseNote | null): AppError {
  const who = note === null ? 'Another Berth' : `Another Berth (process ${note.pid})`;
  return new AppError('state-locked', `${who} is using ${home}.`, {
    hint: 'Wait until it has finished, or close it.',
    ...(note === null ? {} : { details: { pid: note.pid, startedAt: note.startedAt } }),
  });
}
