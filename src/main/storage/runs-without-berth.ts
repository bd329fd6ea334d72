import type { StorageDefinition } from '@shared/domain/storage/definition';
import { WORKSPACE_SYNC } from '@shared/domain/storage/workspace-preset';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';

type Where = Pick<Project, 'dir'>;
type Looker = Pick<Engine, 'containerStates'>;

/**
 * Containers of services that somebody runs from a project's own folder without Berth, by service: Berth's own have its state folder for one.
 * Without an engine there are none.
 */
async function runningFrom(engine: Looker, project: Where, services: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await engine.containerStates().catch((error: unknown) => {
    if (error instanceof AppError) return [];
    throw error;
  });
  return new Map(rows.filter((one) => one.state === 'running' && one.workingDir === project.dir && services.includes(one.service)).map((one) => [one.service, one.name]));
}

/** Mount services of the storage file that run without Berth, with the names of their containers. */
export function mountsWithoutBerth(engine: Looker, project: Where, definition: StorageDefinition): Promise<ReadonlyMap<string, string>> {
  const services = definition.containers.filter((one) => one.role === 'mount').map((one) => one.service);
  return services.length === 0 ? Promise.resolve(new Map()) : runningFrom(engine, project, services);
}

/** What is said of a mount that somebody else runs. */
export function runsAlreadyWords(container: string, file: string): string {
  return `docker compose runs it as ${container} from ${file}; Berth does not start a second one.`;
}

/** Rejects with `busy` when a mount of the storage file runs without Berth. */
export async function mustNotMountTwice(engine: Looker, project: Where, definition: StorageDefinition): Promise<void> {
  const [first] = (await mountsWithoutBerth(engine, project, definition)).values();
  const file = definition.file ?? '';
  if (first !== undefined) throw new AppError('busy', `docker compose runs ${first} from ${file}, so Berth does not start a second one.`, { hint: `To let Berth do it: docker compose -f ${file} down` });
}

/** Rejects with `busy` when the workspaces of a project are sent by `workspace-sync` of its storage file. */
export async function mustSyncAlone(engine: Looker, project: Where): Promise<void> {
  const [container] = (await runningFrom(engine, project, [WORKSPACE_SYNC])).values();
  if (container !== undefined) throw new AppError('busy', `The container ${container} sends these workspaces already, so Berth does not.`, { hint: `To let Berth do it: docker stop ${container}` });
}
