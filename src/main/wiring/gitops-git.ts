import { join } from 'node:path';
import { batchOperation, commitsOfFile, gitHandlers, gitOperations } from '@main/gitops';
import type { GitDependencies } from '@main/gitops/git-types';
import type { CommitsOfFile } from '@main/files/types';
import { realFolder } from '@main/platform/folder';
import { createGit, createWorkTrees } from '@main/platform/git';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import { fileActionDoors } from './file-actions';
import type { Foundation } from './foundation';

/** What working with git is wired over. */
export interface GitParts {
  readonly foundation: Pick<Foundation, 'store' | 'operations' | 'turns'>;
  readonly projects: Pick<ProjectsService, 'resolve' | 'list'>;
}

/** Repositories of git. Registers their operations. */
export function wireGit({ foundation, projects }: GitParts): { readonly handlers: ReturnType<typeof gitHandlers>; readonly deps: GitDependencies; readonly commits: CommitsOfFile } {
  const { store, operations, turns } = foundation;
  const deps: GitDependencies = {
    git: createGit({ viewsDir: join(store.paths.home, 'git', 'views'), env: process.env }),
    workTrees: createWorkTrees(join(store.paths.home, 'git', 'kept')),
    turns,
    projects,
    store,
    now: () => systemClock.now(),
  };
  for (const kind of gitOperations(deps)) operations.register(kind);
  operations.register(batchOperation({ ...fileActionDoors(foundation), ...deps }, realFolder));
  return { handlers: gitHandlers(deps), deps, commits: commitsOfFile(deps) };
}
