import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** How far a search goes. */
export interface FindLimits {
  readonly depth: number;
  /** Entries that are looked at. */
  readonly entries: number;
  /** Files that are found. */
  readonly files: number;
}

/** What a search found; `isWhole` is false when it ended at a limit, so that there may be more. */
export interface FoundFiles {
  readonly files: readonly string[];
  readonly isWhole: boolean;
}

const SKIPPED = new Set(['node_modules', 'vendor', 'dist', 'build', 'target', '__pycache__', 'venv']);

/** Files beneath a folder whose names are accepted, nearest first, absolute. Follows no link, leaves out hidden folders and what package managers fill. Folders that cannot be read are left out. */
export async function findFiles(root: string, accept: (name: string) => boolean, limits: FindLimits): Promise<FoundFiles> {
  const found: string[] = [];
  let looked = 0;
  let level: readonly string[] = [root];
  for (let depth = 0; depth <= limits.depth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        looked += 1;
        if (looked > limits.entries || found.length >= limits.files) return { files: found, isWhole: false };
        if (entry.isFile() && accept(entry.name)) found.push(join(folder, entry.name));
        else if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name)) next.push(join(folder, entry.name));
      }
    }
    level = next;
  }
  return { files: found, isWhole: level.length === 0 };
}
