import { join, resolve } from 'node:path';
import { ensureHelper } from '@main/docker/helper-image';
import { archiveFolders } from '@main/platform/archive-folder';
import { lockProject } from '@main/platform/project-lock';
import { systemClock } from '@main/platform/system-clock';
import { cleanOperation } from '@main/projects';
import type { World } from '../modes/kit';

/** Adds `projects.clean` to a world, as `wiring/capabilities.ts` wires it. */
export function withClean(world: World): void {
  world.operations.register(
    cleanOperation({
      projects: world.projects,
      engine: world.engine,
      operations: world.operations,
      activeMode: (project) => world.modes.activeMode(project),
      archives: archiveFolders(join(world.home, 'archives')),
      clock: systemClock,
      lock: lockProject,
      helperImage: (onOutput, signal) => ensureHelper(world.engine, resolve('resources/helper'), onOutput, signal),
    }),
  );
}
