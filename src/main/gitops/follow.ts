import type { BerthEvent } from '@shared/contract/events';
import type { FileChange } from '@shared/domain/gitops/file-changes';
import type { Project } from '@shared/domain/projects/project';
import type { Disposable } from '@shared/kernel/disposable';
import type { Logger } from '@main/platform/types';
import type { Duplicates } from './duplicates';
import type { ScanService } from './types';

/** What follows the folders that have been scanned. */
export interface FollowDependencies {
  readonly scans: ScanService;
  readonly duplicates: Duplicates;
  readonly projects: { list(): Promise<readonly Project[]> };
  readonly watch: (watch: { readonly dir: string; readonly onChanged: (changes: readonly FileChange[]) => void; readonly onError: (error: unknown) => void }) => Promise<Disposable>;
  /** Calls back with what happened, until it is disposed of. */
  readonly subscribe: (listener: (event: BerthEvent) => void) => Disposable;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
}

/** Scans again what changes in folders that have been scanned, and tells of it once for each burst. What Berth wrote and looked at itself is not told. */
export async function followManifests(deps: FollowDependencies): Promise<Disposable> {
  const watched = new Map<string, { readonly projectId: string; readonly watch: Promise<Disposable> }>();
  let turn: Promise<void> = Promise.resolve();
  let isEnded = false;

  async function changed(projectId: string, dir: string, changes: readonly FileChange[]): Promise<void> {
    const before = deps.scans.last(dir);
    const paths = [...new Set(changes.flatMap((one) => (one.from === undefined ? [one.file] : [one.file, one.from])))];
    const result = before === null ? null : await deps.scans.rebuild(dir, paths, AbortSignal.timeout(60_000));
    // Read again and the same: whoever wrote it has looked at it already.
    const isNew = result === null || before === null || paths.some((path) => hashOf(before, path) !== hashOf(result, path));
    if (!isNew) return;
    if (result !== null) await deps.duplicates.scanned({ dir, projectId }, result);
    deps.publish({ type: 'gitops.changed', projectId, dir, reason: 'files', files: changes.map((one) => ({ ...one })) });
  }

  async function follow(): Promise<void> {
    const projects = new Set((await deps.projects.list()).map((one) => one.id));
    await deps.duplicates.keepOnly(projects);
    const wanted = new Map((await deps.duplicates.folders()).map((one) => [one.dir, one.projectId]));
    for (const [dir, { watch }] of watched) {
      if (wanted.has(dir)) continue;
      watched.delete(dir);
      (await watch).dispose();
    }
    for (const [dir, projectId] of wanted) {
      if (watched.has(dir) || isEnded) continue;
      const onError = (error: unknown): void => deps.log.warn('a folder of manifests cannot be watched', { dir, error });
      const watch = deps.watch({ dir, onError, onChanged: (changes) => void changed(projectId, dir, changes).catch(onError) });
      watched.set(dir, { projectId, watch });
      await watch;
    }
  }

  const next = (): void => {
    turn = turn.then(follow).catch((error: unknown) => deps.log.warn('folders of manifests cannot be followed', { error }));
  };
  const subscription = deps.subscribe((event) => {
    if (event.type === 'projects.changed' || event.type === 'schedules.changed') next();
  });
  next();
  await turn;
  return {
    dispose() {
      isEnded = true;
      subscription.dispose();
      for (const { watch } of watched.values()) void watch.then((one) => one.dispose());
    },
  };
}

function hashOf(result: NonNullable<ReturnType<ScanService['last']>>, path: string): string | null {
  let low = 0;
  let high = result.files.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((result.files[middle]?.path ?? '') < path) low = middle + 1;
    else high = middle;
  }
  const found = result.files[low];
  return found?.path === path ? found.contentHash : null;
}
