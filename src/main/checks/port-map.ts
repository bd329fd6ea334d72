import type { CheckFacts } from '@shared/domain/checks/facts';
import { portMap, portMapMarkdown, type PortMapEntry } from '@shared/domain/checks/port-map';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { Handlers } from '@main/dispatch/types';
import type { PortsDoor } from '@main/platform/ports';
import type { LoadedMode, Projects } from '@main/projects/types';
import { gatherListeners } from './gather';

/** What the port map needs from outside. */
export interface PortMapDependencies {
  readonly projects: Projects;
  readonly ports: PortsDoor;
  /** The engine's view of a project; null when the engine does not answer. */
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  readonly engineIsLocal: () => boolean;
}

/** Binds `compose.ports`. */
export function portMapHandlers(deps: PortMapDependencies): Pick<Handlers, 'compose.ports'> {
  return {
    'compose.ports': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const names = input.mode === undefined ? Object.keys(await deps.projects.loadModes(project.id)) : [input.mode];
      const entries: PortMapEntry[] = [];
      for (const name of names) {
        const loaded = await deps.projects.loadMode(project.id, name);
        entries.push(...portMap(name, loaded.compose, await portFacts(deps, loaded)));
      }
      return { entries: entries.map((one) => ({ ...one })), markdown: portMapMarkdown(project.name, entries) };
    },
  };
}

/** Of the facts of the checks only those about ports. */
async function portFacts(deps: PortMapDependencies, loaded: LoadedMode): Promise<CheckFacts> {
  const [listeners, observed] = await Promise.all([deps.engineIsLocal() ? gatherListeners(deps.ports, loaded.compose.model) : [], deps.observe(loaded)]);
  return { sources: new Map(), builds: new Map(), listeners, hostAddresses: [], observed, stopping: new Set(), homeDirs: [], realWorkingDirs: new Map(), prod: false };
}
