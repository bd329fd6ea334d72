import { integrationOf, referencesToGone, type RepositoryNews } from '@shared/domain/gitops/pipeline/integration';
import { AppError } from '@shared/kernel/app-error';
import type { FolderTurns } from '@main/operations/folder-turns';
import { statusOf } from './git-look';
import type { GitDependencies } from './git-types';
import type { Stage } from './pipeline';
import { repositoryAt } from './resolution-git';
import type { ScanService } from './types';

/** What integrating is done with. */
export interface IntegrateDependencies {
  readonly turns: FolderTurns;
  readonly scans: Pick<ScanService, 'last'>;
  readonly news: (dir: string, files: readonly string[]) => Promise<RepositoryNews | null>;
}

/** A stage is given up after 30 s: what holds the files that long is named before. */
const LONGEST_WAIT_MS = 25_000;

/** Waits until nobody else is at these files (a resolution, git, a sync of the workspace), then looks whether the change fits what is applied together, and what git has of it. */
export function integrateStage({ turns, scans, news }: IntegrateDependencies, longestWaitMs = LONGEST_WAIT_MS): Stage {
  return async ({ dir, files }) => {
    await itsTurn(turns, dir, longestWaitMs);
    const tree = scans.last(dir);
    const found = integrationOf(files.length, tree === null ? null : referencesToGone(tree, files), await news(dir, files));
    if (found === null) return { message: '', skipped: true };
    if (found.problem === null) return { message: found.message };
    throw new AppError('blocked', found.problem, { hint: found.hint });
  };
}

/** Nothing is held while looking: a sync waits for nobody who only looks. */
async function itsTurn(turns: FolderTurns, dir: string, longestWaitMs: number): Promise<void> {
  try {
    (await turns.take(dir, AbortSignal.timeout(longestWaitMs))).dispose();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'cancelled') throw error;
    throw new AppError('busy', `Another operation has been at the files of ${dir} for ${String(Math.round(longestWaitMs / 1_000))} s.`, { hint: 'See `berth operations list`.' });
  }
}

/** What git has of these files; null in no repository, and without git. */
export function repositoryNews(deps: GitDependencies): IntegrateDependencies['news'] {
  return async (dir, files) => {
    const repository = await repositoryAt(deps, dir);
    if (repository === null) return null;
    const { branch, upstream, ahead, behind, unfinished, changes } = await statusOf(deps, repository);
    const { root } = repository.place;
    const prefix = dir === root ? '' : `${dir.slice(root.length + 1)}/`;
    const own = new Set(files.map((file) => `${prefix}${file}`));
    const touched = changes.filter(({ path, from }) => own.has(path) || (from !== null && own.has(from)));
    return { branch, upstream, ahead, behind, unfinished, uncommitted: touched.length, conflicts: touched.filter((one) => one.state === 'conflict').map(({ path }) => path.slice(prefix.length)) };
  };
}
