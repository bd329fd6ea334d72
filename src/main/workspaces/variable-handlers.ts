import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import { workspacesPlace, type PlaceDependencies } from './place';
import type { Runners } from './types';
import type { Variables } from './variables';
import { knownWorkspace } from './workspace-folders';

/** What the answers about variables are made with. */
export interface VariableHandlerDependencies extends Pick<PlaceDependencies, 'definitions'> {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly runners: Pick<Runners, 'status'>;
  readonly variables: Variables;
}

type VariableNames = 'workspaces.variables' | 'workspaces.set-variable' | 'workspaces.remove-variable';
type Answer = Awaited<ReturnType<Handlers['workspaces.variables']>>;

/** Binds what is asked and said about the variables of workspaces. */
export function variableHandlers(deps: VariableHandlerDependencies): Pick<Handlers, VariableNames> {
  const known = async (reference: string, name: string): Promise<string> => {
    const project = await deps.projects.resolve(reference);
    await knownWorkspace((await workspacesPlace(deps, project, undefined)).root, name);
    return project.id;
  };
  const answer = async (projectId: string, name: string, isChanged: boolean): Promise<Answer> => {
    const variables = [...(await deps.variables.names(projectId, name))];
    const runs = isChanged && (await deps.runners.status(projectId)).has(name);
    const held = variables.length === 0 ? `${name} is given no variables.` : `${name} is given ${String(variables.length)} ${variables.length === 1 ? 'variable' : 'variables'}; values are shown to nobody.`;
    return { variables, detail: runs ? `${held} Its container has them from its next start on: berth workspaces start ${name}` : held };
  };
  return {
    'workspaces.variables': async ({ project, name }) => answer(await known(project, name), name, false),
    'workspaces.set-variable': async ({ project, name, variable, value }) => {
      const projectId = await known(project, name);
      if (value === undefined) throw new AppError('input-invalid', `No value was given for ${variable}.`, { hint: 'It is taken from BERTH_WORKSPACE_VALUE, or asked for where somebody can be asked.' });
      await deps.variables.set(projectId, name, variable, value);
      return answer(projectId, name, true);
    },
    'workspaces.remove-variable': async ({ project, name, variable }) => {
      // Also of a workspace whose folder is gone by now.
      const { id } = await deps.projects.resolve(project);
      await deps.variables.remove(id, name, variable);
      return answer(id, name, true);
    },
  };
}
