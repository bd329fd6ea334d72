import type { ObservedProject } from '../engine/observed';
import type { ComposeModel, DependencyCondition, LoadedCompose } from '../compose/model';
import type { Finding } from '../findings/finding';
import type { ComposeAction, OpenAction, TextAction, TogetherAction } from './fix-actions';

/** What the disk says of one bind source. */
export interface SourceFact {
  readonly path: string;
  /** unresponsive: the file system did not answer in time (a hung mount). */
  readonly state: 'present' | 'missing' | 'unreadable' | 'unresponsive';
  readonly kind: 'file' | 'directory' | 'socket' | 'device' | 'other';
  /** With every symbolic link followed; the path itself when it is missing. */
  readonly realPath: string;
  /** A directory without entries. */
  readonly empty: boolean;
  /** Owned by root while this user is not root. */
  readonly ownedByRoot: boolean;
  /** The same path as the disk spells it, when it differs only in upper and lower case. */
  readonly otherCase?: string | undefined;
  /** Owner, group and permission bits; undefined where the system has none. */
  readonly access?: { readonly uid: number; readonly gid: number; readonly mode: number; readonly ownedByUser: boolean } | undefined;
  /** A symbolic link stands there, and what it points to is missing, or it points to itself. */
  readonly isBrokenLink?: boolean | undefined;
  /** Where the project has it now, when it is missing: the same bytes as the last known ones, or the only one of this name. */
  readonly movedTo?: { readonly path: string; readonly by: 'content' | 'name' } | undefined;
}

/** A running container that still holds a file or folder which was replaced on the host. */
export interface StaleMount {
  readonly service: string;
  readonly kind: 'file' | 'folder';
  readonly source: string;
  readonly target: string;
}

/** The manifest of a service's dependencies that changed after its running image was built. */
export interface OutdatedBuild {
  readonly service: string;
  readonly manifest: string;
}

/** A range of addresses that this machine can already reach: of one of its interfaces, or of a route. */
export interface HostSubnet {
  readonly cidr: string;
  readonly interfaceName: string;
}

/** On what machine the engine runs, as far as it decides which folders it sees. */
export interface EngineHost {
  readonly platform: string;
  /** The name the engine gives its machine: docker-desktop, colima … */
  readonly name: string;
  readonly homeDir: string;
}

/** What the disk says of one service's build. Contexts that are addresses (git, http) have no fact. */
export interface BuildFact {
  readonly service: string;
  readonly context: string;
  readonly contextState: 'directory' | 'missing' | 'not-a-directory' | 'unreadable';
  /** Where the project has the context now, when it is missing. */
  readonly movedTo?: SourceFact['movedTo'];
  /** Absolute; empty with an inline Dockerfile. */
  readonly dockerfile: string;
  readonly dockerfileState: 'present' | 'missing' | 'unreadable' | 'inline';
  readonly dockerfileText: string;
  /** Files of the context that are called like a Dockerfile, where the one that is named is missing. */
  readonly otherDockerfiles?: readonly string[] | undefined;
  /** Where the context has what a COPY or ADD looks for in vain, by source; paths in the context. */
  readonly copiedFrom?: ReadonlyMap<string, string> | undefined;
  /** Named local contexts that do not exist. */
  readonly missingContexts: readonly { readonly name: string; readonly path: string }[];
  /** What each COPY and ADD source matches in the context, by source as the Dockerfile's path stands for it; absent when it was not looked for. */
  readonly copied?: ReadonlyMap<string, readonly string[]> | undefined;
  /** The .dockerignore that applies; undefined when there is none. */
  readonly ignore?: { readonly file: string; readonly text: string } | undefined;
}

/** A socket of the host that takes connections or datagrams. */
export interface HostListener {
  readonly protocol: 'tcp' | 'udp';
  /** As text: 0.0.0.0, ::, 127.0.0.1, ::1 … */
  readonly address: string;
  readonly port: number;
  /** Undefined where the process belongs to someone else and cannot be read. */
  readonly pid?: number | undefined;
  readonly processName?: string | undefined;
  /** For an IPv6 wildcard: false when it was seen to leave IPv4 alone. */
  readonly takesIpv4?: boolean | undefined;
}

