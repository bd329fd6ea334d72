import { lockProject } from '@main/platform/project-lock';
import { cleanOperation } from '@main/projects';
import type { World } from '../modes/kit';

/** Adds `projects.clean` to a world, as `wiring/capabilities.ts` wires it. */
export function withClean(world: World): void {
  world.operations.register(cleanOperation({ projects: world.projects, engine: world.engine, operations: world.operations, activeMode: (project) => world.modes.activeMode(project), lock: lockProject }));
}
