import type { Operation } from '@shared/domain/operations/operation';
import { createChecks } from '@main/checks';
import type { Checks } from '@main/checks/types';
import { ComposeService } from '@main/compose';
import { composeOperations } from '@main/compose';
import { serviceRemaker } from '@main/modes';
import { hostSources } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { pathExists, readBeneath, replaceBeneath } from '@main/platform/files';
import { remakeOperation, runningIn, ServicesService } from '@main/services/index';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';

/** A world in which compose files are changed. */
export interface EditWorld extends World {
  /** Enqueues an operation of the compose capability and waits for its end. */
  change(name: string, input: { readonly project: string; readonly [key: string]: string | number | boolean | string[] }): Promise<Operation>;
  /** Takes it back, with the containers that follow. */
  undo(id: string): Promise<Operation>;
}

/** `checked`: with the real checks, but for those of ports, which other programs of this machine may hold. */
export async function openEditWorld({ checked = false }: { readonly checked?: boolean } = {}): Promise<EditWorld> {
  const checks = createChecks({ ports: hostPorts(), sources: hostSources({ timeoutMs: 2000 }), engineIsLocal: () => true, engineApiVersion: () => null });
  const withoutPorts: Checks = { run: async (loaded, observed, options) => (await checks.run(loaded, observed, options)).filter(({ area }) => area !== 'ports') };
  const world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }), ...(checked ? { checks: withoutPorts } : {}) });
  const { deps, modes, operations, projects, engine } = world;
  const remaker = serviceRemaker(deps, modes);
  const services = new ServicesService({ engine, projects });
  operations.register(remakeOperation({ projects, remaker }, services));
  for (const kind of composeOperations({ projects, remaker, readBeneath, replaceBeneath, lock: deps.lock, exists: pathExists, runningIn: (project, names) => runningIn(services, project, names) })) operations.register(kind);
  return {
    ...world,
    change: async (name, input) => operations.wait((await operations.enqueue(name, input)).id, 300_000),
    async undo(id) {
      const undone = await operations.wait((await operations.enqueue('operations.undo', { id })).id, 60_000);
      await operations.whenIdle();
      return undone;
    },
  };
}
