import { homedir } from 'node:os';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { AppError } from '@shared/kernel/app-error';
import { Emitter } from '@shared/kernel/emitter';
import type { JsonObject } from '@shared/kernel/json';
import { BindChecker, heldHere, type BindCheckOptions } from './bind-check';
import { buildImage } from './build';
import { cleanUpThrough } from './clean-up';
import { Connection, CONNECTION_TIMING, type ConnectionTiming } from './connection';
import { Containers } from './containers';
import { copyArchive } from './copy-archive';
import { Door } from './door';
import { EventStream } from './events';
import { execCommand } from './exec';
import type { FindEngineOptions } from './find-engine';
import { pullImage, removeImage, tagImage } from './images';
import { listPlaces } from './list-places';
import { followLogs, logTail, readLogs } from './logs';
import { connectNetwork, createNetwork, createVolume, disconnectNetwork, removeNetwork, removeVolume } from './networks-volumes';
import { Observer } from './observe';
import { runOwnCheck } from './own-checks';
import { PassedChecks, type PassKeeper } from './passed-checks';
import { pastEvents } from './past-events';
import { readArchive } from './read-archive';
import { UsageReader } from './stats';
import { stopReaction } from './stop-reaction';
import type { Authorization, BindAlarm, Engine, EngineEvent } from './types';
import { volumeProgram } from './volume-program';

export interface EngineOptions extends Partial<FindEngineOptions> {
  readonly timing?: Partial<ConnectionTiming>;
  /** The name of the helper image, made or not; without it containers are not looked into from inside. */
  readonly helperReference?: (() => Promise<string>) | undefined;
  /** Instead of this process's own look through /proc. */
  readonly held?: BindCheckOptions['held'] | undefined;
  /** Keeps which health checks have passed; without it each process begins anew. */
  readonly passes?: PassKeeper | undefined;
}

function platformOf(): 'linux' | 'darwin' | 'win32' {
  return process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
}

/** What all views of one engine share. */
interface Shared {
  readonly connection: Connection;
  readonly events: EventStream;
  readonly observer: Observer;
  readonly passed: PassedChecks;
  readonly usage: UsageReader;
  readonly find: FindEngineOptions;
  readonly binds: BindChecker;
  readonly alarms: Emitter<BindAlarm>;
}

