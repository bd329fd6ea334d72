import type { HashDialect } from '@shared/domain/compose/model';
import type { Alerts } from '@main/alerts/types';
import type { Twins } from '@main/changes/types';
import type { ComposeService } from '@main/compose';
import type { Handlers } from '@main/dispatch/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Scheduler } from '@main/operations/scheduler';
import type { ChildSpawner } from '@main/platform/child-worker';
import type { ProjectsService } from '@main/projects';
import type { ApiSlot, Runtime } from '@main/runtime';
import type { Metrics, RuntimeStatus } from '@main/runtime/types';

/** Something that looks again and again, from the step `reconcilers` on; disposed of before the worker stops. */
export type Reconciler = () => Ending | Promise<Ending>;

/** What is awaited before the next one ends: a pass under way must not write afterwards. */
export interface Ending {
  dispose(): void | Promise<void>;
}

/** What the composition root has of the capabilities. */
export interface Capabilities {
  readonly handlers: Handlers;
  readonly compose: ComposeService;
  readonly projects: ProjectsService;
  readonly eventLog: EventLog;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly twins: Twins;
  /** Begun in this order, ended in reverse; none of them in a process that hosts a single command. */
  readonly reconcilers: readonly Reconciler[];
  /** How hashes are written by the docker compose that is installed. */
  setDialect(dialect: HashDialect): void;
}

/** What wiring them needs beside the foundation. */
export interface CapabilityOptions {
  readonly version: string;
  readonly host: RuntimeStatus['host'];
  readonly spawn?: ChildSpawner | undefined;
  readonly lifespan: () => RuntimeStatus['lifespan'];
  readonly apiSlot: ApiSlot;
  readonly workerIsStarted: () => boolean;
}

/** A component that is started and stopped as one of the reconcilers. */
export function begun(component: { start(): Promise<void>; stop(): Promise<void> }): Reconciler {
  return async () => {
    await component.start();
    return { dispose: () => component.stop() };
  };
}
