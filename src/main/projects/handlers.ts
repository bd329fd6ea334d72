import type { Handlers } from '../dispatch/types';
import type { ProjectsService } from './service';

/** Binds the contract's projects.* names. */
export function projectsHandlers(projects: ProjectsService): Pick<Handlers, 'projects.open' | 'projects.list' | 'projects.trust' | 'projects.forget'> {
  return {
    'projects.open': (input) => projects.open(input.dir, input.trust),
    'projects.list': () => projects.views(),
    'projects.trust': (input) => projects.trust(input.id),
    'projects.forget': async (input) => {
      await projects.forget(input.id);
      return { done: true };
    },
  };
}
