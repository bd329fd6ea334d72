import { join } from 'node:path';
import type { StorageOwner } from '@shared/domain/storage/mount-payload';
import { AppError } from '@shared/kernel/app-error';
import type { MountHost } from '@main/platform/mount-host';
import type { Projects } from '@main/projects/types';
import { engineProjectOf } from './definitions';

/** What finding out whose storage it is needs. */
export interface OwnerDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly host: Pick<MountHost, 'makeFolders'>;
  readonly stateDir: string;
}

/** Whose storage it is. Rejects with `trust-required` for a project nobody trusts. */
export async function trustedOwner(deps: OwnerDependencies, projectId: string): Promise<StorageOwner & { readonly name: string; readonly projectDir: string }> {
  const project = await deps.projects.resolve(projectId);
  if (!project.trusted) throw new AppError('trust-required', 'This project is not trusted yet, so no storage is started for it.', { hint: 'Trust it once, in the window or with `berth projects trust .`.', details: { facts: [] } });
  return { projectId: project.id, projectName: engineProjectOf(project), dir: await deps.host.makeFolders(join(deps.stateDir, 'storage', project.id), []), name: project.name, projectDir: project.dir };
}
