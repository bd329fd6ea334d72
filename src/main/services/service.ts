import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { activeMode, type ModeFingerprints } from '@shared/domain/modes/active-mode';
import { fingerprintsOf } from '@shared/domain/modes/switch-input';
import type { Project } from '@shared/domain/projects/project';
import { summariseServices } from '@shared/domain/services/summary';
import type { Observation, ServiceList, Services, ServicesDependencies } from './types';

/** A project together with what the engine says of it now. */
export interface Seen {
  readonly project: Project;
  readonly observed: ObservedProject;
  readonly loaded: { readonly [mode: string]: LoadedCompose };
  readonly known: ModeFingerprints;
  readonly active: string | null;
}

/** Looks at a project's services and says how they are. */
export class ServicesService implements Services {
  constructor(private readonly deps: Pick<ServicesDependencies, 'engine' | 'projects' | 'wantedStopped'>) {}

  async list(reference: string): Promise<ServiceList> {
    return (await this.observe(await this.deps.projects.resolve(reference))).services;
  }

  /** The services together with the containers they were read from. */
  async observe(of: Project): Promise<Observation> {
    const { project, observed, loaded, known, active } = await this.look(of);
    const shown = (active === null ? undefined : loaded[active]) ?? project.modes.map((one) => loaded[one.name]).find((one) => one !== undefined) ?? null;
    // Only an end that looks like a failure is asked about: this is done every few seconds.
    const mayHaveFailed = observed.containers.some((one) => one.state === 'exited' && one.exitCode !== 0);
    const stopped = mayHaveFailed ? new Set(await this.deps.wantedStopped?.(project.id)) : undefined;
    const summary = summariseServices({ dir: project.dir, modes: project.modes, active, compose: shown, known, containers: observed.containers, stopped });
    const services: ServiceList = {
      mode: summary.mode,
      health: summary.health,
      summary: summary.summary,
      services: summary.services.map((one) => ({ ...one, containerIds: [...one.containerIds], ports: one.ports.map((port) => ({ ...port })), mounts: one.mounts.map((mount) => ({ ...mount })) })),
    };
    return { project, containers: observed.containers, services };
  }

  async activeMode(project: Project): Promise<string | null> {
    return (await this.look(project)).active;
  }

  /** The project with its containers; modes whose files are broken are left out. */
  async look(project: Project): Promise<Seen> {
    const [observed, loaded] = await Promise.all([this.deps.engine.observe(project.name, []), this.deps.projects.loadModes(project.id)]);
    const known = fingerprintsOf(loaded);
    return { project, observed, loaded, known, active: activeMode(project.modes, project.dir, observed.containers, known) };
  }
}
