import type { ObservedProject } from '@shared/domain/engine/observed';
import type { Clock } from '@shared/kernel/clock';
import type { Twins } from '@main/changes/types';
import type { Checks } from '@main/checks/types';
import type { Engine } from '@main/docker/types';
import type { Operations } from '@main/operations/types';
import type { WorkFolder } from '@main/platform/work-folder';
import type { LoadedMode, Projects } from '@main/projects/types';

/** What the robustness run needs from outside. */
export interface RobustnessDependencies {
  readonly twins: Twins;
  readonly projects: Projects;
  readonly checks: Checks;
  readonly engine: Engine;
  /** Every change of the copy is one of the ordinary operations. */
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode that runs, else the first. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  /** Resolves with the helper image's name, made when it is missing. */
  readonly helperImage: (onOutput: (line: string) => void, signal: AbortSignal) => Promise<string>;
  readonly openFolder: (dir: string) => WorkFolder;
  /** True when a TCP connection is accepted and stays open for a moment. Never rejects. */
  readonly portAccepts: (host: string, port: number) => Promise<boolean>;
  /** True when this machine's port can be bound now. */
  readonly portIsFree: (port: number) => Promise<boolean>;
  readonly clock: Clock;
}

/** A point is lost: what did not come out as it must, in one sentence. */
export class PointLost extends Error {}
