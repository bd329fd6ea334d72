import { stat } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Disposable } from '@shared/kernel/disposable';

/** Long enough for an editor that saves several files, short enough to feel immediate. */
const SETTLE_MS = 200;

/** What is watched, and who is told. Paths have forward slashes. */
export interface TreeWatch {
  readonly roots: readonly string[];
  /** Folders and files that are not worth a watch. */
  readonly ignored: (path: string) => boolean;
  /** Told once it is quiet for a moment, each path once. */
  readonly onChanged: (changes: readonly { readonly path: string; readonly exists: boolean }[]) => void;
  readonly onError: (error: unknown) => void;
}

/** Watches files and folders with everything beneath them; links are not followed. Resolves when it does. */
export async function watchTrees({ roots, ignored, onChanged, onError }: TreeWatch): Promise<Disposable> {
  // Of nothing it would never be told that it is ready.
  if (roots.length === 0) return { dispose: () => undefined };
  const { watch } = await import('chokidar');
  const changed = new Map<string, boolean>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    const all = [...changed].map(([path, exists]) => ({ path, exists }));
    changed.clear();
    onChanged(all);
  };
  const watcher = watch([...roots], { ignoreInitial: true, followSymlinks: false, atomic: SETTLE_MS / 2, ignored: (path) => ignored(slashed(path)) });
  watcher.on('all', (event, path) => {
    // A folder by itself is nothing to copy; what is in it is told by itself.
    if (event === 'addDir') return;
    changed.set(slashed(path), event !== 'unlink' && event !== 'unlinkDir');
    clearTimeout(timer);
    timer = setTimeout(tell, SETTLE_MS);
  });
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return {
    dispose() {
      clearTimeout(timer);
      void watcher.close();
    },
  };
}

/** Which of these paths exist. */
export async function existing(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => stat(path).then(() => true, () => false)));
  return paths.filter((_, index) => found[index]);
}

function slashed(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
