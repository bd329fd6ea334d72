import type { Disposable } from '@shared/kernel/disposable';
import type { FolderTurns } from '@main/operations/folder-turns';
import type { TreeChanger } from '@main/platform/tree-change';
import type { Logger } from '@main/platform/types';
import type { ChangesStore } from './changes-store';
import type { PlaceDependencies } from './place';
import type { PlanDependencies } from './resolution-plan';
import type { ComingBytes } from './render-templates';
import type { DuplicateStates } from './types';
import type { WantedFile } from './written-files';

/** Changes a portion of files while nobody else changes that folder. */
export async function changeInTurn(deps: Pick<ResolveDependencies, 'turns'>, dir: string, signal: AbortSignal, act: () => Promise<void>): Promise<null> {
  const turn = await deps.turns.take(dir, signal);
  try {
    await act();
    return null;
  } finally {
    turn.dispose();
  }
}

/** What resolving and taking back work with. */
export interface ResolveDependencies extends PlanDependencies, PlaceDependencies {
  readonly changer: TreeChanger;
  readonly changes: ChangesStore;
  /** Takes the lock file of a folder; rejects with `busy` when another process holds it. */
  readonly lock: (dir: string) => Promise<Disposable>;
  /** Taken for each portion of files, so that a sync of the same folder waits for no longer than that. */
  readonly turns: FolderTurns;
  readonly now: () => Date;
  /** What is kept of groups follows. */
  readonly states: DuplicateStates;
  readonly log: Logger;
  /** Why a text is no YAML; null when it is. */
  readonly yamlProblem: (path: string, text: string) => Promise<{ readonly message: string; readonly hint: string; readonly line: number | null } | null>;
  /** What templates make once these files are changed: files of the same folder that are written with them. Rejects with `template-invalid`. */
  readonly renderedAfter: (dir: string, coming: ComingBytes) => Promise<readonly WantedFile[]>;
}
