import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import type { ContainerStats } from '@shared/domain/engine/container-stats';
import type { EngineDisk } from '@shared/domain/engine/disk-use';
import type { ObservedContainer, ObservedImage, ObservedNetwork, ObservedProject, ObservedVolume } from '@shared/domain/engine/observed';
import type { Disposable } from '@shared/kernel/disposable';
import type { PullBytes } from '@shared/domain/engine/pull-progress';
import type { JsonObject } from '@shared/kernel/json';
import type { VolumeProgram } from './volume-types';

/** An engine that was found, as the header and `doctor` show it. */
export interface EngineEndpoint {
  /** unix:///…, tcp://…, npipe://… */
  readonly uri: string;
  /** Where it was found: 'DOCKER_HOST', 'context desktop-linux', 'default socket', 'Colima', 'Podman' … */
  readonly origin: string;
}

export interface EngineInfo {
  readonly endpoint: EngineEndpoint;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly rootless: boolean;
  readonly name: string;
  /** What the engine's machine has; undefined where it does not say. */
  readonly cpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** From which ranges it takes those of networks that ask for none; undefined where it was told nothing. */
  readonly addressPools?: readonly string[] | undefined;
}

export type EngineState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly info: EngineInfo }
  | { readonly state: 'unreachable'; readonly message: string; readonly tried: readonly string[] };

/** A place an engine may be at, and what a look there showed. */
export interface ListedPlace {
  readonly name: string;
  readonly uri: string;
  readonly origin: string;
  readonly used: boolean;
  /** False for another machine and for what Berth cannot speak to. */
  readonly local: boolean;
  readonly look: { readonly state: 'answers'; readonly apiVersion: string } | { readonly state: 'absent' | 'refuses'; readonly reason: string };
}

/** All of them, and what decides which is used. */
export interface ListedPlaces {
  readonly places: readonly ListedPlace[];
  /** The name or address that was chosen in Berth; empty: the first that answers. */
  readonly chosen: string;
  readonly decidedBy: 'DOCKER_HOST' | 'DOCKER_CONTEXT' | null;
  /** Of the docker command. */
  readonly currentContext: string | null;
}

/** A container, network or volume event. Events are hints: they mark what to look at again. */
export interface EngineEvent {
  /** 'gap': events may have been missed, look at everything. */
  readonly type: 'container' | 'network' | 'volume' | 'image' | 'gap';
  /** create, start, die, destroy, health_status: healthy, rename, … . Of a gap: 'gap', or 'break' when the stream had ended by itself while the engine answers. */
  readonly action: string;
  readonly id: string;
  readonly attributes: { readonly [key: string]: string };
  readonly timeNano: number;
}

export interface LogChunkLine {
  readonly stream: 'stdout' | 'stderr';
  /** ISO with nanoseconds, as the engine stamps it. */
  readonly time: string;
  readonly text: string;
}

