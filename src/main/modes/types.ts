import type { HashDialect, ComposeService } from '@shared/domain/compose/model';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Expectation } from '@shared/domain/modes/health-gate';
import type { ModePlan } from '@shared/domain/modes/plan';
import type { ModeDefinition, Project } from '@shared/domain/projects/project';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { Checks } from '@main/checks/types';
import type { Engine } from '@main/docker/types';
import type { Operations } from '@main/operations/types';
import type { Logger } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { KnownBuilds } from './known-builds';

/** What a built service is built from, for the fingerprint of its image. */
export interface BuildSource {
  readonly service: string;
  readonly contextDir: string;
  /** Relative to the context, or absolute. */
  readonly dockerfile: string;
  readonly dockerfileInline?: string | undefined;
  /** Absolute paths at which an engine makes empty folders and files because something is mounted there. */
  readonly mountPoints: readonly string[];
}

/** What planning and switching need from outside. */
export interface ModesDependencies {
  readonly engine: Engine;
  readonly projects: Projects;
  readonly checks: Checks;
  readonly operations: Pick<Operations, 'list'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  /** A hash of the context's files (ignored ones left out) and the Dockerfile; empty when it cannot be told. */
  readonly fingerprintBuild: (source: BuildSource) => Promise<string>;
  /** True when a TCP connection to the port is accepted and stays open for a moment. Never rejects. */
  readonly portAccepts: (host: string, port: number) => Promise<boolean>;
  /** Which of these containers were stopped from outside of Berth: those are no finished jobs. */
  readonly stoppedOutside: (projectId: string, containers: readonly ObservedContainer[]) => Promise<readonly string[]>;
  /** What images that docker compose built were built from; see BuildsOfOthers. */
  readonly knownBuilds: (projectId: string, running: KnownBuilds, present: ReadonlySet<string>) => Promise<KnownBuilds>;
  /** How long what has no health check must stay up before a switch counts as succeeded. */
  readonly settleSeconds: () => number;
  /** So many images are built and pulled at the same time. */
  readonly imagesAtOnce: () => number;
  /** Who holds a host port, in words; undefined when it cannot be told. */
  readonly portOwner: (port: number) => Promise<string | undefined>;
  /** The hash dialect of the docker compose installed here; v5 where there is none. */
  readonly dialect: HashDialect;
  /** The config hash of one service definition, for those whose namespaces refer to other containers. */
  readonly hashService?: ((service: ComposeService, dialect: HashDialect) => string) | undefined;
}

/** Watches containers of a project that were just started; rejects with the last log lines of the first that does not stay up, or with `cancelled`. */
export type StartWatch = (request: {
  /** The name the engine knows the project by. */
  readonly project: string;
  readonly started: readonly { readonly id: string; readonly service: string; readonly expectation: Expectation }[];
  readonly signal: AbortSignal;
  /** Told when there is something to wait for. */
  readonly onWatching: () => void;
  /** An engine that may run their health checks ahead of time; without one the engine's own are waited for. */
  readonly checkedBy?: Pick<Engine, 'checkHealth'> | undefined;
}) => Promise<void>;

/** Modes of a project: which there are, what a switch would do. */
export interface Modes {
  list(reference: string): Promise<readonly (ModeDefinition & { readonly active: boolean })[]>;
  /** Read-only; without a mode the one that runs, or the only one. Rejects as loading does; what is wrong with the project otherwise is in the findings. */
  plan(reference: string, mode: string | undefined): Promise<ModePlan>;
  /** The mode that runs now: a name, 'mixed', or null. */
  activeMode(project: Project): Promise<string | null>;
}
