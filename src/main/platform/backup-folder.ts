import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, lstat, mkdir, open, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryState, FileOwned } from '@shared/domain/operations/backup';
import { withFolders } from '@shared/domain/operations/backup';
import { AppError } from '@shared/kernel/app-error';
import { inFolderOf, readBeneath, replaceBeneath, syncFolder } from './files';

const OWN_FOLDER = '.berth';
const MODE_BITS = 0o7777;
const SECOND_NS = 1_000_000_000n;
/** Structural changes are about text files; a larger one is refused rather than half backed up. */
const BACKUP_FILE_MAX_BYTES = 64 * 1024 * 1024;

/** An entry with its bytes, where it is a file. */
export interface SeenEntry {
  readonly state: EntryState;
  readonly bytes: Uint8Array | null;
  /** ISO time; null for what is not a file. */
  readonly modifiedAt: string | null;
  /** Null where there is nothing. */
  readonly owned: FileOwned | null;
}

/** Backups inside a project folder, and putting back what they hold. Every step goes from the project folder without following a link. */
export interface BackupFolder {
  /** What stands at a path. Rejects with `fix-failed` for what is neither a file nor a folder, or lies behind a link. */
  look(rootDir: string, relPath: string): Promise<SeenEntry>;
  /** Writes files (by path relative to `rootDir`) in the given order, each synced, readable by their owner only. */
  write(rootDir: string, contents: readonly (readonly [path: string, bytes: Uint8Array])[]): Promise<void>;
  read(rootDir: string, relPath: string): Promise<Uint8Array>;
  /** Makes the path be as `state` says. Resolves with false where that would lose something (a folder that is not empty). With `owned` it gets this time, and this owner where the user may give it away; else owner and time are as after any change. */
  put(rootDir: string, relPath: string, state: EntryState, bytes: Uint8Array | null, owned?: FileOwned | null): Promise<boolean>;
  /** Removes one backup with all that is in it. Gone already is fine. */
  remove(rootDir: string, folder: string): Promise<void>;
}

/** SHA-256 in hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Backups on this machine's disk. */
export function hostBackupFolder(): BackupFolder {
  return {
    look: (rootDir, relPath) => failing(relPath, () => look(rootDir, relPath)),
    async write(rootDir, contents) {
      for (const [path, bytes] of contents) {
        await failing(path, async () => {
          await makeFolders(rootDir, path);
          await replaceBeneath(rootDir, path, bytes);
          await setMode(rootDir, path, 0o600);
        });
      }
    },
    read: (rootDir, relPath) => readBeneath(rootDir, relPath, BACKUP_FILE_MAX_BYTES),
    put: (rootDir, relPath, state, bytes, owned) => failing(relPath, () => put(rootDir, relPath, state, bytes, owned ?? null)),
    async remove(rootDir, folder) {
      if (!/^\.berth\/backup_before_[\w-]+$/.test(folder)) throw new AppError('fix-failed', `${folder} is not a backup.`);
      // Named through the folder that is held open; links inside are removed, not followed.
      await inFolderOf(rootDir, folder, (parent, name) => rm(join(parent, name), { recursive: true, force: true })).catch(unlessMissing);
    },
  };
}

async function look(rootDir: string, relPath: string): Promise<SeenEntry> {
  const found = await inFolderOf(rootDir, relPath, (folder, name) => lstat(join(folder, name), { bigint: true })).catch(unlessMissing);
  if (found === undefined) return { state: { kind: 'missing' }, bytes: null, modifiedAt: null, owned: null };
  const mode = Number(found.mode) & MODE_BITS;
  const owned = { uid: Number(found.uid), gid: Number(found.gid), mtimeNs: String(found.mtimeNs) };
  if (found.isDirectory()) return { state: { kind: 'folder', mode }, bytes: null, modifiedAt: null, owned };
  if (!found.isFile()) throw new AppError('fix-failed', `${relPath} is neither a file nor a folder.`, { hint: 'Berth follows no links inside a project.' });
  const bytes = await readBeneath(rootDir, relPath, BACKUP_FILE_MAX_BYTES);
  return { state: { kind: 'file', sha256: sha256Of(bytes), mode }, bytes, modifiedAt: found.mtime.toISOString(), owned };
}

async function put(rootDir: string, relPath: string, state: EntryState, bytes: Uint8Array | null, owned: FileOwned | null): Promise<boolean> {
  const now = (await look(rootDir, relPath)).state;
  if (now.kind !== state.kind && now.kind !== 'missing' && !(await removeEntry(rootDir, relPath, now.kind))) return false;
  switch (state.kind) {
    case 'missing':
      return true;
    case 'folder':
      if (now.kind !== 'folder') await inFolderOf(rootDir, relPath, (folder, name) => mkdir(join(folder, name)));
      break;
    case 'file':
      if (bytes === null) throw new Error('A file is put back with its bytes.');
      await replaceBeneath(rootDir, relPath, bytes);
  }
  await setMode(rootDir, relPath, state.mode, owned);
  return true;
}

async function removeEntry(rootDir: string, relPath: string, kind: 'file' | 'folder'): Promise<boolean> {
  return inFolderOf(rootDir, relPath, async (folder, name) => {
    try {
      await (kind === 'file' ? unlink(join(folder, name)) : rmdir(join(folder, name)));
    } catch (error) {
      if (/^(ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
    await syncFolder(folder);
    return true;
  });
}

/** Through an open handle, so that it can only ever be this entry. */
async function setMode(rootDir: string, relPath: string, mode: number, owned: FileOwned | null = null): Promise<void> {
  if (process.platform === 'win32') return;
  await inFolderOf(rootDir, relPath, async (folder, name) => {
    const handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      // Only root may give a file away. Before the mode: a new owner takes setuid bits away.
      if (owned !== null) await handle.chown(owned.uid, owned.gid).catch(() => undefined);
      await handle.chmod(mode);
      if (owned !== null) await handle.utimes(new Date(), timeInSeconds(owned.mtimeNs));
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** As exactly as the system takes it: to the microsecond. The half keeps a number that is a little too small from losing one. */
export function timeInSeconds(mtimeNs: string): number {
  const ns = BigInt(mtimeNs);
  return Number(ns / SECOND_NS) + (Number((ns % SECOND_NS) / 1_000n) + 0.5) / 1_000_000;
}

/** Makes the folders on the way to a file of a backup; `.berth` keeps itself out of the project's version control. */
export async function makeFolders(rootDir: string, relPath: string): Promise<void> {
  const owner = await lstat(rootDir);
  for (const path of withFolders([relPath]).slice(0, -1)) {
    const isNew = await inFolderOf(rootDir, path, async (folder, name) => {
      try {
        await mkdir(join(folder, name), { mode: path === OWN_FOLDER ? 0o755 : 0o700 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      }
      // As root the backup belongs to whom the project belongs, or its user could not remove it.
      if (process.getuid?.() === 0) await chown(join(folder, name), owner.uid, owner.gid);
      await syncFolder(folder);
      return true;
    });
    if (isNew && path === OWN_FOLDER) await replaceBeneath(rootDir, `${OWN_FOLDER}/.gitignore`, new TextEncoder().encode('*\n'));
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'compose-not-found') return undefined;
  throw error;
}

async function failing<T>(relPath: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'fix-failed') throw error;
    throw new AppError('fix-failed', error.message, { hint: error.hint, where: error.where ?? { file: relPath }, cause: error });
  }
}
