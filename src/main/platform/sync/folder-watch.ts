import { lstatSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { LocalFile } from '@shared/domain/workspaces/sync-model';

/** What is at a path now. */
export type Look = { readonly kind: 'file'; readonly file: LocalFile } | { readonly kind: 'folder' } | { readonly kind: 'other' };

/** The file, folder or something else with this key. Something else is also nothing. */
export function lookAt(root: string, key: string): Look {
  try {
    const found = lstatSync(join(root, key), { bigint: true, throwIfNoEntry: false });
    if (found?.isDirectory() === true) return { kind: 'folder' };
    if (found?.isFile() !== true) return { kind: 'other' };
    return { kind: 'file', file: { key, sizeBytes: Number(found.size), mtimeNs: found.mtimeNs, ctimeNs: found.ctimeNs, ino: found.ino } };
  } catch {
    return { kind: 'other' };
  }
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly ino: number;
}

/**
 * Tells what changes in the folders it is given: on Linux one watch for each folder, so that those a rule keeps back cost nothing; elsewhere one for the whole tree.
 * Keys of folders are '' or have their slash at the end.
 */
export class FolderWatch {
  private readonly watched = new Map<string, Watched>();
  private exhausted = false;

  /** `onExhausted`: the system gives no more watches. `name` null: something, nobody knows what. */
  constructor(
    private readonly root: string,
    private readonly onChange: (folder: string, name: string | null) => void,
    private readonly onExhausted: () => void,
  ) {}

  get size(): number {
    return this.watched.size;
  }

  /** A folder that was replaced by another of its name is watched anew. */
  add(key: string): void {
    if (this.exhausted || (process.platform !== 'linux' && key !== '')) return;
    const path = join(this.root, key);
    const ino = lstatSync(path, { throwIfNoEntry: false })?.ino;
    if (ino === undefined || this.watched.get(key)?.ino === ino) return;
    this.drop(key);
    try {
      const watcher = watch(path, { persistent: false, recursive: process.platform !== 'linux' }, (_type, name) => this.tell(key, name));
      watcher.on('error', () => this.onChange(key, null));
      this.watched.set(key, { watcher, ino });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      this.exhausted = true;
      this.close();
      this.onExhausted();
    }
  }

  /** Folders that are not among these are left. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of [...this.watched.keys()]) if (!keys.has(key)) this.drop(key);
  }

  close(): void {
    for (const key of [...this.watched.keys()]) this.drop(key);
  }

  private drop(key: string): void {
    this.watched.get(key)?.watcher.close();
    this.watched.delete(key);
  }

  private tell(key: string, name: string | null): void {
    if (name === null) return this.onChange(key, null);
    const folder = dirname(name);
    this.onChange(folder === '.' ? key : `${key}${folder.split(sep).join('/')}/`, basename(name));
  }
}
