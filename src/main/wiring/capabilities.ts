import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import { serviceHash } from '@shared/domain/compose/hash';
import type { ComposeModel, ComposeService as ServiceDefinition, HashDialect } from '@shared/domain/compose/model';
import { alertsHandlers, createAlerts, watchBinds, watchServices, watchWaysBack } from '@main/alerts';
import { keepsLastGood } from '@main/changes';
import { checksHandlers, connectivityOperation, createChecks, engineAddressPools, engineApiVersion, engineCapacity, engineHost, engineIsLocal, fixOperation, followChecks, observeMode, portMapHandlers } from '@main/checks';
import { composeHandlers, composeOperations, ComposeService, sourceHandlers } from '@main/compose';
import { contractHandlers } from '@main/dispatch';
import type { Handlers } from '@main/dispatch/types';
import { contextFingerprint } from '@main/docker/context-fingerprint';
import { ensureHelper } from '@main/docker/helper-image';
import { buildFingerprint, BuildsOfOthers, modesHandlers, ModesService, portOwner, pullOperation, rebuildOperation, serviceRemaker, startWatch, switchOperation, verbOperations, type ModesDependencies } from '@main/modes';
import { diskCleanOperation, mountHandlers, MountMonitor, showDisk, StatsMonitor, usageHandlers, VolumeSizes } from '@main/monitor';
import { createEventLog, eventLogHandlers, operationHandlers } from '@main/operations';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { resourcesFolder } from '@main/platform/entries';
import { pathExists, readBeneath, replaceBeneath } from '@main/platform/files';
import { hostSubnets } from '@main/platform/host-subnets';
import { mountLooker } from '@main/platform/mount-look';
import { hostSources, statProbe } from '@main/platform/mount-source';
import { movedFinder } from '@main/platform/moved-sources';
import { discardNewFile, writeNewFile } from '@main/platform/new-file';
import { portAccepts } from '@main/platform/port-accepts';
import { hostPorts, probePort } from '@main/platform/ports';
import { packPaths } from '@main/platform/pack-paths';
import { readScripts } from '@main/platform/script-files';
import { runProgram } from '@main/platform/process';
import { lockProject } from '@main/platform/project-lock';
import { hostSourceMaker } from '@main/platform/source-maker';
import { systemClock } from '@main/platform/system-clock';
import { existing, watchTrees } from '@main/platform/watch-trees';
import { openWorkFolder } from '@main/platform/work-folder';
import { cleanOperation, projectsHandlers, ProjectsService, scriptsOperation } from '@main/projects';
import { ContainerEnds, createReconciler, DesiredStates, driftHandlers } from '@main/reconcile';
import { robustnessOperation } from '@main/robustness';
import { createMetrics, createRuntime, metricsHandlers, observeOperations, restingComponent, runtimeHandlers, workerComponent } from '@main/runtime';
import type { RuntimeComponent } from '@main/runtime/types';
import { AttachedCommands, graphHandlers, healthcheckHandlers, inspectHandlers, remakeOperation, resourcesHandlers, resourcesOperation, runningIn, saveLogsOperation, serviceOperations, servicesHandlers, ServicesService, StatusReconciler, watchOperation, type ResourcesDependencies, type ServicesDependencies } from '@main/services/index';
import { syncsFirst } from '@main/workspaces';
import type { SyncFirst } from '@main/workspaces/types';
import { createScheduler, scheduleHandlers } from '@main/operations/scheduler';
import { wireChanges } from './changes';
import { wireFiles } from './files';
import { wireDiagnostics } from './diagnostics';
import { wireGitops } from './gitops';
import { operationLimits, type Foundation } from './foundation';
import { wireGit } from './gitops-git';
import { leftOutOfBuilds } from './left-out-of-builds';
import { followProjectFiles } from './project-files';
import { wireSnapshots } from './snapshots';
import { wireTemplates } from './gitops-templates';
import { wireStorage } from './storage';
import { wireWorkspaces } from './workspaces';
import { begun, type Capabilities, type CapabilityOptions, type Reconciler } from './wired';

/** How long a hung mount may hold up a check. */
const SOURCE_TIMEOUT_MS = 2_000;