/** Which part of a log is read. */
export interface LogRange {
  /** Lines from the end; negative for all. */
  readonly tail: number;
  /** Moments as the engine takes them (domain/logs/log-time.ts). */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Payload of POST /containers/create as the engine takes it (name aside). */
export type ContainerPayload = JsonObject;

/** A secret a build may read while a command runs: the bytes of a file, or a value that a variable of this computer has. */
export type BuildSecret =
  | { readonly id: string; readonly from: 'file'; readonly path: string }
  /** Undefined: there is no such variable; the build then finds no secret. */
  | { readonly id: string; readonly from: 'variable'; readonly variable: string; readonly value: string | undefined };

/** A further context by name: what the Dockerfile takes with `--from=<name>` or `FROM <name>`. */
export type NamedContext = { readonly name: string; readonly from: 'folder'; readonly dir: string } | { readonly name: string; readonly from: 'image'; readonly reference: string };

export interface BuildRequest {
  readonly contextDir: string;
  /** Relative to the context, or absolute. */
  readonly dockerfile: string;
  readonly dockerfileInline?: string | undefined;
  /** The folder of the archive that the context's files are put into; its root when undefined. */
  readonly contextPrefix?: string | undefined;
  readonly target?: string | undefined;
  readonly args: { readonly [name: string]: string | null };
  readonly labels: { readonly [name: string]: string };
  readonly tags: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly network?: string | undefined;
  readonly platform?: string | undefined;
  readonly cacheFrom: readonly string[];
  readonly extraHosts: readonly string[];
  readonly shmSize?: string | undefined;
  readonly secrets?: readonly BuildSecret[] | undefined;
  /** SSH agents by their ids; without a socket it is the one of the user's session. */
  readonly ssh?: readonly { readonly id: string; readonly socket: string | undefined }[] | undefined;
  readonly contexts?: readonly NamedContext[] | undefined;
}

/** Where a build is: how many steps are done of those known so far, and the one that began last. */
export interface BuildProgress {
  readonly done: number;
  readonly of: number;
  readonly step: string;
}

/** `none`: there is nothing to run, or the engine has said by now how it is. `late`: it did not end in its time, and may still be running. `no-shell`: it can be tried once at a time only. */
export type OwnCheckResult = 'passed' | 'failed' | 'late' | 'none' | 'no-shell';

/** How often a check is tried within one command in the container. */
export type OwnCheckTries = 'once' | 'several';

/** What D1 asks of a running container before it may be killed without its grace. */
export interface StopReaction {
  /** True only when every condition of the rule was read and holds: it surely cannot react to its stop signal. */
  readonly cannotReact: boolean;
  /** One sentence for the journal: why or why not. */
  readonly reason: string;
}

/**
 * On whose behalf a change is made: the project, and what its user agreed to. Every mutating call is judged with it
 * (see authorize.ts): the final payload's risky facts must all be in `trustedFactKeys`, and what is changed must
 * belong to the project (compose project label = `projectName`, working_dir label = `projectDir` or beneath it).
 */
export interface Authorization {
  /** Real path of the opened folder, absolute. */
  readonly projectDir: string;
  /** The compose project name. */
  readonly projectName: string;
  /** Keys of the risky facts the user trusted; null = not trusted: every mutating call is refused with `trust-required`. */
  readonly trustedFactKeys: readonly string[] | null;
}

/** Whether what a container has at its binds was compared with what was judged. `pending`: it is being looked at from inside; an alarm follows when it differs. */
export interface BindCheck {
  readonly state: 'checked' | 'pending' | 'not-checked';
  /** One sentence why not; empty otherwise. */
  readonly reason: string;
}

/** `swapped`: a container got something else than was judged, and was stopped. `not-checked`: a look from inside was not possible. */
export interface BindAlarm {
  readonly kind: 'swapped' | 'not-checked';
  readonly projectDir: string;
  readonly service: string;
  readonly containerId: string;
  readonly source: string;
  readonly message: string;
}

/** What one clean-up may remove: exactly these images and records of the build cache, by their full ids, and these volumes without a name of their own. */
export interface CleanUpAllowance {
  readonly imageIds: readonly string[];
  readonly buildCacheIds: readonly string[];
  readonly volumeNames?: readonly string[] | undefined;
}

/** Removal by exact id on behalf of a clean-up the user asked for. Everything outside its allowance is `policy-refused`. */
export interface CleanUp {
  /** Takes its names off and removes it, never by force: rejects with `engine-refused` when a container uses it, with its names as they were. */
  removeImage(id: string, names: readonly string[]): Promise<void>;
  /** Resolves with those that went; one that is in use stays. */
  removeBuildCache(ids: readonly string[]): Promise<readonly string[]>;
  /** One without a name of its own, which carries no label that tells whose it is. Gone already is fine; one in use is refused by the engine. */
  removeVolume(name: string): Promise<void>;
}

/** The input of a command that runs. */
export interface ExecInput {
  /** Resolves when it is on its way, or when nobody takes it any more. */
  write(data: Uint8Array): Promise<void>;
  /** Ends it: the command reads to its end. */
  end(): void;
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A command that runs and is listened to. */
export interface RunningExec extends ExecInput {
  /** The size of its terminal; nothing where it has none, or has ended. */
  resize(size: TerminalSize): Promise<void>;
  /** Nothing more is read of what it writes, so that it has to wait. */
  pause(): void;
  resume(): void;
}

/** What a command gets besides being listened to: an input, and where `tty` says so a terminal of its own, whose output is one stream. */
export interface ExecAttach {
  readonly tty: TerminalSize | null;
  readonly onStarted: (running: RunningExec) => void;
}

/** As whom, where and with what a command runs; what is left out is as in the container. */
export interface ExecAs {
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  /** NAME=value. */
  readonly environment?: readonly string[] | undefined;
}

/**
 * The one door to the Docker engine. Every call has a deadline and rejects with an AppError
 * (`engine-unreachable`, `engine-timeout`, `engine-refused` with the engine's own message, `not-found`).
 * Every mutating call passes `authorize` on its final payload: without `as()` all of them are refused
 * (`policy-refused`), under `as()` an untrusted project or a new risky fact is `trust-required` (details.facts), and
 * a container, network or volume of somebody else is `policy-refused`.
 */
export interface Engine {
  state(): EngineState;
  onStateChanged(listener: (state: EngineState) => void): Disposable;
  /** Looks for an engine now. Resolves with the state; never rejects. */
  connect(): Promise<EngineState>;
  /** Another engine was chosen: lets go of this one and what waits on it, and looks anew. Resolves with the state; never rejects. */
  change(): Promise<EngineState>;
  /** Where engines are on this machine, looked at now. Never rejects. */
  places(): Promise<ListedPlaces>;
  /** Rejects with `engine-unreachable` when not connected. */
  info(): Promise<EngineInfo>;

