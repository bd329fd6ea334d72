import type { FolderTurns } from '@main/operations/folder-turns';
import type { Project } from '@shared/domain/projects/project';
import type { Store } from '@main/platform/types';
import type { OperationContext } from '@main/operations/types';
import type { Git, GitRepository, TreeChange, WorkTrees, WorkTreeState } from '@main/platform/git';

/** What working with git needs from outside. */
export interface GitDependencies {
  readonly git: Git;
  readonly workTrees: WorkTrees;
  readonly turns: FolderTurns;
  readonly projects: { resolve(reference: string): Promise<Project>; list(): Promise<readonly Project[]> };
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  readonly now: () => number;
}

/** One operation at its repository. */
export interface GitWork {
  readonly repository: GitRepository;
  readonly context: OperationContext;
  readonly signal: AbortSignal;
  /** One journaled step with branch, index and files, which is taken back when a later one fails. */
  apply(change: TreeChange, message: string): Promise<void>;
  state(): Promise<WorkTreeState>;
}
