import { mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Folders of twins: `twins/<operation id>` in the state folder, each repeating the paths of this computer beneath `root`. */
export interface TwinFolders {
  /** Makes the folder and resolves with its real path. */
  make(operationId: string): Promise<string>;
  /** Where the copy of a place of this computer lies. */
  placeOf(folder: string, path: string): string;
  /** Lets paths that lead out of the project lead to the same place from the copy. Those beneath another one are reached through it. */
  linkOutside(folder: string, paths: readonly string[]): Promise<void>;
  /** Real paths of all there are. */
  list(): Promise<readonly string[]>;
  /** The folder in which the copy with this project folder lies; null when it is none of these. */
  folderOf(dir: string): Promise<string | null>;
  remove(folder: string): Promise<void>;
}

/** The folders of twins beneath this state folder. */
export function twinFolders(home: string): TwinFolders {
  const twins = async (): Promise<string> => join(await realpath(home), 'twins');
  const placeOf = (folder: string, path: string): string => join(folder, path.replace(/^([A-Za-z]):/, '/$1'));
  return {
    placeOf,
    async make(operationId) {
      const folder = join(await twins(), operationId);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    async linkOutside(folder, paths) {
      const linked: string[] = [];
      for (const path of [...paths].sort((a, b) => a.length - b.length)) {
        if (linked.some((one) => path === one || path.startsWith(`${one}/`))) continue;
        const place = placeOf(folder, path);
        await mkdir(dirname(place), { recursive: true, mode: 0o700 });
        // A folder above the project is there already, as a part of the copy's own path.
        const made = await symlink(path, place).then(() => true, () => false);
        if (made) linked.push(path);
      }
    },
    async list() {
      const root = await twins();
      return (await readdir(root).catch(() => [])).map((name) => join(root, name));
    },
    async folderOf(dir) {
      const root = await twins();
      const name = dir.startsWith(`${root}/`) || dir.startsWith(`${root}\\`) ? dir.slice(root.length + 1).split(/[\\/]/)[0] : undefined;
      return name === undefined || name === '' ? null : join(root, name);
    },
    remove: (folder) => rm(folder, { recursive: true, force: true }),
  };
}
