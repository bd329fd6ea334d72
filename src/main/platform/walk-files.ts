import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderFilter, IgnoreFiles } from '@shared/domain/workspaces/folder-filter';

/** Tells every file beneath a folder that the rules let through, as paths below `root`; excluded folders are not opened, links not followed. `filter` is the one of `path`. */
export async function walkFiles(root: string, path: string, filter: FolderFilter, ignoreFilesIn: (dir: string) => Promise<IgnoreFiles>, onFile: (path: string) => void): Promise<void> {
  const left: { readonly path: string; readonly filter: FolderFilter }[] = [{ path, filter }];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const here = at;
    const entries = await readdir(join(root, here.path), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const child = `${here.path}/${entry.name}`;
      const verdict = here.filter.child(entry.name, entry.isDirectory());
      if (entry.isFile() && verdict.included) onFile(child);
      else if (entry.isDirectory() && verdict.descend) left.push({ path: child, filter: here.filter.into(entry.name, await ignoreFilesIn(join(root, child))) });
    }
  }
}
