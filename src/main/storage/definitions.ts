import { join } from 'node:path';
import { isWithin } from '@shared/domain/checks/host-path';
import { STORAGE_FILES, type StorageDefinition } from '@shared/domain/storage/definition';
import { definitionOf, NO_STORAGE } from '@shared/domain/storage/definition-of';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Compose } from '@main/compose/types';
import type { Projects } from '@main/projects/types';
import type { StorageDefinitions } from './types';

/** What reading storage files needs from outside. */
export interface DefinitionsDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly compose: Pick<Compose, 'load'>;
  readonly exists: (path: string) => Promise<boolean>;
  /** The path without links; itself where it is not there. */
  readonly realPath: (path: string) => Promise<string>;
}

/** Name of the project that storage is on the engine. */
export function engineProjectOf(project: Pick<Project, 'name'>): string {
  return `${project.name}-storage`;
}

/** The storage file of a project, relative to it; null when it has none. */
export async function storageFileOf(dir: string, exists: DefinitionsDependencies['exists']): Promise<string | null> {
  for (const file of STORAGE_FILES) if (await exists(join(dir, file))) return file;
  return null;
}

/** Reads storage files through the same loader as every compose file. */
export function storageDefinitions(deps: DefinitionsDependencies): StorageDefinitions {
  return {
    async load(projectId) {
      const project = await deps.projects.resolve(projectId);
      const file = await storageFileOf(project.dir, deps.exists);
      if (file === null) return NO_STORAGE;
      const loaded = await deps.compose.load({ dir: project.dir, files: [file], envFiles: [], profiles: [], projectName: engineProjectOf(project), mayMissServiceFiles: true });
      const definition = definitionOf(loaded, file);
      for (const one of definition.containers) await refuseWayOut(deps, project.dir, file, one);
      return definition;
    },
  };
}

/** A link inside the project may lead out of it. */
async function refuseWayOut(deps: DefinitionsDependencies, dir: string, file: string, container: StorageDefinition['containers'][number]): Promise<void> {
  const root = await deps.realPath(dir);
  for (const { type, source } of container.sources) {
    if (type !== 'bind' || isWithin(root, await deps.realPath(source))) continue;
    throw new AppError('compose-invalid', `${container.service} copies ${source}, a link that leads out of the project.`, { hint: 'Copy a folder of the project, or a named volume.', service: container.service, where: { file: join(dir, file) } });
  }
}
