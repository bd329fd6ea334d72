import { dirname } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { BerthEvent } from '@shared/contract/events';
import type { Disposable } from '@shared/kernel/disposable';

/** Long enough for an editor that writes a new file and renames it into place, short enough to feel immediate. */
const DEBOUNCE_MS = 300;

/** Watches the input files of projects; what changes is announced as `files.changed`. */
export interface FileWatch extends Disposable {
  /** Replaces the files watched for a project; an empty list stops watching it. */
  watch(projectId: string, files: readonly string[]): Promise<void>;
}

/**
 * Watches folders, not files: an editor that saves by renaming replaces the inode, and a watch on the file would be
 * left behind. Files that do not exist yet are seen when they appear.
 */
export async function watchProjectFiles(publish: (event: BerthEvent) => void, onError: (error: unknown) => void = () => undefined): Promise<FileWatch> {
  const { watch } = await import('chokidar');
  const projects = new Map<string, ProjectWatch>();
  let disposed = false;

  return {
    async watch(projectId, files) {
      const wanted = [...new Set(files)].sort();
      const known = projects.get(projectId);
      if (known !== undefined && known.files.length === wanted.length && known.files.every((file, index) => file === wanted[index])) return;
      projects.delete(projectId);
      await known?.close();
      if (wanted.length === 0 || disposed) return;
      const set = new Set(wanted);
      const folders = [...new Set(wanted.map((file) => dirname(file)))];
      const watcher = watch(folders, { ignoreInitial: true, depth: 0, atomic: DEBOUNCE_MS / 3, followSymlinks: true, ignored: (path) => !set.has(path) && !folders.includes(path) });
      const created = new ProjectWatch(wanted, watcher, (changed) => publish({ type: 'files.changed', projectId, files: [...changed] }));
      projects.set(projectId, created);
      watcher.on('all', (_, path) => {
        if (set.has(path)) created.note(path);
      });
      watcher.on('error', onError);
      await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    },
    dispose() {
      disposed = true;
      for (const project of projects.values()) void project.close();
      projects.clear();
    },
  };
}

class ProjectWatch {
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly files: readonly string[],
    private readonly watcher: FSWatcher,
    private readonly announce: (files: readonly string[]) => void,
  ) {}

  note(path: string): void {
    this.changed.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const files = [...this.changed].sort();
      this.changed.clear();
      this.announce(files);
    }, DEBOUNCE_MS);
    this.timer.unref();
  }

  close(): Promise<void> {
    clearTimeout(this.timer);
    return this.watcher.close();
  }
}
