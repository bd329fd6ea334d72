import type { BerthEvent } from '@shared/contract/events';
import { changesBetween, type FileChange } from '@shared/domain/gitops/file-changes';
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
  readonly watch: (watch: { readonly dir: string; readonly onChanged: (changes: readonly FileChange[], isWhole: boolean) => void; readonly onError: (error: unknown) => void }) => Promise<Disposable>;
  /** Calls back with what happened, until it is disposed of. */
  readonly subscribe: (listener: (event: BerthEvent) => void) => Disposable;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
}

const LONGEST_MS = 120_000;

/** Scans again what changes in folders that have been scanned, and tells of it once for each burst. What Berth wrote and looked at itself is not told. */
export async function followManifests(deps: FollowDependencies): Promise<Disposable> {
  const watched = new Map<string, { readonly projectId: string; readonly watch: Promise<Disposable> }>();
  let turn: Promise<void> = Promise.resolve();
  let isEnded = false;

  async function changed(projectId: string, dir: string, seen: readonly FileChange[], isWhole: boolean): Promise<void> {
    const before = deps.scans.last(dir);
    const signal = AbortSignal.timeout(LONGEST_MS);
    const paths = [...new Set(seen.flatMap((one) => (one.from === undefined ? [one.file] : [one.file, one.from])))];
    const after = before !== null && isWhole ? await deps.scans.rebuild(dir, paths, signal) : await deps.scans.scan({ dir, projectId }, signal, () => undefined);
    // Nothing where it is as it was looked at last: whoever wrote it has looked already.
    const changes = before === null ? seen : changesBetween(before.files, after.files);
    if (changes.length === 0) return;
    if (before !== null && isWhole) await deps.duplicates.scanned({ dir, projectId }, after);
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
      const watch = deps.watch({ dir, onError, onChanged: (changes, isWhole) => void changed(projectId, dir, changes, isWhole).catch(onError) });
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
