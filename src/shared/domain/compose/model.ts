import type { Where } from '../../kernel/app-error';
import type { Json } from '../../kernel/json';
import type { Finding } from '../findings/finding';
import type { FaultPlace } from './refusals';
import type { LoadedVariables } from './variables';

/**
 * The compose model after a full load, in the shape and with the values of `docker compose config --format json`
 * (compose-go's JSON: snake_case keys, durations as Go strings, bytes as decimal strings, absolute paths,
 * environment without env_file). Maps have no prototype: read own keys only.
 */
export interface ComposeModel {
  readonly name: string;
  readonly services: { readonly [name: string]: ComposeService };
  readonly networks: { readonly [key: string]: ComposeNetwork };
  readonly volumes: { readonly [key: string]: ComposeVolume };
  readonly secrets: { readonly [key: string]: ComposeFileObject };
  readonly configs: { readonly [key: string]: ComposeFileObject };
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface ComposeDependency {
  readonly condition: DependencyCondition;
  readonly required: boolean;
  readonly restart?: boolean;
}

export interface ComposePort {
  readonly mode?: string;
  readonly host_ip?: string;
  readonly target: number;
  readonly published?: string;
  readonly protocol: string;
  readonly app_protocol?: string;
  readonly name?: string;
}

export interface ComposeMount {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  /** Absolute host path (bind), volume key (volume), absent for an anonymous volume. */
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly consistency?: string;
  readonly bind?: { readonly selinux?: string; readonly propagation?: string; readonly create_host_path?: boolean; readonly recursive?: string };
  readonly volume?: { readonly labels?: StringMap; readonly nocopy?: boolean; readonly subpath?: string };
  readonly tmpfs?: { readonly size?: string; readonly mode?: number };
  readonly image?: { readonly subpath?: string };
}

export interface ComposeHealthcheck {
  readonly test?: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
  readonly disable?: boolean;
}

export interface ComposeBuild {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly args?: { readonly [name: string]: string | null };
  readonly target?: string;
  readonly cache_from?: readonly string[];
  readonly labels?: StringMap;
  readonly network?: string;
  readonly extra_hosts?: readonly string[];
  readonly shm_size?: string;
  readonly no_cache?: boolean;
  readonly pull?: boolean;
  readonly platforms?: readonly string[];
  readonly tags?: readonly string[];
  readonly secrets?: readonly ComposeFileReference[];
  readonly ssh?: readonly string[];
  readonly additional_contexts?: StringMap;
  readonly privileged?: boolean;
  readonly ulimits?: { readonly [name: string]: number | { readonly soft: number; readonly hard: number } };
}

export interface ComposeServiceNetwork {
  readonly aliases?: readonly string[];
  readonly driver_opts?: StringMap;
  readonly gw_priority?: number;
  readonly interface_name?: string;
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  readonly priority?: number;
}

export interface ComposeFileReference {
  readonly source: string;
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: string;
}

export interface ComposeFileObject {
  readonly name?: string;
  readonly file?: string;
  readonly environment?: string;
  readonly content?: string;
  readonly external?: boolean;
  readonly labels?: StringMap;
  readonly driver?: string;
  readonly driver_opts?: StringMap;
  readonly template_driver?: string;
}

export interface ComposeResource {
  readonly cpus?: number;
  readonly memory?: string;
  readonly pids?: number;
  readonly devices?: readonly { readonly capabilities?: readonly string[]; readonly driver?: string; readonly count?: number; readonly device_ids?: readonly string[]; readonly options?: StringMap }[];
  readonly generic_resources?: readonly unknown[];
}

export interface ComposeDeploy {
  readonly mode?: string;
  readonly replicas?: number;
  readonly labels?: StringMap;
  readonly resources: { readonly limits?: ComposeResource; readonly reservations?: ComposeResource };
  readonly restart_policy?: { readonly condition?: string; readonly delay?: string; readonly max_attempts?: number; readonly window?: string };
  readonly placement: { readonly [key: string]: unknown };
  readonly update_config?: { readonly [key: string]: unknown };
  readonly rollback_config?: { readonly [key: string]: unknown };
  readonly endpoint_mode?: string;
}

export interface StringMap {
  readonly [key: string]: string;
}

export interface ComposeDevice {
  readonly source: string;
  readonly target: string;
  readonly permissions?: string;
}

/** One service. `command` and `entrypoint` are always there: null when unset, [] when explicitly empty. */
export interface ComposeService {
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly annotations?: StringMap;
  readonly attach?: boolean;
  readonly build?: ComposeBuild;
  readonly blkio_config?: { readonly [key: string]: unknown };
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cgroup_parent?: string;
  readonly cgroup?: string;
  readonly configs?: readonly ComposeFileReference[];
  readonly container_name?: string;
  readonly cpu_count?: number;
  readonly cpu_percent?: number;
  readonly cpu_period?: number;
  readonly cpu_quota?: number;
  readonly cpu_rt_period?: number;
  readonly cpu_rt_runtime?: number;
  readonly cpus?: number;
  readonly cpuset?: string;
  readonly cpu_shares?: number;
  readonly credential_spec?: { readonly [key: string]: unknown };
  readonly depends_on?: { readonly [service: string]: ComposeDependency };
  readonly deploy?: ComposeDeploy;
  readonly develop?: { readonly [key: string]: unknown };
  readonly device_cgroup_rules?: readonly string[];
  readonly devices?: readonly ComposeDevice[];
  readonly dns?: readonly string[];
  readonly dns_opt?: readonly string[];
  readonly dns_search?: readonly string[];
  readonly domainname?: string;
  /** Value null: declared without a value and not set anywhere, so the container does not get it. */
  readonly environment?: { readonly [name: string]: string | null };
  readonly expose?: readonly string[];
  readonly external_links?: readonly string[];
  readonly extra_hosts?: readonly string[];
  readonly gpus?: readonly unknown[];
  readonly group_add?: readonly string[];
  readonly healthcheck?: ComposeHealthcheck;
  readonly hostname?: string;
  readonly image?: string;
  readonly init?: boolean;
  readonly ipc?: string;
  readonly isolation?: string;
  readonly labels?: StringMap;
  /** Already merged into `labels`; kept because compose prints and hashes it. */
  readonly label_file?: readonly string[];
  readonly links?: readonly string[];
  readonly logging?: { readonly driver?: string; readonly options?: StringMap };
  readonly mac_address?: string;
  readonly mem_limit?: string;
  readonly mem_reservation?: string;
  readonly mem_swappiness?: string;
  readonly memswap_limit?: string;
  readonly models?: { readonly [key: string]: unknown };
  readonly network_mode?: string;
  readonly networks?: { readonly [key: string]: ComposeServiceNetwork | null };
  readonly oom_kill_disable?: boolean;
  readonly oom_score_adj?: number;
  readonly pid?: string;
  readonly pids_limit?: number;
  readonly platform?: string;
  readonly ports?: readonly ComposePort[];
  readonly post_start?: readonly unknown[];
  readonly pre_stop?: readonly unknown[];
  readonly privileged?: boolean;
  readonly profiles?: readonly string[];
  readonly provider?: { readonly [key: string]: unknown };
  readonly pull_policy?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly runtime?: string;
  readonly scale?: number;
  readonly secrets?: readonly ComposeFileReference[];
  readonly security_opt?: readonly string[];
  readonly shm_size?: string;
  readonly stdin_open?: boolean;
  readonly stop_grace_period?: string;
  readonly stop_signal?: string;
  readonly storage_opt?: StringMap;
  readonly sysctls?: StringMap;
  readonly tmpfs?: readonly string[];
  readonly tty?: boolean;
  readonly ulimits?: { readonly [name: string]: number | { readonly soft: number; readonly hard: number } };
  readonly use_api_socket?: boolean;
  readonly user?: string;
  readonly userns_mode?: string;
  readonly uts?: string;
  readonly volume_driver?: string;
  readonly volumes?: readonly ComposeMount[];
  readonly volumes_from?: readonly string[];
  readonly working_dir?: string;
}

export interface ComposeNetwork {
  /** The name on the engine, for example `shop_default`. */
  readonly name: string;
  readonly driver?: string;
  readonly driver_opts?: StringMap;
  readonly ipam: { readonly driver?: string; readonly config?: readonly { readonly subnet?: string; readonly gateway?: string; readonly ip_range?: string; readonly aux_addresses?: StringMap }[] };
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly labels?: StringMap;
  readonly enable_ipv4?: boolean;
  readonly enable_ipv6?: boolean;
}

export interface ComposeVolume {
  /** The name on the engine, for example `shop_data` or what `name:` says. */
  readonly name: string;
  readonly driver?: string;
  readonly driver_opts?: StringMap;
  readonly external?: boolean;
  readonly labels?: StringMap;
}

/** A config-hash dialect of docker compose: 5.x drops `create_host_path: true`, 2.36-2.40 writes it, 2.35 also has the keys of a service's network in another order. */
export type HashDialect = 'v5' | 'v2' | 'v2.35';
export const HASH_DIALECTS: readonly HashDialect[] = ['v5', 'v2', 'v2.35'];

/** A path into the files as the user wrote them, for example ['services', 'api', 'ports', '0']. */
export type ModelPath = readonly string[];

/** A loaded mode of a project: what the files mean, and where each part was written. */
export interface LoadedCompose {
  readonly model: ComposeModel;
  /** The project folder: the folder of the first file (absolute). Relative paths of every file resolve against it. */
  readonly projectDir: string;
  /** Compose files in merge order (absolute). */
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  /** Services left out because none of their profiles is active. */
  readonly disabledServices: readonly string[];
  /** Human warnings, for example an unset variable that became empty. */
  readonly warnings: readonly string[];
  /** What loads but cannot be honoured (unsupported keys, undefined names, cycles), as error findings at plan time. */
  readonly findings: readonly Finding[];
  /** What each of them is about, by its id. */
  readonly faultPlaces?: { readonly [findingId: string]: FaultPlace } | undefined;
  /** Every file that was read (compose, .env, env_file, extends, include), absolute: what to watch for changes. */
  readonly inputFiles: readonly string[];
  /** Service config hashes, by dialect, as the label `com.docker.compose.config-hash` carries them. */
  readonly hashes: { readonly [service: string]: { readonly [D in HashDialect]: string } };
  readonly networkHashes: { readonly [key: string]: string };
  readonly volumeHashes: { readonly [key: string]: string };
  /** Top-level `x-` keys, which `docker compose config` prints beside the model. */
  readonly extensions: { readonly [key: string]: Json };
  /** What secrets and configs with `environment:` hold, by `secrets.<key>` and `configs.<key>`. Secret: never shown or logged. */
  readonly variableContents: { readonly [path: string]: string };
  /** Who sets which variable, and what is shadowed. */
  readonly variables: LoadedVariables;
  /** Where the element at this path was written (the last file that set it); the nearest known ancestor when it was not written itself. */
  locate(path: ModelPath): Where | undefined;
}
