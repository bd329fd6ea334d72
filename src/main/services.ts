import type { Alerts } from './alerts/types';
import { createDispatcher } from './dispatch';
import type { Dispatcher } from './dispatch/types';
import type { Engine } from './docker/types';
import type { EventStream } from './operations';
import type { Operations, RecoveredOperation } from './operations/types';
import type { ChildSpawner } from './platform/child-worker';
import type { OpenedStore } from './platform/store';
import { systemClock } from './platform/system-clock';
import type { Logger } from './platform/types';
import type { ProjectsService } from './projects';
import { createApiSlot, createLifespan, type Lifespan } from './runtime';
import type { ApiStarter, Metrics, RuntimeStatus } from './runtime/types';
import type { Settings } from './settings/types';
import { createCapabilities } from './wiring/capabilities';
import { createFoundation } from './wiring/foundation';
import { EngineWork, lifespanSteps } from './wiring/lifespan-steps';

export interface ServicesOptions {
  /** Overrides BERTH_HOME and the platform's state folder. */
  readonly home?: string | undefined;
  readonly version: string;
  /** How helper processes are started; Electron hands in its utilityProcess. */
  readonly spawn?: ChildSpawner | undefined;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | undefined;
  /** Answers are checked against the contract (tests and development). */
  readonly checkOutput?: boolean | undefined;
  /** Keeps the state of services and the project's files fresh as events: for a host that stays (window, serve); off for one command. Default: on. */
  readonly live?: boolean | undefined;
  /** What this process is. Default: `serve` when it is live, else `command`. */
  readonly host?: RuntimeStatus['host'] | undefined;
}

/** What a door of the local API needs of the composition root. */
export interface ApiParts {
  readonly dispatcher: Dispatcher;
  readonly events: EventStream;
  readonly socketPath: string;
  readonly home: string;
  readonly logger: Logger;
  /** Undefined for a single command: it opens no port for its own short time. */
  readonly settings: Settings | undefined;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  /** All four. */
  readonly components: () => RuntimeStatus['components'];
}

/** Everything Berth can do, wired, without a window. The app, the CLI and `berth serve` host the same. */
export interface Services {
  readonly dispatcher: Dispatcher;
  readonly operations: Operations;
  readonly events: EventStream;
  readonly store: OpenedStore;
  readonly engine: Engine;
  readonly projects: ProjectsService;
  readonly settings: Settings;
  readonly log: Logger;
  /** What the local API is opened over. */
  apiParts(): ApiParts;
  /** Hands in who opens the local API; it is opened at its place in the order of the start. To be called before `start`. */
  attachApi(starter: ApiStarter): void;
  /** Goes through the steps of the start. Resolves once queries can be answered, with what was recovered; the engine may still be missing. */
  start(): Promise<readonly RecoveredOperation[]>;
  /** Goes back through the steps: stops taking work, ends or undoes what runs, lets the lease go. */
  close(): Promise<void>;
}

/** Builds every capability (see `wiring/capabilities.ts`) over one store, one engine and one event stream. Rejects with `state-locked` when another process holds the state. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const live = options.live !== false;
  const host = options.host ?? (live ? 'serve' : 'command');
  const foundation = await createFoundation(options);
  const { store, events, engine, operations, log } = foundation;
  const apiSlot = createApiSlot();
  let starter: ApiStarter | null = null;
  let lifespan: Lifespan | null = null;
  let workerIsStarted: () => boolean = () => false;

  const capabilities = await createCapabilities(foundation, { version: options.version, host, spawn: options.spawn, lifespan: () => lifespan?.report() ?? [], apiSlot, workerIsStarted: () => workerIsStarted() }).catch(async (error: unknown) => {
    engine.close();
    await store.close();
    throw error;
  });
  const worker = new EngineWork(foundation, capabilities);
  workerIsStarted = () => worker.isStarted;
  lifespan = createLifespan({ clock: systemClock, log, steps: lifespanSteps({ foundation, capabilities, apiSlot, worker, live, apiStarter: () => starter, apiRequired: host !== 'app' }) });
  const { start, stop } = lifespan;

  const dispatcher = createDispatcher({
    handlers: capabilities.handlers,
    operations,
    logger: log,
    onBug: (message) => events.publish({ type: 'bug.reported', message }),
    checkOutput: options.checkOutput ?? false,
  });

  return {
    dispatcher,
    operations,
    events,
    store,
    engine,
    projects: capabilities.projects,
    settings: foundation.settings,
    log,
    apiParts: () => ({
      dispatcher,
      events,
      socketPath: store.paths.socket,
      home: store.paths.home,
      logger: log,
      settings: host === 'command' ? undefined : foundation.settings,
      alerts: capabilities.alerts,
      metrics: capabilities.metrics,
      components: () => capabilities.runtime.status().components,
    }),
    attachApi: (given) => void (starter = given),
    async start() {
      await start();
      return worker.recovered();
    },
    async close() {
      await stop();
      await log.flush();
    },
  };
}
