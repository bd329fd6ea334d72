import type { Handlers } from '../dispatch/types';
import type { ProjectsService } from './service';

/** Binds the contract's projects.* names. */
export function projectsHandlers(projects: ProjectsService): Pick<Handlers, 'projects.open' | 'projects.list' | 'projects.trust' | 'projects.close' | 'projects.recent' | 'projects.reopen' | 'projects.forget'> {
  return {
    'projects.open': (input) => projects.open(input.dir, input.trust),
    'projects.list': () => projects.views(),
    'projects.trust': (input) => projects.trust(input.id),
    'projects.close': async (input) => {
      await projects.close(input.id);
      return { done: true };
    },
    'projects.recent': () => projects.recent(),
    'projects.reopen': (input) => projects.reopen(input.id),
    'projects.forget': async (input) => {
      await projects.forget(input.id);
      return { done: true };
    },
  };
}
