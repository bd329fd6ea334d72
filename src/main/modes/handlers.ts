import type { Handlers } from '@main/dispatch/types';
import type { ModePlan } from '@shared/domain/modes/plan';
import type { OutputOf } from '@shared/contract/contract';
import type { Modes } from './types';

/** Binds the contract names of this capability. */
export function modesHandlers(modes: Modes): Pick<Handlers, 'modes.list' | 'modes.plan'> {
  return {
    'modes.list': async ({ project }) =>
      (await modes.list(project)).map((mode) => ({ name: mode.name, files: [...mode.files], envFiles: [...mode.envFiles], profiles: [...mode.profiles], active: mode.active })),
    'modes.plan': async ({ project, mode }) => planView(await modes.plan(project, mode)),
  };
}

/** A plan is plain data already: only its read-only lists become the contract's. */
function planView(plan: ModePlan): OutputOf<'modes.plan'> {
  return structuredClone(plan) as OutputOf<'modes.plan'>;
}