/** Everything that was gathered before the pure checks decide. */
export interface CheckFacts {
  /** By source path. */
  readonly sources: ReadonlyMap<string, SourceFact>;
  /** By service. */
  readonly builds: ReadonlyMap<string, BuildFact>;
  readonly listeners: readonly HostListener[];
  /** Addresses of this machine's interfaces; empty when unknown. */
  readonly hostAddresses: readonly string[];
  /** Null when the engine could not be asked. */
  readonly observed: ObservedProject | null;
  readonly stopping: ReadonlySet<string>;
  /** Folders (real paths) in which this project's containers are at home. */
  readonly homeDirs: readonly string[];
  /** Real path of each working_dir label that was seen. */
  readonly realWorkingDirs: ReadonlyMap<string, string>;
  /** What the engine's machine has; undefined where it is not known. */
  readonly host?: { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined } | undefined;
  /** True for a prod mode: nothing of the host may be mounted but an allow-list. */
  readonly prod: boolean;
  readonly staleMounts?: readonly StaleMount[] | undefined;
  readonly outdatedBuilds?: readonly OutdatedBuild[] | undefined;
  /** Empty or undefined when the engine is elsewhere. */
  readonly hostSubnets?: readonly HostSubnet[] | undefined;
  /** From which ranges the engine takes those of networks that ask for none; empty or undefined where it does not say. */
  readonly addressPools?: readonly string[] | undefined;
  readonly engineHost?: EngineHost | undefined;
  /** What files that show how an env file is filled (.env.example) say, by name. */
  readonly exampleValues?: { readonly file: string; readonly values: { readonly [name: string]: string } } | undefined;
  /** The other modes of the project, as far as they load. */
  readonly otherModes?: { readonly [mode: string]: ComposeModel } | undefined;
}

/** What a check works on. */
export interface CheckInput {
  readonly compose: LoadedCompose;
  readonly facts: CheckFacts;
}

/** What one fix would do, as data: the operation carries it out, `--dry-run` only shows it. */
export type FixAction =
  | { readonly kind: 'create-file'; readonly path: string }
  | { readonly kind: 'create-folder'; readonly path: string }
  | { readonly kind: 'replace-folder-by-file'; readonly path: string }
  | { readonly kind: 'set-host-port'; readonly service: string; readonly index: number; readonly from: number; readonly to: number }
  | { readonly kind: 'set-host-ip'; readonly service: string; readonly index: number; readonly to: string }
  | { readonly kind: 'set-source'; readonly service: string; readonly index: number; readonly from: string; readonly to: string }
  /** Both sides of a mount: the source, and with it the path in the container. */
  | { readonly kind: 'move-mount'; readonly service: string; readonly index: number; readonly from: string; readonly to: string; readonly targetFrom: string; readonly targetTo: string }
  /** The path in the container alone: a file that was to be mounted onto a folder goes into it. */
  | { readonly kind: 'set-target'; readonly service: string; readonly index: number; readonly from: string; readonly to: string }
  | { readonly kind: 'set-read-only'; readonly service: string; readonly index: number }
  | { readonly kind: 'remove-mount'; readonly service: string; readonly index: number }
  | { readonly kind: 'set-permissions'; readonly path: string; readonly mode: number }
  | { readonly kind: 'set-depends-on'; readonly service: string; readonly dependency: string; readonly condition: DependencyCondition; readonly required?: boolean | undefined }
  /** A network gets another range of addresses, with everything that is written in it. */
  | { readonly kind: 'set-subnet'; readonly network: string; readonly from: string; readonly to: string }
  | { readonly kind: 'recreate-service'; readonly service: string }
  | { readonly kind: 'create-network'; readonly name: string }
  | { readonly kind: 'create-volume'; readonly name: string }
  /** A range of ports that is written as one moves as one. */
  | { readonly kind: 'set-port-range'; readonly service: string; readonly index: number; readonly from: number; readonly last: number; readonly to: number }
  | ComposeAction
  | TextAction
  | TogetherAction
  | OpenAction;

/** A fix with the id and the words of its button. */
export interface CheckFix {
  readonly id: string;
  readonly title: string;
  readonly action: FixAction;
}

/** A finding with what its fixes would do. */
export interface CheckResult {
  readonly finding: Finding;
  readonly fixes: readonly CheckFix[];
}

/** One check: facts in, findings out. */
export type Check = (input: CheckInput) => readonly CheckResult[];
