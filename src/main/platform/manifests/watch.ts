import type { Stats } from 'node:fs';
import { relative, sep } from 'node:path';
import { changesOf, type FileChange, type FileLook } from '@shared/domain/gitops/file-changes';
import type { Disposable } from '@shared/kernel/disposable';

/** What a folder is watched with. */
export interface ManifestWatch {
  readonly dir: string;
  /**
   * Told once it has been quiet for a moment, each file once. Paths are posix and relative. `isWhole` false: folders came or went, or there was much at once, and then
   * what the system tells has gaps: there may be more.
   */
  readonly onChanged: (changes: readonly FileChange[], isWhole: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** A burst is over after so long a silence. */
const SETTLE_MS = 300;
/** A folder that never falls silent is told of all the same. */
const LONGEST_MS = 30_000;
/** So many at once are looked for again. */
const FEW = 50;
const LEFT_OUT = /(?:^|\/)(?:\.git|\.archive|\.berth|node_modules)(?:\/|$)/;
const MANIFEST = /\.(?:ya?ml|json)$|^Kustomization$/i;

/** Watches the manifests of a folder; links are not followed. Resolves when it does. */
export async function watchManifests({ dir, onChanged, onError }: ManifestWatch): Promise<Disposable> {
  const { watch } = await import('chokidar');
  const known = new Map<string, FileLook>();
  /** What was known of each file before the burst. */
  const burst = new Map<string, FileLook | null>();
  let isReady = false;
  let timer: NodeJS.Timeout | undefined;
  let beganAt = 0;
  let hasFolders = false;

  const tell = (): void => {
    const seen = [...burst].map(([path, before]) => ({ path, before, after: known.get(path) ?? null }));
    const isWhole = !hasFolders && seen.length <= FEW;
    burst.clear();
    hasFolders = false;
    const changes = changesOf(seen);
    if (changes.length > 0 || !isWhole) onChanged(changes, isWhole);
  };
  const settle = (): void => {
    const now = performance.now();
    if (timer === undefined) beganAt = now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      tell();
    }, Math.max(0, Math.min(SETTLE_MS, beganAt + LONGEST_MS - now)));
  };
  const saw = (path: string, look: FileLook | null): void => {
    if (!MANIFEST.test(path.slice(path.lastIndexOf('/') + 1))) return;
    if (isReady && !burst.has(path)) burst.set(path, known.get(path) ?? null);
    if (look === null) known.delete(path);
    else known.set(path, look);
    if (isReady) settle();
  };
  const below = (path: string): string => relative(dir, path).split(sep).join('/');
  const watcher = watch(dir, { ignoreInitial: false, followSymlinks: false, alwaysStat: true, atomic: false, ignored: (path) => LEFT_OUT.test(below(path)) });
  const look = (path: string, stats?: Stats): void => saw(below(path), stats === undefined ? null : { ino: String(stats.ino), sizeBytes: stats.size, mtimeMs: stats.mtimeMs });
  watcher.on('add', look);
  watcher.on('change', look);
  const sawFolder = (): void => {
    if (!isReady) return;
    hasFolders = true;
    settle();
  };
  watcher.on('addDir', sawFolder);
  watcher.on('unlinkDir', sawFolder);
  watcher.on('unlink', (path) => saw(below(path), null));
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  isReady = true;
  return {
    dispose() {
      clearTimeout(timer);
      void watcher.close();
    },
  };
}