  /** One list call, parallel inspects. `imageReferences` are looked up in the same go. */
  observe(project: string, imageReferences: readonly string[]): Promise<ObservedProject>;
  /** Every container of every compose project, in one list call: what tells cheaply whether a full look is due. */
  containerStates(): Promise<readonly ContainerStateRow[]>;
  inspectContainer(id: string): Promise<ObservedContainer>;
  /** The whole answer of an inspect, for comparing fields that `ObservedContainer` leaves out. Carries values of environment variables: never shown or logged as it is. */
  inspectRaw(id: string): Promise<JsonObject>;
  /** Null when the engine does not have it. */
  inspectImage(reference: string): Promise<ObservedImage | null>;
  /** Images that were built for a compose project: ids and names. */
  imagesOf(project: string): Promise<readonly { readonly id: string; readonly tags: readonly string[] }[]>;
  listNetworks(): Promise<readonly ObservedNetwork[]>;
  listVolumes(): Promise<readonly ObservedVolume[]>;
  /** What a running container uses now. Rejects with `not-found` when it does not run. */
  stats(id: string): Promise<ContainerStats>;
  /** What the engine keeps on its disk. Slow where there is much. */
  diskUse(): Promise<EngineDisk>;

  /** Live events with reconnect. After every (re)connect and whenever events may have been lost, a `gap` event is delivered first. */
  onEvent(listener: (event: EngineEvent) => void): Disposable;

  /** What the engine still remembers of one container within this time; an engine that was restarted remembers nothing of before. */
  pastEvents(containerId: string, fromMs: number, toMs: number): Promise<readonly EngineEvent[]>;

  /** Binds of a started container that were swapped, or could not be looked at. */
  onBindAlarm(listener: (alarm: BindAlarm) => void): Disposable;
  /** Resolves when no look into a started container is under way any more; then every alarm was given. */
  settled(): Promise<void>;

