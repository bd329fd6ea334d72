import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import type { Mounts, StorageDefinitions } from './types';

/** What the questions about mounts are answered with. */
export interface MountHandlerDependencies {
  readonly mounts: Pick<Mounts, 'troubleshoot'>;
  readonly definitions: StorageDefinitions;
  readonly projects: Pick<Projects, 'resolve'>;
}

/** Binds the contract names that ask about mounts only. */
export function mountHandlers({ mounts, definitions, projects }: MountHandlerDependencies): Pick<Handlers, 'storage.troubleshoot'> {
  return {
    'storage.troubleshoot': async ({ project }) => {
      const { id } = await projects.resolve(project);
      return [...(await mounts.troubleshoot(id, await definitions.load(id)))];
    },
  };
}
