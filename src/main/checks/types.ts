import type { ObservedProject } from '@shared/domain/engine/observed';
import type { Finding } from '@shared/domain/findings/finding';
import type { LoadedMode } from '@main/projects/types';

export interface CheckOptions {
  /** Ids of containers that the plan stops or removes: what they hold is free afterwards. */
  readonly stopping?: readonly string[];
}

/** Looks at mounts, ports, Dockerfiles, names, networks and dependencies of a mode before anything is touched. */
export interface Checks {
  /**
   * Everything there is to say about the mode, worst first, each once: the findings of the compose load
   * (`loaded.compose.findings`) are in it. `observed` null: the engine could not be asked; what needs it is then
   * left out and one warning says so. Never rejects for what is wrong with the project.
   */
  run(loaded: LoadedMode, observed: ObservedProject | null, options?: CheckOptions): Promise<readonly Finding[]>;
}