  createContainer(name: string, payload: ContainerPayload): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
  /** Rejects with `policy-refused`, the container stopped, when a bind source was swapped while it started. */
  startContainer(id: string): Promise<BindCheck>;
  /** Graceful stop; resolves when it is stopped (already stopped is fine). */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  killContainer(id: string, signal: string): Promise<void>;
  /** Holds every process of it. Also for a container of others that writes to a volume of this project. Resolves with false when it was paused already. */
  pauseContainer(id: string): Promise<boolean>;
  /** Not paused, not running or gone is fine. */
  unpauseContainer(id: string): Promise<void>;
  restartContainer(id: string, graceSeconds: number): Promise<BindCheck>;
  /** Gone already is fine. `anonymousVolumes`: remove its anonymous volumes too. */
  removeContainer(id: string, options: { readonly force: boolean; readonly anonymousVolumes: boolean }): Promise<void>;
  renameContainer(id: string, name: string): Promise<void>;
  setRestartPolicy(id: string, policy: { readonly name: string; readonly maximumRetryCount: number }): Promise<void>;
  /** Resolves with the exit code when the container stops. */
  waitContainer(id: string, signal?: AbortSignal): Promise<number>;
  stopReaction(container: ObservedContainer): Promise<StopReaction>;
  /** Runs the health check of a container now, ahead of the engine's own first one; from a pass on it is healthy for everybody who asks here. Rejects as `exec` does. */
  checkHealth(id: string, tries: OwnCheckTries, signal: AbortSignal): Promise<OwnCheckResult>;

  createNetwork(name: string, payload: JsonObject): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  connectNetwork(networkId: string, containerId: string, endpoint: JsonObject): Promise<void>;
  disconnectNetwork(networkId: string, containerId: string, force: boolean): Promise<void>;
  createVolume(name: string, payload: JsonObject): Promise<void>;
  /** Only ever for volumes this operation created. */
  removeVolume(name: string): Promise<void>;

  /** Builds and resolves with the image id. Errors inside the stream reject with `build-failed`, whose details carry the last output lines. */
  build(request: BuildRequest, onOutput: (line: string) => void, signal?: AbortSignal, onProgress?: (progress: BuildProgress) => void): Promise<{ readonly imageId: string }>;
  /** Tries again where the network failed. `onBytes`: of all layers, as far as they are known. */
  pull(reference: string, platform: string | undefined, onOutput: (line: string) => void, signal?: AbortSignal, onBytes?: (bytes: PullBytes) => void): Promise<void>;
  tagImage(id: string, reference: string): Promise<void>;
  removeImage(reference: string): Promise<void>;

  /** Copies a tar into a created container (secrets and configs with content). */
  putArchive(containerId: string, path: string, tar: Uint8Array): Promise<void>;
  /** What a folder of a container holds, as a tar with owners and modes; the container need not run. */
  readArchive(from: { readonly containerId: string; readonly path: string }, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Copies what a folder of one container holds into a folder of another, of this project; neither needs to run. `onBytes`: so far. */
  copyArchive(from: { readonly containerId: string; readonly path: string }, to: { readonly containerId: string; readonly path: string }, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  /** Last lines, oldest first. */
  logTail(containerId: string, lines: number): Promise<readonly LogChunkLine[]>;
  /** What is there now, oldest first, in pieces; slow readers hold it up. */
  readLogs(containerId: string, range: LogRange, signal: AbortSignal): AsyncIterable<readonly LogChunkLine[]>;
  followLogs(containerId: string, options: LogRange & { readonly follow: boolean }, onLine: (line: LogChunkLine) => void, signal: AbortSignal): Promise<void>;
  exec(containerId: string, command: readonly string[], onOutput: (stream: 'stdout' | 'stderr', data: Uint8Array) => void, signal?: AbortSignal, attach?: ExecAttach, as?: ExecAs): Promise<number>;

  /** Reads, writes and exchanges the contents of volumes. `programDir` has the program's binaries (`resources/helper/volume`). */
  volumeProgram(programDir: string): VolumeProgram;

  /**
   * A view of this engine that may change things on behalf of one project. Shares connection, state and events;
   * closing the view does nothing.
   */
  as(authorization: Authorization): Engine;
  /** The only way to remove images by id and build cache. */
  cleanUp(allowance: CleanUpAllowance): CleanUp;

  /** Ends every stream and timer. */
  close(): void;
}
