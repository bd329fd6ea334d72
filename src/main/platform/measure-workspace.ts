import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderFilter, IgnoreFiles } from '@shared/domain/workspaces/folder-filter';

/** Files and their bytes. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** Something that is not sent: a file, or a folder with everything in it. */
export interface ExcludedThing extends Amount {
  /** Below the workspaces folder. */
  readonly path: string;
  readonly folder: boolean;
  readonly rule: string;
  readonly source: string;
}

/** A folder of which something is sent, with all of that beneath it. */
export interface FolderAmount extends Amount {
  readonly path: string;
}

/** How much lies in one workspace, and how much of it is sent. */
export interface MeasuredWorkspace {
  readonly included: Amount;
  readonly whole: Amount;
  /** The largest first. */
  readonly excluded: readonly ExcludedThing[];
  readonly folders: readonly FolderAmount[];
}

/** What the measuring is told while it goes. */
export interface MeasureOptions {
  readonly filter: FolderFilter;
  readonly ignoreFilesIn: (dir: string) => Promise<IgnoreFiles>;
  readonly signal?: AbortSignal | undefined;
}

const AT_ONCE = 16;

interface Sum {
  files: number;
  bytes: number;
}

/** Counts a workspace, what is excluded as well. Follows no link; what cannot be read counts nothing. `filter` is the one of the workspaces folder. */
export async function measureWorkspace(root: string, name: string, options: MeasureOptions): Promise<MeasuredWorkspace> {
  const included: Sum = { files: 0, bytes: 0 };
  const whole: Sum = { files: 0, bytes: 0 };
  const excluded: ExcludedThing[] = [];
  const folders: FolderAmount[] = [];

  const walk = async (filter: FolderFilter, path: string): Promise<Sum> => {
    options.signal?.throwIfAborted();
    const own: Sum = { files: 0, bytes: 0 };
    const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => []);
    for (let index = 0; index < entries.length; index += AT_ONCE) {
      await Promise.all(
        entries.slice(index, index + AT_ONCE).map(async (entry) => {
          const child = `${path}/${entry.name}`;
          const verdict = filter.child(entry.name, entry.isDirectory());
          if (entry.isFile()) {
            const bytes = await sizeOf(join(root, child));
            add(whole, bytes);
            if (verdict.included) add(own, bytes);
            else excluded.push({ path: child, folder: false, rule: verdict.rule ?? '', source: verdict.source ?? '', files: 1, bytes });
          } else if (entry.isDirectory() && !verdict.descend) {
            const inside = await everything(join(root, child), options.signal);
            addAll(whole, inside);
            excluded.push({ path: child, folder: true, rule: verdict.rule ?? '', source: verdict.source ?? '', ...inside });
          }
        }),
      );
    }
    // Folders one after the other: a deep tree must not open thousands at once.
    for (const entry of entries) {
      if (!entry.isDirectory() || !filter.child(entry.name, true).descend) continue;
      const child = `${path}/${entry.name}`;
      const inside = await walk(filter.into(entry.name, await options.ignoreFilesIn(join(root, child))), child);
      addAll(own, inside);
    }
    folders.push({ path, files: own.files, bytes: own.bytes });
    return own;
  };

  if (options.filter.child(name, true).descend) addAll(included, await walk(options.filter.into(name, await options.ignoreFilesIn(join(root, name))), name));
  return { included, whole, excluded: excluded.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)), folders };
}

async function everything(folder: string, signal: AbortSignal | undefined): Promise<Sum> {
  const sum: Sum = { files: 0, bytes: 0 };
  const left = [folder];
  for (let dir = left.pop(); dir !== undefined; dir = left.pop()) {
    signal?.throwIfAborted();
    const here = dir;
    const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) left.push(join(here, entry.name));
    const files = entries.filter((entry) => entry.isFile());
    for (let index = 0; index < files.length; index += AT_ONCE) {
      const sizes = await Promise.all(files.slice(index, index + AT_ONCE).map((entry) => sizeOf(join(here, entry.name))));
      for (const bytes of sizes) add(sum, bytes);
    }
  }
  return sum;
}

async function sizeOf(path: string): Promise<number> {
  return lstat(path).then((found) => found.size, () => 0);
}

function add(sum: Sum, bytes: number): void {
  sum.files += 1;
  sum.bytes += bytes;
}

function addAll(sum: Sum, other: Amount): void {
  sum.files += other.files;
  sum.bytes += other.bytes;
}
