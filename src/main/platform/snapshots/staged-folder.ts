import { constants } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { folderFailure } from './failures';
import { TEMPORARY } from './names';
import type { StagedObjects } from './types';

/** Who writes there is root of a container without the right to write what is not its own; nobody else comes through the folder above. */
const FOLDER_MODE = 0o711;
const FILE_MODE = 0o602;
const KEPT_MODE = 0o600;

/** How an object gets its name: given a folder that is held open and a name in it. */
export type InFolderOf = (name: string, act: (folder: string, file: string) => Promise<void>) => Promise<void>;

/** A folder beneath a repository where the volume program writes packs into files that were made for it. They stay this process's own, so that they can be synced and named like any other. */
export class StagedFolder implements StagedObjects {
  private readonly handles = new Map<string, FileHandle>();
  private count = 0;

  private constructor(
    private readonly where: string,
    readonly folder: string,
    private readonly nameIn: InFolderOf,
  ) {}

  static async open(where: string, lockId: string, nameIn: InFolderOf): Promise<StagedFolder> {
    const folder = join(where, `${TEMPORARY}${lockId}`);
    try {
      await mkdir(folder, { mode: FOLDER_MODE });
    } catch (error) {
      throw folderFailure(error, where, `${TEMPORARY}${lockId}`);
    }
    return new StagedFolder(where, folder, nameIn);
  }

  async make(): Promise<string> {
    const file = `${TEMPORARY}${String((this.count += 1))}`;
    try {
      const handle = await open(join(this.folder, file), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      this.handles.set(file, handle);
      // Behind its making: a mask of the process has no say in this.
      await handle.chmod(FILE_MODE);
      return file;
    } catch (error) {
      throw folderFailure(error, this.where, file);
    }
  }

  async keep(file: string, name: string, bytes: number, options: { readonly replace?: boolean } = {}): Promise<void> {
    const handle = this.handles.get(file);
    if (handle === undefined) throw new AppError('internal', `Nobody made the file ${file} for a pack.`);
    try {
      const { size } = await handle.stat();
      if (size !== bytes) throw new AppError('internal', `A pack has ${String(size)} bytes, and it should have ${String(bytes)}.`);
      await handle.chmod(KEPT_MODE);
      await handle.sync();
    } catch (error) {
      throw folderFailure(error, this.where, name);
    } finally {
      this.handles.delete(file);
      await handle.close();
    }
    const staged = join(this.folder, file);
    await this.nameIn(name, (folder, own) => (options.replace === true ? rename(staged, join(folder, own)) : giveName(staged, join(folder, own))));
  }

  async remove(): Promise<void> {
    const handles = [...this.handles.values()];
    this.handles.clear();
    await Promise.all(handles.map((handle) => handle.close().catch(() => undefined)));
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes folders of locks that are gone. Never rejects. */
export async function removeStaged(where: string, isGone: (lockId: string) => Promise<boolean>): Promise<void> {
  const found = await readdir(where, { withFileTypes: true }).catch(() => []);
  for (const entry of found) {
    if (!entry.isDirectory() || !entry.name.startsWith(TEMPORARY)) continue;
    if (await isGone(entry.name.slice(TEMPORARY.length)).catch(() => false)) await rm(join(where, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/** A link cannot replace anything, so that two who write the same name at once end with one whole file, the first one's. */
export async function giveName(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (NO_LINKS.has(code)) return rename(temporary, file);
    if (code !== 'EEXIST') throw error;
  }
  await unlink(temporary);
}