function viewOf(door: Door, shared: Shared, closes: boolean): Engine {
  const { connection, events, observer } = shared;
  const containers = new Containers(door, shared.binds);
  return {
    state: () => connection.state(),
    onStateChanged: (listener) => connection.onStateChanged(listener),
    connect: () => connection.connect(),
    change: () => connection.change(),
    places: () => listPlaces(shared.find, connection.state()),
    info: () => connection.info(),
    observe: (project, references) => observer.observe(project, references),
    containerStates: () => observer.containerStates(),
    inspectContainer: (id) => observer.inspectContainer(id),
    inspectRaw: (id) => observer.inspectRaw(id),
    inspectImage: (reference) => observer.inspectImage(reference),
    imagesOf: (project) => observer.imagesOf(project),
    listNetworks: () => observer.listNetworks(),
    listVolumes: () => observer.listVolumes(),
    stats: (id) => shared.usage.stats(id),
    diskUse: () => shared.usage.diskUse(),
    onEvent: (listener: (event: EngineEvent) => void) => events.on(listener),
    pastEvents: (containerId, fromMs, toMs) => pastEvents(door, containerId, fromMs, toMs),
    onBindAlarm: (listener) => shared.alarms.on(listener),
    settled: () => shared.binds.settled(),
    createContainer: (name: string, payload: JsonObject) => containers.create(name, payload),
    startContainer: (id) => containers.start(id),
    stopContainer: (id, graceSeconds) => containers.stop(id, graceSeconds),
    killContainer: (id, signal) => containers.kill(id, signal),
    pauseContainer: (id) => containers.pause(id),
    unpauseContainer: (id) => containers.unpause(id),
    restartContainer: (id, graceSeconds) => containers.restart(id, graceSeconds),
    removeContainer: (id, options) => containers.remove(id, options),
    renameContainer: (id, name) => containers.rename(id, name),
    setRestartPolicy: (id, policy) => containers.setRestartPolicy(id, policy),
    waitContainer: (id, signal) => containers.wait(id, signal),
    checkHealth: (id, tries, signal) => runOwnCheck(door, shared.passed, events, id, tries, signal),
    stopReaction: (container: ObservedContainer) => stopReaction(containers, container),
    createNetwork: (name, payload) => createNetwork(door, name, payload),
    removeNetwork: (id) => removeNetwork(door, id),
    connectNetwork: (networkId, containerId, endpoint) => connectNetwork(door, networkId, containerId, endpoint),
    disconnectNetwork: (networkId, containerId, force) => disconnectNetwork(door, networkId, containerId, force),
    createVolume: (name, payload) => createVolume(door, name, payload),
    removeVolume: (name) => removeVolume(door, name),
    build: (request, onOutput, signal, onProgress) => buildImage(door, shared.find, request, { onOutput, onProgress }, signal),
    pull: (reference, platform, onOutput, signal, onBytes) => pullImage(door, shared.find, reference, platform, { onOutput, onBytes }, signal),
    tagImage: (id, reference) => tagImage(door, id, reference),
    removeImage: (reference) => removeImage(door, reference),
    putArchive: (containerId, path, tar) => containers.putArchive(containerId, path, tar),
    readArchive: (from, signal) => readArchive(door, from, signal),
    copyArchive: (from, to, onBytes, signal) => copyArchive(door, from, to, onBytes, signal),
    logTail: (containerId, lines) => logTail(door, containerId, lines),
    readLogs: (containerId, range, signal) => readLogs(door, containerId, range, signal),
    followLogs: (containerId, options, onLine, signal) => followLogs(door, containerId, options, onLine, signal),
    exec: (containerId, command, onOutput, signal, attach, as) => execCommand(door, containerId, command, onOutput, signal, attach, as),
    volumeProgram: (programDir) => volumeProgram({ door, containers, sharesKernel: () => shared.binds.sharesKernel(door) }, programDir),
    as(authorization: Authorization): Engine {
      if (authorization.projectName === '') throw new AppError('policy-refused', 'A project without a name changes nothing.');
      return viewOf(door.as(authorization), shared, false);
    },
    cleanUp: (allowance) => cleanUpThrough(door.forCleanUp(allowance)),
    close() {
      if (!closes) return;
      events.close();
      connection.close();
    },
  };
}

/** Makes the door to the engine. Nothing is looked for until `connect()` or the first call. */
export function createEngine(options: EngineOptions = {}): Engine {
  const find: FindEngineOptions = {
    env: options.env ?? process.env,
    platform: options.platform ?? platformOf(),
    homeDir: options.homeDir ?? homedir(),
    userId: options.userId ?? process.getuid?.(),
    chosen: options.chosen,
  };
  const connection = new Connection(find, { ...CONNECTION_TIMING, ...options.timing });
  const door = new Door(connection, null);
  const passed = new PassedChecks(options.passes);
  const observer = new Observer(door, passed);
  const alarms = new Emitter<BindAlarm>();
  const helperImage = async (): Promise<string | null> => {
    const reference = await options.helperReference?.();
    return reference === undefined || (await observer.inspectImage(reference)) === null ? null : reference;
  };
  const binds = new BindChecker({ held: options.held ?? heldHere, helperImage, onAlarm: (alarm) => alarms.emit(alarm) });
  const shared: Shared = { connection, events: new EventStream(door, (event) => passed.isNews(event)), observer, passed, usage: new UsageReader(door), find, binds, alarms };
  return viewOf(door, shared, true);
}
