import type { ComposeHealthcheck } from '../compose/model';

/** What the engine says of one project, read in one list call and parallel inspects. Plain data: the pure planner and checks work on it. */
export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
export type ContainerHealth = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface ObservedPort {
  /** As the engine reports it: '0.0.0.0', '::', '127.0.0.1'. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
}

export interface ObservedMount {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'other';
  /** Bind: host path. Volume: its name (a 64-digit hex name for an anonymous one). */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ObservedNetworkAttachment {
  readonly name: string;
  readonly networkId: string;
  readonly aliases: readonly string[];
  readonly ipAddress: string;
}

export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly number: number;
  readonly oneOff: boolean;
  readonly state: ContainerState;
  readonly health: ContainerHealth;
  readonly exitCode: number;
  /** ISO times; empty when never. */
  readonly createdAt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly restartCount: number;
  readonly imageId: string;
  readonly imageRef: string;
  readonly labels: { readonly [key: string]: string };
  readonly configHash: string;
  /** Absolute compose files and folder from compose's labels; empty when absent. */
  readonly configFiles: readonly string[];
  readonly workingDir: string;
  readonly mounts: readonly ObservedMount[];
  readonly networks: readonly ObservedNetworkAttachment[];
  /** Ports bound on the host now. */
  readonly ports: readonly ObservedPort[];
  /** Ports asked for (HostConfig.PortBindings), bound or not; hostPort 0 = any free port. */
  readonly requestedPorts: readonly ObservedPort[];
  readonly networkMode: string;
  readonly restartPolicy: { readonly name: string; readonly maximumRetryCount: number };
  readonly stopSignal: string;
  /** Seconds; undefined when the container sets none. */
  readonly stopTimeoutSeconds: number | undefined;
  readonly init: boolean;
  readonly pid: number;
  readonly hasHealthcheck: boolean;
  /** The last few health log outputs, newest last. */
  readonly healthLog: readonly { readonly exitCode: number; readonly output: string }[];
  readonly error: string;
  readonly oomKilled: boolean;
}

export interface ObservedNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly labels: { readonly [key: string]: string };
  readonly subnets: readonly string[];
  /** Ids of attached containers (of any project). */
  readonly containerIds: readonly string[];
}

export interface ObservedVolume {
  readonly name: string;
  readonly driver: string;
  readonly labels: { readonly [key: string]: string };
  readonly createdAt: string;
  /** What its driver was told, for example `type`, `o` and `device` of a local one. */
  readonly options?: { readonly [name: string]: string } | undefined;
}

export interface ObservedImage {
  readonly id: string;
  readonly tags: readonly string[];
  /** Names with the digest a registry gave it; none for one that was built here. */
  readonly digests?: readonly string[] | undefined;
  readonly labels: { readonly [key: string]: string };
  /** Paths declared by VOLUME. */
  readonly volumes: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly architecture: string;
  readonly os: string;
  readonly hasHealthcheck: boolean;
  /** What it sets by ENV, as NAME=value. May hold secrets. */
  readonly environment?: readonly string[] | undefined;
  /** As the image brings it along, in the words of a compose file. */
  readonly healthcheck?: ComposeHealthcheck | undefined;
  /** ISO time; undefined where the engine does not say. */
  readonly createdAt?: string | undefined;
  /** ISO time at which the engine last gave it a name; undefined where it was only fetched, or the engine does not say. */
  readonly taggedAt?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

export interface ObservedProject {
  readonly name: string;
  /** Containers carrying the project label, one-offs included, stopped ones included. */
  readonly containers: readonly ObservedContainer[];
  /** Every container of the engine not in this project: port and name owners. */
  readonly foreign: readonly ObservedContainer[];
  /** Every network and volume of the engine. */
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** Images by each reference that was asked about; null when the engine does not have it. */
  readonly images: { readonly [reference: string]: ObservedImage | null };
}
