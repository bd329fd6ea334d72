import { CONNECT_FILE, connectedServices } from '@shared/domain/storage/connect-file';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import { ByHand } from '@shared/domain/yaml/yaml-places';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { Projects } from '@main/projects/types';
import { engineProjectOf } from './definitions';
import type { HandedOn } from './rotate-operation';

/** What looking for those who work with keys needs. */
export interface HoldingDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly engine: Pick<Engine, 'observe'>;
  readonly readText: (path: string, maxBytes?: number) => Promise<string | undefined>;
}

const FILE_MAX_BYTES = 256 * 1024;

/** What of these projects works with keys of S3 now: containers of mounts and copies, and services that were connected. Projects nobody trusts are left out, as they are when keys are handed on. */
export async function holdingKeys(deps: HoldingDependencies, projectIds: readonly string[]): Promise<readonly HandedOn[]> {
  const found: HandedOn[] = [];
  for (const projectId of projectIds) {
    const project = await deps.projects.resolve(projectId).catch(() => null);
    if (project?.trusted !== true) continue;
    const storage = (await running(deps, engineProjectOf(project))).filter((one) => ['mount', 'sync'].includes(one.labels[STORAGE_LABELS.role] ?? '')).map(({ name }) => name);
    const connected = namesIn((await deps.readText(`${project.dir}/${CONNECT_FILE}`, FILE_MAX_BYTES)) ?? '');
    const services = connected.length === 0 ? [] : (await running(deps, project.name)).map(({ service }) => service);
    const one = { projectId, project: project.name, storage: storage.sort(), services: connected.filter((name) => services.includes(name)) };
    if (one.storage.length > 0 || one.services.length > 0) found.push(one);
  }
  return found;
}

/** A file that somebody broke names nobody: what is wrong with it say the checks. */
function namesIn(text: string): readonly string[] {
  try {
    return text === '' ? [] : connectedServices(text);
  } catch (error) {
    if (error instanceof ByHand) return [];
    throw error;
  }
}

/** Without an engine nothing of it can be made anew. */
async function running({ engine }: HoldingDependencies, name: string): Promise<Awaited<ReturnType<Engine['observe']>>['containers']> {
  try {
    return (await engine.observe(name, [])).containers.filter((one) => one.state === 'running' && !one.oneOff);
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