/** Every capability, wired over the foundation. Registers the kinds of operations; starts nothing. */
export async function createCapabilities(foundation: Foundation, options: CapabilityOptions): Promise<Capabilities> {
  const { store, engine, events, operations, settings, log, redactor } = foundation;
  const publish = (event: BerthEvent): void => events.publish(event);
  const mask = (name: string, value: string): string => redactor.named(name, value);
  const eventLog = createEventLog({ store, publish, clock: systemClock, log });
  const alerts = await createAlerts({ store, publish, clock: systemClock, events: eventLog, log });
  const metrics = createMetrics({ settings, alerts: () => alerts, logger: log, monotonicMs: () => systemClock.monotonic() });
  observeOperations(metrics, events);
  const compose = new ComposeService({ spawn: options.spawn });
  const ports = hostPorts();
  const sources = hostSources({ timeoutMs: SOURCE_TIMEOUT_MS, probe: statProbe(runProgram) });
  const looker = mountLooker({ timeoutMs: SOURCE_TIMEOUT_MS, probe: statProbe(runProgram) });
  const buildIdentity = (service: string, definition: ServiceDefinition, models: readonly ComposeModel[]): Promise<string> => buildFingerprint({ fingerprintBuild: contextFingerprint }, service, definition, models);
  const checkDoors = {
    ports,
    sources,
    mounts: looker,
    findMoved: movedFinder({ timeoutMs: SOURCE_TIMEOUT_MS, git: { open: (dir) => git.deps.git.open(dir) } }),
    hostSubnets,
    engineIsLocal: () => engineIsLocal(engine),
    engineApiVersion: () => engineApiVersion(engine),
    engineCapacity: () => engineCapacity(engine),
    engineHost: () => engineHost(engine),
    engineAddressPools: () => engineAddressPools(engine),
    loadModes: (projectId: string) => projects.loadModes(projectId),
    buildIdentity,
  };
  const checks = createChecks(checkDoors);
  const projects = new ProjectsService({
    store,
    compose,
    log,
    publish,
    now: () => new Date(systemClock.now()),
    onLoaded: (loaded) => {
      for (const service of Object.values(loaded.model.services)) redactor.addTelling({ ...service.environment, ...service.build?.args });
      for (const content of Object.values(loaded.variableContents)) redactor.add(content);
    },
    activeMode: (project) => services.activeMode(project),
  });
  const projectIdOf = async (reference: string): Promise<string> => (await projects.resolve(reference)).id;
  const isShown = (id: string): Promise<boolean> => projects.resolve(id).then((project) => project.twin === undefined, () => false);
  watchWaysBack({ alerts, subscribe: (listener) => events.subscribe(listener), isShown, onError: (error) => log.error('an alert could not be kept', { error }) });
  watchBinds({ engine, alerts, projectIdOf: (dir) => projectIdOf(dir).catch(() => null), log });

  const hashService = (service: ServiceDefinition, of: HashDialect): string => serviceHash(service, of, (text) => createHash('sha256').update(text, 'utf8').digest('hex'));
  let dialect: HashDialect = 'v5';
  const ends = new ContainerEnds({ store, engine, clock: systemClock });
  const buildsOfOthers = new BuildsOfOthers(store);
  const modesDependencies: ModesDependencies = {
    engine,
    projects,
    checks,
    operations,
    clock: systemClock,
    log,
    lock: lockProject,
    fingerprintBuild: contextFingerprint,
    portAccepts,
    stoppedOutside: (projectId, containers) => ends.stopped(projectId, containers),
    knownBuilds: (projectId, running, present) => buildsOfOthers.of(projectId, running, present),
    settleSeconds: () => settings.get('services.settleSeconds'),
    imagesAtOnce: () => settings.get('builds.atOnce'),
    portOwner: portOwner(engine, ports),
    get dialect() {
      return dialect;
    },
    hashService,
  };
  const modes = new ModesService(modesDependencies);
  const desired = new DesiredStates(store, operations);
  const servicesDependencies: ServicesDependencies = { engine, projects, publish, wantedStopped: (projectId) => desired.stopped(projectId), clock: systemClock, log, lock: lockProject, startWatch: startWatch(modesDependencies) };
  const services = new ServicesService(servicesDependencies);
  const status = new StatusReconciler(
    {
      ...servicesDependencies,
      store,
      events: eventLog,
      subscribe: (listener) => events.subscribe(listener),
      everySeconds: () => settings.get('status.everySeconds'),
      onModeChanged: () => void projects.announce().catch((error: unknown) => log.error('the list of projects could not be told', { error })),
      timed: (work) => metrics.background('status pass', work),
    },
    services,
  );
  const mounts = new MountMonitor({
    looker,
    observations: () => status.last(),
    observe: async (reference) => services.observe(await projects.resolve(reference)),
    engineIsLocal: () => engineIsLocal(engine),
    alerts,
    publish,
    everySeconds: () => settings.get('mounts.everySeconds'),
    timed: (work) => metrics.background('mounts pass', work),
    clock: systemClock,
    log,
  });

  const observe = (loaded: Parameters<typeof observeMode>[1]): ReturnType<typeof observeMode> => observeMode(engine, loaded);
  const defaultMode = async (projectId: string): Promise<string> => {
    const project = await projects.resolve(projectId);
    const active = await services.activeMode(project).catch(() => null);
    return project.modes.find((mode) => mode.name === active)?.name ?? project.modes[0]?.name ?? 'default';
  };

  const lastGood = { store, projects, engine, now: () => new Date(systemClock.now()), log };
  const syncFirst: SyncFirst = (...call) => workspaces.syncFirst(...call);
  operations.register(syncsFirst(keepsLastGood(lastGood, switchOperation(modesDependencies, modes)), ({ mode }) => mode === 'prod', syncFirst));
  operations.register(keepsLastGood(lastGood, rebuildOperation(modesDependencies, modes)));
  for (const kind of [...verbOperations(modesDependencies, modes), pullOperation(modesDependencies, modes)]) operations.register(kind);
  for (const kind of serviceOperations(servicesDependencies, services)) operations.register(kind);
  operations.register(watchOperation({ engine, projects, log, operations, tools: { watch: watchTrees, existing, pack: packPaths }, leftOut: leftOutOfBuilds }, services));
  operations.register(saveLogsOperation({ engine, projects, files: { write: writeNewFile, discard: discardNewFile } }, services));
  const helperImage = (onOutput: (line: string) => void, signal: AbortSignal): Promise<string> => ensureHelper(engine, join(resourcesFolder(), 'helper'), onOutput, signal);
  operations.register(connectivityOperation({ projects, engine, observe, defaultMode, helperImage }));
  operations.register(cleanOperation({ projects, engine, operations, activeMode: (project) => services.activeMode(project), lock: lockProject }));
  operations.register(scriptsOperation({ projects, scripts: () => readScripts(join(resourcesFolder(), 'scripts')), folder: hostBackupFolder(), lock: lockProject }));
  const disk = { engine, projects, clock: systemClock };
  operations.register(diskCleanOperation(disk));
  const lookAtDisk = (): ReturnType<typeof showDisk> => metrics.time('disk look', () => showDisk(disk));
  const volumeSizes = new VolumeSizes(lookAtDisk, () => publish({ type: 'volumes.measured' }));
  const stats = new StatsMonitor({ engine, projects, store, settings, eventLog, publish, timed: (work) => metrics.background('stats pass', work), clock: systemClock, log });

  const remaker = serviceRemaker(modesDependencies, modes);
  const resources: ResourcesDependencies = { ...servicesDependencies, remaker, readBeneath, replaceBeneath };
  operations.register(resourcesOperation(resources, services));
  operations.register(remakeOperation({ projects, remaker }, services));
  operations.register(
    fixOperation({ projects, checks, engine, observe, defaultMode, maker: hostSourceMaker(), readText: (path) => sources.readText(path), readBeneath, replaceBeneath, lock: lockProject, remaker }),
  );
  for (const kind of composeOperations({ projects, remaker, readBeneath, replaceBeneath, lock: lockProject, exists: pathExists, runningIn: (project, names) => runningIn(services, project, names) })) operations.register(kind);

  const changes = wireChanges({ foundation, syncFirst, projects, discardSnapshots: (projectId) => snapshots.discard(projectId), modes, lastGood, remaker, ports, helperImage, defaultMode, buildIdentity, dialect: () => dialect });
  const { twins } = changes;

  const drift = createReconciler({
    engine,
    projects,
    operations,
    store,
    settings,
    alerts,
    eventLog,
    events,
    clock: systemClock,
    log,
    lock: lockProject,
    remaker,
    ends,
    hashService,
    timed: (work) => metrics.background('drift pass', work),
    mask,
  });
  operations.register(drift.operation);

  operations.register(
    robustnessOperation({
      twins,
      projects,
      checks,
      engine,
      operations,
      observe,
      defaultMode,
      helperImage,
      openFolder: openWorkFolder,
      portAccepts,
      portIsFree: async (port) => (await probePort({ protocol: 'tcp', address: '', port })) === 'free',
      clock: systemClock,
    }),
  );

  const storage = wireStorage({
    foundation,
    projects,
    compose,
    alerts,
    ports,
    realPath: (path) => sources.realPath(path),
    defaultMode,
    scheduler: () => scheduler,
    timed: (work) => metrics.background('storage look', work),
    publish,
  });
  const workspaces = wireWorkspaces({ foundation, projects, storage, publish, scheduler: () => scheduler });
  const git = wireGit({ foundation, projects });
  const gitops = wireGitops({ foundation, projects, git: git.deps, events, publish, spawn: options.spawn, scheduler: () => scheduler, timed: (name, work) => metrics.time(name, work), renderedAfter: (dir, coming) => templates.renderedAfter(dir, coming), yamlProblem: (path, text) => templates.yamlProblem(path, text) });
  const templates = wireTemplates({ foundation, projects, compose, definitions: storage.definitions, defaultMode, realPath: (path) => sources.realPath(path), timed: (name, work) => metrics.background(name, work), alerts, git: git.deps, manifestErrors: gitops.manifestErrors, scans: gitops.scans, plan: gitops.plan });
  const snapshots = wireSnapshots({
    foundation,
    version: options.version,
    projects,
    storage,
    activeMode: (project) => services.activeMode(project),
    ports,
    remaker,
    startWatch: servicesDependencies.startWatch,
    dialect: () => dialect,
    volumeSizes: async () => (await volumeSizes.get(0)).sizes,
    publish,
    scheduler: () => scheduler,
  });
  const scheduler = createScheduler({ store, operations, clock: systemClock, log, timed: (work) => metrics.background('scheduler tick', work), publish, projectIdOf });
  const components: RuntimeComponent[] = [
    options.apiSlot.component,
    workerComponent(operations, engine, options.workerIsStarted),
    options.host === 'command' ? restingComponent('status-reconciler') : status,
    options.host === 'command' ? restingComponent('drift-reconciler') : drift.component,
  ];
  const runtime = await createRuntime({ ...options, store, publish, log, clock: systemClock, socket: store.paths.socket, tokenFile: join(store.paths.home, 'api-token'), components });
  const attached = new AttachedCommands();
  const diagnostics = wireDiagnostics({ foundation, version: options.version, projects, alerts, metrics, eventLog, runtime: () => runtime.status(), lifespan: options.lifespan, engineIsLocal: () => engineIsLocal(engine) });
  const reconcilers: Reconciler[] = [
    () => watchServices({ alerts, subscribe: (listener) => events.subscribe(listener), onError: (error) => log.error('an alert could not be kept', { error }) }),
    begun(status),
    begun(drift),
    begun(mounts),
    () => followProjectFiles({ events, projects, log }),
    () => followChecks({ checks, projects, observe, defaultMode, events, others: storage.findings, timed: (work) => metrics.background('checks pass', work), log }),
    () => runtime.follow(),
    begun(templates.watch),
    begun(stats),
    begun(diagnostics.updates),
    ...[...storage.watches, ...workspaces.watches, snapshots.watch].map((watch) => begun(watch)),
    gitops.follow,
    // Commands that belong to a window do not outlive it.
    () => ({ dispose: () => attached.endOwned() }),
  ];

  const handlers: Handlers = {
    ...contractHandlers(),
    ...projectsHandlers(projects),
    ...modesHandlers(modes),
    ...changes.handlers,
    ...templates.handlers,
    ...servicesHandlers(servicesDependencies, services, attached),
    ...inspectHandlers({ engine, projects, mask, volumeSizes: (waitMs) => volumeSizes.get(waitMs) }, services),
    ...resourcesHandlers(resources, services),
    ...healthcheckHandlers({ engine, projects }),
    ...graphHandlers({ engine, projects, volumeSizes: (waitMs) => volumeSizes.get(waitMs) }, services),
    ...composeHandlers(compose, process.env, async (dir) => {
      const project = (await projects.list()).find((one) => one.dir === dir);
      return project === undefined ? null : defaultMode(project.id);
    }),
    ...sourceHandlers(projects),
    ...wireFiles({ foundation, projects, compose, checkDoors, observe, commits: git.commits }),
    ...portMapHandlers({ projects, ports, observe, engineIsLocal: () => engineIsLocal(engine) }),
    ...checksHandlers({ projects, checks, observe, defaultMode, mask, others: storage.findings }),
    ...operationHandlers(operations, events, { projectIdOf, structural: foundation.structural, limits: () => operationLimits(settings) }),
    ...diagnostics.handlers,
    ...runtimeHandlers(runtime, options.apiSlot),
    ...metricsHandlers(metrics),
    ...scheduleHandlers(scheduler),
    ...alertsHandlers(alerts),
    ...driftHandlers(drift, projects),
    ...eventLogHandlers(eventLog, projectIdOf),
    ...usageHandlers(stats, lookAtDisk),
    ...mountHandlers(mounts),
    ...storage.handlers,
    ...workspaces.handlers,
    ...snapshots.handlers,
    ...gitops.handlers,
    ...git.handlers,
  };
  return { handlers, compose, projects, eventLog, alerts, metrics, runtime, scheduler, twins, reconcilers, setDialect: (found) => void (dialect = found) };
}
