import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inFolderOf, readBeneath, replaceBeneath } from './files';

/** A folder of Berth's own in which files are changed for a while and then put back. Paths are relative, with `/`; no link is followed. */
export interface WorkFolder {
  readText(path: string): Promise<string>;
  /** Remembers the file as it is now, or that there is none, for `restore`. */
  keep(path: string): Promise<void>;
  /** Writes a file, folders included. */
  write(path: string, text: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  /** Takes everything back that was done here since the last time, and gives kept files their bytes. */
  restore(): Promise<void>;
}

/** Opens a folder for changes. */
export function openWorkFolder(root: string): WorkFolder {
  const undo: (() => Promise<void>)[] = [];
  const kept = new Map<string, Uint8Array | undefined>();
  const makeFolder = async (path: string): Promise<void> => {
    const parts = path.split('/');
    for (const index of parts.keys()) {
      const one = parts.slice(0, index + 1).join('/');
      if (await isThere(root, one)) continue;
      undo.push(() => remove(root, one));
      await inFolderOf(root, one, (folder, name) => mkdir(join(folder, name)));
    }
  };
  return {
    readText: async (path) => new TextDecoder().decode(await readBeneath(root, path)),
    async keep(path) {
      if (!kept.has(path)) kept.set(path, (await isThere(root, path)) ? await readBeneath(root, path) : undefined);
    },
    async write(path, text) {
      const folder = dirname(path);
      if (folder !== '.') await makeFolder(folder);
      if (!kept.has(path)) {
        const old = (await isThere(root, path)) ? await readBeneath(root, path) : undefined;
        undo.push(() => (old === undefined ? remove(root, path) : replaceBeneath(root, path, old)));
      }
      await replaceBeneath(root, path, new TextEncoder().encode(text));
    },
    makeFolder,
    async move(from, to) {
      const folder = dirname(to);
      if (folder !== '.') await makeFolder(folder);
      await relocate(root, from, to);
      undo.push(() => relocate(root, to, from));
    },
    async restore() {
      for (const one of undo.splice(0).reverse()) await one();
      for (const [path, bytes] of kept) {
        if (bytes === undefined) await remove(root, path);
        else if (!(await hasBytes(root, path, bytes))) await replaceBeneath(root, path, bytes);
      }
    },
  };
}

function isThere(root: string, path: string): Promise<boolean> {
  return inFolderOf(root, path, (folder, name) => stat(join(folder, name)).then(() => true, () => false)).catch(() => false);
}

async function remove(root: string, path: string): Promise<void> {
  if (await isThere(root, path)) await inFolderOf(root, path, (folder, name) => rm(join(folder, name), { recursive: true, force: true }));
}

async function relocate(root: string, from: string, to: string): Promise<void> {
  await inFolderOf(root, from, (source, oldName) => inFolderOf(root, to, (target, newName) => rename(join(source, oldName), join(target, newName))));
}

async function hasBytes(root: string, path: string, bytes: Uint8Array): Promise<boolean> {
  return Buffer.from(bytes).equals(await readBeneath(root, path).catch(() => new Uint8Array()));
}
