import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import type { BerthEvent } from '@shared/contract/events';
import { serviceHash } from '@shared/domain/compose/hash';
import type { HashDialect } from '@shared/domain/compose/model';
import type { Disposable } from '@shared/kernel/disposable';
import { checksHandlers, createChecks, engineApiVersion, engineIsLocal, fixOperation, observeMode, watchProjectFiles, type FileWatch } from './checks';
import { composeHandlers, ComposeService, installedDialect, pluginPaths } from './compose';
import { diagnosticsHandlers, doctorFixOperation, machineDoctor } from './diagnostics';
import { engineHandlers, engineView } from './diagnostics/engine-handlers';
import { createDispatcher } from './dispatch';
import type { Dispatcher } from './dispatch/types';
import { contextFingerprint } from './docker/context-fingerprint';
import { createEngine } from './docker/engine';
import type { Engine } from './docker/types';
import { modesHandlers, ModesService, portOwner, switchOperation, type ModesDependencies } from './modes';
import { createEventStream, createOperations, operationHandlers, type EventStream } from './operations';
import type { Operations, RecoveredOperation } from './operations/types';
import type { ChildSpawner } from './platform/child-worker';
import { createFailpoints } from './platform/failpoints';
import { replaceBeneath } from './platform/files';
import { hostInfo } from './platform/host-info';
import { createFileLogger } from './platform/logger';
import { hostSources, statProbe } from './platform/mount-source';
import { portAccepts } from './platform/port-accepts';
import { hostPorts } from './platform/ports';
import { runProgram } from './platform/process';
import { lockProject } from './platform/project-lock';
import { Redactor } from './platform/redact';
import { hostSourceMaker } from './platform/source-maker';
import { openStore, type OpenedStore } from './platform/store';
import { systemClock } from './platform/system-clock';
import type { Logger } from './platform/types';
import { projectsHandlers, ProjectsService } from './projects';
import { serviceOperations, servicesHandlers, ServicesService, ServicesStatus, type ServicesDependencies } from './services/index';

/** How long a hung mount may hold up a check. */
const SOURCE_TIMEOUT_MS = 2_000;
/** How long the first search for an engine may hold up recovery; it goes on by itself afterwards. */
const FIRST_CONNECT_MS = 4_000;
const SHUTDOWN_GRACE_MS = 15_000;

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
}

/** Everything Berth can do, wired, without a window. The app, the CLI and `berth serve` host the same. */
export interface Services {
  readonly dispatcher: Dispatcher;
  readonly operations: Operations;
  readonly events: EventStream;
  readonly store: OpenedStore;
  readonly engine: Engine;
  readonly projects: ProjectsService;
  readonly log: Logger;
  /** Connects, recovers what a crash left, watches. Resolves once queries can be answered, with what was recovered; the engine may still be missing. */
  start(): Promise<readonly RecoveredOperation[]>;
  /** Stops taking work, ends or undoes what runs, lets the lease go. */
  close(): Promise<void>;
}

