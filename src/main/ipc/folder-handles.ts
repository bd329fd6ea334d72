import { randomUUID } from 'node:crypto';

/** Folders the user picked natively in this run, by the handle the page knows them by. */
export interface FolderHandles {
  add(dir: string): string;
  pathOf(handle: string): string | undefined;
}

/** Keeps the last hundred picked folders; handles are not guessable and die with the process. */
export function createFolderHandles(): FolderHandles {
  const dirs = new Map<string, string>();
  return {
    add(dir) {
      const handle = `folder_${randomUUID()}`;
      dirs.set(handle, dir);
      const oldest = dirs.keys().next().value;
      if (dirs.size > 100 && oldest !== undefined) dirs.delete(oldest);
      return handle;
    },
    pathOf: (handle) => dirs.get(handle),
  };
}
