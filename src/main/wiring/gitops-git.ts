import { join } from 'node:path';
import { gitHandlers, gitOperations } from '@main/gitops';
import type { GitDependencies } from '@main/gitops/git-types';
import { createGit, createWorkTrees } from '@main/platform/git';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import type { FolderTurns } from '@main/operations/folder-turns';
import type { Foundation } from './foundation';

/** What working with git is wired over. */
export interface GitParts {
  readonly foundation: Pick<Foundation, 'store' | 'operations'>;
  readonly projects: Pick<ProjectsService, 'resolve' | 'list'>;
  readonly turns: FolderTurns;
}

/** Repositories of git. Registers their operations. */
export function wireGit({ foundation, projects, turns }: GitParts): { readonly handlers: ReturnType<typeof gitHandlers>; readonly deps: GitDependencies } {
  const { store, operations } = foundation;
  const deps: GitDependencies = {
    git: createGit({ viewsDir: join(store.paths.home, 'git', 'views'), env: process.env }),
    workTrees: createWorkTrees(join(store.paths.home, 'git', 'kept')),
    turns,
    projects,
    store,
    now: () => systemClock.now(),
  };
  for (const kind of gitOperations(deps)) operations.register(kind);
  return { handlers: gitHandlers(deps), deps };
}
