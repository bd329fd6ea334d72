import { relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { isWithin } from '@shared/domain/checks/host-path';
import type { ComposeModel } from '@shared/domain/compose/model';
import { isIgnored, mayHoldExceptions, parseDockerignore, type IgnorePattern } from '@shared/domain/engine/dockerignore';
import type { Disposable } from '@shared/kernel/disposable';
import { readOptionalFile } from '@main/platform/files';
import { dockerfileOf } from './gather-builds';

/** Long enough for an editor that saves several files. */
const SETTLE_MS = 500;
/** What is written all the time, as a log, is told of this often at most. */
const APART_MS = 5_000;
/** More is not watched: a folder that is no source tree. */
const MOST_PATHS = 5_000;
/** Never sent to a builder by anybody who wants it to be quick, and written to all the time. */
const NEVER: ReadonlySet<string> = new Set(['.git', '.berth', 'node_modules', '__pycache__', '.venv']);

/** A folder an image is built from, as far as it is sent to the builder. */
export interface WatchedContext {
  readonly dir: string;
  readonly patterns: readonly IgnorePattern[];
}

/** Watches the build contexts of projects. */
export interface ContextWatch extends Disposable {
  /** Replaces what is watched for a project. Resolves when it is. */
  watch(projectId: string, contexts: readonly WatchedContext[]): Promise<void>;
}

/** The build contexts of some models that lie in the project folder, with what .dockerignore leaves out. */
export async function contextsOf(models: readonly ComposeModel[], projectDir: string): Promise<readonly WatchedContext[]> {
  const found = new Map<string, string>();
  for (const model of models) {
    for (const service of Object.values(model.services)) {
      const place = dockerfileOf(service, projectDir);
      if (place !== undefined && isWithin(projectDir, place.context)) found.set(place.context, place.path);
    }
  }
  return Promise.all(
    [...found].map(async ([dir, dockerfile]) => {
      const own = (await textOf(`${dockerfile}.dockerignore`)) ?? (await textOf(`${dir}${sep}.dockerignore`)) ?? '';
      const parsed = parseDockerignore(own);
      return { dir, patterns: parsed.ok ? parsed.patterns : [] };
    }),
  );
}

async function textOf(file: string): Promise<string | undefined> {
  const bytes = await readOptionalFile(file).catch(() => undefined);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

/** Tells of a project when something changed that its images are built from. Links are not followed: they may lead anywhere. */
export async function watchContexts(changed: (projectId: string) => void, onError: (error: unknown) => void = () => undefined): Promise<ContextWatch> {
  const { watch } = await import('chokidar');
  const projects = new Map<string, { readonly key: string; readonly watcher: FSWatcher; readonly turns: Turns }>();
  let disposed = false;
  const drop = (projectId: string): void => {
    const known = projects.get(projectId);
    projects.delete(projectId);
    known?.turns.dispose();
    void known?.watcher.close();
  };
  return {
    async watch(projectId, contexts) {
      const key = JSON.stringify(contexts);
      if (projects.get(projectId)?.key === key) return;
      drop(projectId);
      if (contexts.length === 0 || disposed) return;
      const roots = contexts.filter((one) => !contexts.some((other) => other.dir !== one.dir && isWithin(other.dir, one.dir))).map((one) => one.dir);
      const seen = new Set<string>();
      const isKept = (path: string): boolean => seen.has(path) || (seen.size < MOST_PATHS && seen.add(path) !== undefined);
      const ignored = (path: string): boolean => !roots.includes(path) && (NEVER.has(path.slice(path.lastIndexOf(sep) + 1)) || isLeftOut(contexts, path) || !isKept(path));
      const turns = new Turns(() => changed(projectId));
      const watcher = watch(roots, { ignoreInitial: true, followSymlinks: false, ignored });
      projects.set(projectId, { key, watcher, turns });
      watcher.on('all', () => turns.note());
      watcher.on('error', onError);
      await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    },
    dispose() {
      disposed = true;
      for (const projectId of [...projects.keys()]) drop(projectId);
    },
  };
}

/** True when no context that holds the path sends it to the builder. */
export function isLeftOut(contexts: readonly WatchedContext[], path: string): boolean {
  return contexts
    .filter(({ dir }) => path !== dir && isWithin(dir, path))
    .every(({ dir, patterns }) => {
      const name = relative(dir, path).split(sep).join('/');
      return isIgnored(patterns, name) && !mayHoldExceptions(patterns, name);
    });
}

/** One word for many changes, and not too often. */
class Turns implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private lastMs = 0;

  constructor(private readonly tell: () => void) {}

  note(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => this.end(), Math.max(SETTLE_MS, this.lastMs + APART_MS - performance.now()));
    this.timer.unref();
  }

  private end(): void {
    this.timer = undefined;
    this.lastMs = performance.now();
    this.tell();
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
