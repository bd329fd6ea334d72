import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import { serviceGraph } from '@shared/domain/services/graph';
import { summariseServices } from '@shared/domain/services/summary';
import type { Handlers } from '@main/dispatch/types';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** What drawing the graph needs from outside. */
export interface GraphDependencies extends Pick<ServicesDependencies, 'projects'> {
  readonly engine: Pick<ServicesDependencies['engine'], 'listVolumes'>;
  /** Sizes by volume name, as far as they are known once so long was waited for them. */
  readonly volumeSizes: (waitMs: number) => Promise<{ readonly sizes: ReadonlyMap<string, number> | null; readonly isLooking: boolean }>;
}

/** Binds `services.graph`. */
export function graphHandlers(deps: GraphDependencies, service: ServicesService): Pick<Handlers, 'services.graph'> {
  return { 'services.graph': (input) => drawGraph(deps, service, input) };
}

/** The mode that was asked for; else the one that runs, or the first. */
async function drawGraph(deps: GraphDependencies, service: ServicesService, { project: reference, mode: wanted, waitSeconds }: ParsedInputOf<'services.graph'>): Promise<OutputOf<'services.graph'>> {
  const project = await deps.projects.resolve(reference);
  const [seen, volumes, { sizes, isLooking }] = await Promise.all([service.look(project), deps.engine.listVolumes(), deps.volumeSizes(waitSeconds * 1000)]);
  const mode = wanted ?? project.modes.find((one) => one.name === seen.active)?.name ?? project.modes[0]?.name ?? 'default';
  // Rejects with what is wrong with its files, or that there is no such mode.
  const compose = seen.loaded[mode] ?? (await deps.projects.loadMode(project.id, mode)).compose;
  const { services } = summariseServices({ dir: project.dir, modes: project.modes, active: seen.active, compose, known: seen.known, containers: seen.observed.containers });
  const graph = serviceGraph({ dir: project.dir, mode, compose, loaded: seen.loaded, statuses: services, volumes, sizes, isMeasuring: isLooking, networks: seen.observed.networks.map((one) => one.name) });
  return structuredClone(graph) as OutputOf<'services.graph'>;
}