/** Builds every capability over one store, one engine and one event stream. Rejects with `state-locked` when another process holds the state. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const store = await openStore({ home: options.home, version: options.version });
  const redactor = new Redactor();
  const log = createFileLogger({ folder: store.paths.logs, level: options.logLevel ?? 'info', clock: systemClock, redactor });
  const events = createEventStream(systemClock);
  const engine = createEngine();
  const compose = new ComposeService({ spawn: options.spawn });
  const ports = hostPorts();
  const host = hostInfo();
  const operations = await createOperations({ store, events, clock: systemClock, failpoints: createFailpoints(process.env), logger: log, redact: (text) => redactor.text(text) }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const sources = hostSources({ timeoutMs: SOURCE_TIMEOUT_MS, probe: statProbe(runProgram) });
  const checks = createChecks({ ports, sources, engineIsLocal: () => engineIsLocal(engine), engineApiVersion: () => engineApiVersion(engine) });
  const projects = new ProjectsService({
    store,
    compose,
    log,
    publish: (event) => events.publish(event),
    now: () => new Date(systemClock.now()),
    onLoaded: (loaded) => {
      for (const service of Object.values(loaded.model.services)) redactor.addTelling({ ...service.environment, ...service.build?.args });
      for (const content of Object.values(loaded.variableContents)) redactor.add(content);
    },
    activeMode: (project) => services.activeMode(project),
  });

  let dialect: HashDialect = 'v5';
  const modesDependencies: ModesDependencies = {
    engine,
    projects,
    checks,
    operations,
    clock: systemClock,
    log,
    lock: lockProject,
    fingerprintBuild: (source) => contextFingerprint(source),
    portAccepts,
    portOwner: portOwner(engine, ports),
    get dialect() {
      return dialect;
    },
    hashService: (service, of) => serviceHash(service, of, (text) => createHash('sha256').update(text, 'utf8').digest('hex')),
  };
  const modes = new ModesService(modesDependencies);
  const servicesDependencies: ServicesDependencies = { engine, projects, publish: (event) => events.publish(event), clock: systemClock, log, lock: lockProject };
  const services = new ServicesService(servicesDependencies);
  const status = new ServicesStatus(servicesDependencies, services, () => void projects.announce().catch((error: unknown) => log.error('the list of projects could not be told', { error })));

  const observe = (loaded: Parameters<typeof observeMode>[1]): ReturnType<typeof observeMode> => observeMode(engine, loaded);
  const defaultMode = async (projectId: string): Promise<string> => {
    const project = await projects.resolve(projectId);
    const active = await services.activeMode(project).catch(() => null);
    return project.modes.find((mode) => mode.name === active)?.name ?? project.modes[0]?.name ?? 'default';
  };
  const doctor = machineDoctor({ engine, host, stateDir: store.paths.home, engineIsLocal: () => engineIsLocal(engine), runProgram });

  operations.register(switchOperation(modesDependencies, modes));
  for (const kind of serviceOperations(servicesDependencies, services)) operations.register(kind);
  operations.register(
    fixOperation({ projects, checks, engine, observe, defaultMode, maker: hostSourceMaker(), readText: (path) => sources.readText(path), replaceBeneath, lock: lockProject }),
  );
  operations.register(doctorFixOperation(doctor, (event) => events.publish(event)));

  const dispatcher = createDispatcher({
    handlers: {
      ...projectsHandlers(projects),
      ...modesHandlers(modes),
      ...servicesHandlers(servicesDependencies, services),
      ...composeHandlers(compose),
      ...checksHandlers({ projects, checks, observe, defaultMode }),
      ...operationHandlers(operations, events, async (reference) => (await projects.resolve(reference)).id),
      ...diagnosticsHandlers(doctor),
      ...engineHandlers(engine),
    },
    operations,
    logger: log,
    onBug: (message) => events.publish({ type: 'bug.reported', message }),
    checkOutput: options.checkOutput ?? false,
  });

  const held: Disposable[] = [];
  const recovered = new Map<string, RecoveredOperation>();
  let watch: FileWatch | null = null;
  let closing: Promise<void> | null = null;

  /** What depends on the engine being there: recovery of what a crash left, and the list of projects with what runs. */
  async function engineIsBack(): Promise<void> {
    await recover();
    await projects.announce();
  }

  /** Whoever of the start and the engine's event comes first does the work; both see what was done. */
  async function recover(): Promise<readonly RecoveredOperation[]> {
    for (const one of await operations.recover()) {
      if (!recovered.has(one.id)) log.info('an operation that a crash left was ended', { id: one.id, state: one.state });
      recovered.set(one.id, one);
    }
    return [...recovered.values()];
  }

  async function watchFiles(): Promise<void> {
    for (const project of await projects.list()) {
      const loaded = await Promise.all(project.modes.map((mode) => projects.loadMode(project.id, mode.name).catch(() => null)));
      await watch?.watch(project.id, loaded.flatMap((one) => (one === null ? [] : [...one.compose.inputFiles])));
    }
  }

  async function start(): Promise<readonly RecoveredOperation[]> {
    held.push(
      engine.onStateChanged((state) => {
        events.publish({ type: 'engine.changed', engine: engineView(state) });
        if (state.state === 'connected') void engineIsBack().catch((error: unknown) => log.error('recovery failed', { error }));
      }),
    );
    compose.warm();
    [dialect] = await Promise.all([
      installedDialect({
        paths: pluginPaths(process.platform, homedir(), process.env),
        exists: (path) => host.exists(path),
        version: async (path) => (await runProgram(path, ['version', '--short'], { timeoutMs: 3_000 })).stdout,
      }),
      Promise.race([engine.connect(), new Promise((resolve) => setTimeout(resolve, FIRST_CONNECT_MS).unref())]),
    ]);
    if (engine.state().state === 'connected') await recover();
    if (options.live === false) return [...recovered.values()];
    watch = await watchProjectFiles(
      (event) => events.publish(event),
      (error) => log.warn('a folder cannot be watched', { error }),
    );
    held.push(status.follow(), events.subscribe((batch) => void followProjects(batch.map((one) => one.event))));
    await watchFiles();
    return [...recovered.values()];
  }

  /** The watched files follow the list of projects and what their files refer to. */
  async function followProjects(batch: readonly BerthEvent[]): Promise<void> {
    if (!batch.some((event) => event.type === 'projects.changed' || event.type === 'files.changed')) return;
    try {
      await watchFiles();
      if (batch.some((event) => event.type === 'files.changed')) await projects.announce();
    } catch (error) {
      log.warn('the projects\u2019 files cannot be watched', { error });
    }
  }

  async function close(): Promise<void> {
    await operations.shutdown(SHUTDOWN_GRACE_MS);
    for (const one of held.splice(0)) one.dispose();
    watch?.dispose();
    engine.close();
    compose.close();
    events.close();
    await log.flush();
    await store.close();
  }

  return {
    dispatcher,
    operations,
    events,
    store,
    engine,
    projects,
    log,
    start,
    close: () => (closing ??= close()),
  };
}
