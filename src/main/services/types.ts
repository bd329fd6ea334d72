import type { OutputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Project } from '@shared/domain/projects/project';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { Engine } from '@main/docker/types';
import type { StartWatch } from '@main/modes/types';
import type { Logger } from '@main/platform/types';
import type { Projects } from '@main/projects/types';

/** The contract's answer of `services.list`. */
export type ServiceList = OutputOf<'services.list'>;

/** What watching and steering services needs from outside. */
export interface ServicesDependencies {
  readonly engine: Engine;
  readonly projects: Projects;
  readonly publish: (event: BerthEvent) => void;
  /** Services of a project that were stopped through Berth and are wanted so. Not given: none. */
  readonly wantedStopped?: ((projectId: string) => Promise<readonly string[]>) | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  /** Watches what a start or a restart has begun, as a switch does. Not given: nothing is watched. */
  readonly startWatch?: StartWatch | undefined;
}

/** The services of a project as they are. */
export interface Services {
  list(reference: string): Promise<ServiceList>;
  /** The mode that runs now: a name, 'mixed', or null when nothing runs. */
  activeMode(project: Project): Promise<string | null>;
}

/** A project as it was seen in one look at the engine. */
export interface Observation {
  readonly project: Project;
  readonly containers: readonly ObservedContainer[];
  readonly services: ServiceList;
}

/** What the status reconciler saw last, for whoever needs the containers without asking the engine again. */
export interface Observations {
  /** By project id; without projects that were not looked at yet. */
  last(): ReadonlyMap<string, Observation>;
  /** Told after each look, whether or not anything changed. */
  onObserved(listener: (observation: Observation) => void): Disposable;
}
