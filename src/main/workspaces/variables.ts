import { readVariables, variableObstacle, type VariableName } from '@shared/domain/workspaces/variables';
import { AppError } from '@shared/kernel/app-error';
import type { Store } from '@main/platform/types';

/** What is given to the containers of workspaces beside their source; kept sealed, and told to nobody but these containers. */
export interface Variables {
  /** With their values, for the container. */
  of(projectId: string, workspace: string): Promise<{ readonly [name: string]: string }>;
  names(projectId: string, workspace: string): Promise<readonly VariableName[]>;
  /** Rejects with `input-invalid` for a name that cannot be one. */
  set(projectId: string, workspace: string, name: string, value: string): Promise<void>;
  /** Rejects with `not-found` when it was not given. */
  remove(projectId: string, workspace: string, name: string): Promise<void>;
}

const idOf = (projectId: string, workspace: string): string => `workspace-variables:${projectId}:${workspace}`;

/** Variables of all projects. `hide`: told every value, so that logs never show one. */
export function variableRecords(store: Pick<Store, 'getRecord' | 'patchRecord'>, hide: (secret: string) => void, now: () => Date): Variables {
  const read = async (projectId: string, workspace: string): Promise<ReturnType<typeof readVariables>> => {
    const kept = readVariables((await store.getRecord('secret', idOf(projectId, workspace)))?.data);
    for (const { value } of kept) hide(value);
    return kept;
  };
  return {
    of: async (projectId, workspace) => Object.fromEntries((await read(projectId, workspace)).map(({ name, value }) => [name, value])),
    names: async (projectId, workspace) => (await read(projectId, workspace)).map(({ name, setAt }) => ({ name, setAt })),
    async set(projectId, workspace, name, value) {
      hide(value);
      const obstacle = variableObstacle(name);
      if (obstacle !== null) throw new AppError('input-invalid', obstacle);
      if (value.includes('\0')) throw new AppError('input-invalid', 'The value of a variable has no zero byte in it.');
      await store.patchRecord('secret', idOf(projectId, workspace), { [name]: { value, setAt: now().toISOString() } });
    },
    async remove(projectId, workspace, name) {
      const kept = await read(projectId, workspace);
      if (!kept.some((one) => one.name === name)) throw new AppError('not-found', `${workspace} has no variable ${name}.`, { hint: kept.length === 0 ? 'It has none.' : `It has ${kept.map((one) => one.name).join(', ')}.` });
      await store.patchRecord('secret', idOf(projectId, workspace), { [name]: null });
    },
  };
}
