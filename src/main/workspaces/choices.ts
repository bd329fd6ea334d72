import type { JsonObject } from '@shared/kernel/json';
import { initialChoices, readChoices } from '@shared/domain/workspaces/choices';
import type { Store } from '@main/platform/types';
import type { WorkspaceChoices } from './types';

/** How the workspaces of each project are synced and run, kept in the store. */
export interface ChoiceRecords {
  of(projectId: string): Promise<ProjectChoices>;
  change(projectId: string, workspaces: readonly string[], change: Partial<WorkspaceChoices>): Promise<void>;
  /** Where the move to the mount stands. */
  setMigration(projectId: string, step: MigrationStep): Promise<void>;
}

/** Steps of the move, in their order; `none`: not begun, `done`: containers read the mount. */
export type MigrationStep = 'none' | 's3' | 'sync' | 'mount' | 'monitor' | 'done';

/** Everything chosen for one project. */
export interface ProjectChoices {
  readonly migration: MigrationStep;
  /** A workspace nobody chose anything for has the initial ones. */
  workspace(name: string): WorkspaceChoices;
  /** Names something was chosen for, whether their folder is there or not. */
  readonly names: readonly string[];
}

const STEPS: readonly MigrationStep[] = ['none', 's3', 'sync', 'mount', 'monitor', 'done'];

/** The choices of every project. */
export function choiceRecords(store: Pick<Store, 'getRecord' | 'patchRecord'>): ChoiceRecords {
  const of = async (projectId: string): Promise<ProjectChoices> => {
    const data = (await store.getRecord('workspaces', projectId))?.data ?? {};
    const kept = readChoices(data['workspaces']);
    const migration = STEPS.find((step) => step === data['migration']) ?? 'none';
    return { migration, names: [...kept.keys()], workspace: (name) => kept.get(name) ?? initialChoices };
  };
  return {
    of,
    async change(projectId, workspaces, change) {
      const before = await of(projectId);
      const all = new Set([...before.names, ...workspaces]);
      const next = Object.fromEntries([...all].map((name) => [name, workspaces.includes(name) ? { ...before.workspace(name), ...change } : before.workspace(name)]));
      await store.patchRecord('workspaces', projectId, { workspaces: next } as unknown as JsonObject);
    },
    setMigration: async (projectId, step) => {
      await store.patchRecord('workspaces', projectId, { migration: step });
    },
  };
}
