import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import type { Reconciler } from './index';

/** Binds the contract names of this capability. */
export function driftHandlers(reconciler: Reconciler, projects: Pick<Projects, 'resolve'>): Pick<Handlers, 'drift.list' | 'drift.accept' | 'drift.policies' | 'drift.policy'> {
  return {
    'drift.list': async ({ project }) => [...(await reconciler.list((await projects.resolve(project)).id))],
    'drift.accept': async ({ project, drift }) => [...(await reconciler.accept((await projects.resolve(project)).id, drift))],
    'drift.policies': async ({ project }) => reconciler.policies.of((await projects.resolve(project)).id),
    'drift.policy': async ({ project, policy, service }) => {
      const { id } = await projects.resolve(project);
      const policies = await reconciler.policies.choose(id, policy, service);
      await reconciler.pass(id).catch(() => []);
      return policies;
    },
  };
}
