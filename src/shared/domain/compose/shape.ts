import type { ComposeNode, ScalarType } from './node';

/**
 * What may stand at a place of a compose file (compose-spec, JSON schema of the 2.x specification). A shape may
 * allow a scalar, a list and a mapping at once: short and long syntax.
 */
export interface Shape {
  readonly scalars?: readonly ScalarType[];
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  readonly range?: readonly [number, number];
  readonly items?: Shape;
  readonly unique?: boolean;
  readonly keys?: { readonly [key: string]: Shape };
  /** The shape of entries whose key is not in `keys`; `eachKey` limits those keys. */
  readonly each?: Shape;
  readonly eachKey?: RegExp;
  readonly required?: readonly string[];
  /** Keys that the tables do not know are passed over, as compose does at a few places. */
  readonly open?: boolean;
  /** `x-` keys are not allowed here. */
  readonly closed?: boolean;
  /** Anything goes below. */
  readonly anything?: boolean;
}

const NUMBER: readonly ScalarType[] = ['int', 'float'];
const text: Shape = { scalars: ['string'] };
const textOrInt: Shape = { scalars: ['string', 'int'] };
const textOrNumber: Shape = { scalars: ['string', ...NUMBER] };
const flag: Shape = { scalars: ['bool', 'string'] };
const texts: Shape = { items: text, unique: true };
const textOrTexts: Shape = { ...text, ...texts };
/** A key that is written at all. */
const someName = /./;
const pairs: Shape = { each: { scalars: ['string', ...NUMBER, 'bool', 'null', 'time'] }, eachKey: someName, closed: true, items: text, unique: true };
const options: Shape = { each: { scalars: ['string', ...NUMBER] }, eachKey: someName, closed: true };
const extraHosts: Shape = { each: { scalars: ['string'], items: text }, eachKey: someName, closed: true, items: text, unique: true };
const command: Shape = { scalars: ['null', 'string'], items: text };
const named = /^[a-zA-Z0-9._-]+$/;
const fileReferences: Shape = { items: { ...text, keys: { source: text, target: text, uid: text, gid: text, mode: textOrNumber } } };
const ulimits: Shape = { each: { ...textOrInt, keys: { soft: textOrInt, hard: textOrInt }, required: ['soft', 'hard'] }, eachKey: /^[a-z]+$/, open: true };
const hook: Shape = { keys: { command, user: text, privileged: flag, working_dir: text, environment: pairs }, required: ['command'] };
const deviceRequest = { capabilities: texts, count: textOrInt, device_ids: texts, driver: text, options: pairs };
const weight: Shape = { scalars: ['int'], range: [0, 65_535] };
const blkioLimits: Shape = { items: { keys: { path: text, rate: textOrInt }, closed: true } };
const updateConfig: Shape = {
  keys: { parallelism: textOrInt, delay: text, failure_action: text, monitor: text, max_failure_ratio: textOrNumber, order: { ...text, oneOf: ['start-first', 'stop-first'] } },
};

const build: Shape = {
  ...text,
  keys: {
    context: text, dockerfile: text, dockerfile_inline: text, entitlements: { items: text }, args: pairs, ssh: pairs, labels: pairs,
    cache_from: { items: text }, cache_to: { items: text }, no_cache: flag, no_cache_filter: textOrTexts, additional_contexts: pairs, network: text,
    provenance: flag, sbom: flag, pull: flag, target: text, shm_size: textOrInt, extra_hosts: extraHosts, isolation: text, privileged: flag,
    secrets: fileReferences, tags: { items: text }, ulimits, platforms: { items: text },
  },
};

const deploy: Shape = {
  scalars: ['null'],
  keys: {
    mode: text, endpoint_mode: text, replicas: textOrInt, labels: pairs, rollback_config: updateConfig, update_config: updateConfig,
    resources: {
      keys: {
        limits: { keys: { cpus: textOrNumber, memory: text, pids: textOrInt } },
        reservations: {
          keys: {
            cpus: textOrNumber, memory: text,
            generic_resources: { items: { keys: { discrete_resource_spec: { keys: { kind: text, value: textOrNumber } } } } },
            devices: { items: { keys: deviceRequest, required: ['capabilities'] } },
          },
        },
      },
    },
    restart_policy: { keys: { condition: text, delay: text, max_attempts: { ...textOrInt, range: [0, Infinity] }, window: text } },
    placement: { keys: { constraints: { items: text }, preferences: { items: { keys: { spread: text } } }, max_replicas_per_node: textOrInt } },
  },
};

const develop: Shape = {
  scalars: ['null'],
  keys: {
    watch: {
      items: {
        keys: {
          path: text, action: { ...text, oneOf: ['rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec'] }, target: text,
          ignore: textOrTexts, include: textOrTexts, exec: hook, initial_sync: { scalars: ['bool'] },
        },
        required: ['path', 'action'],
      },
    },
  },
};

const volumes: Shape = {
  items: {
    ...text,
    keys: {
      type: { ...text, oneOf: ['bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'] }, source: text, target: text, read_only: flag, consistency: text,
      bind: { keys: { propagation: text, create_host_path: flag, recursive: { ...text, oneOf: ['enabled', 'disabled', 'writable', 'readonly'] }, selinux: { ...text, oneOf: ['z', 'Z'] } } },
      volume: { keys: { labels: pairs, nocopy: flag, subpath: text } },
      tmpfs: { keys: { size: { ...textOrInt, range: [0, Infinity] }, mode: { scalars: NUMBER } } },
      image: { keys: { subpath: text } },
    },
    required: ['type'],
  },
  unique: true,
};

const serviceNetwork: Shape = {
  scalars: ['null'],
  keys: {
    aliases: texts, interface_name: text, ipv4_address: text, ipv6_address: text, link_local_ips: texts, mac_address: text, driver_opts: options,
    priority: { scalars: NUMBER }, gw_priority: { scalars: NUMBER },
  },
};

const service: Shape = {
  keys: {
    develop, deploy, build, volumes, ulimits, command, entrypoint: command,
    annotations: pairs, attach: flag, environment: pairs, labels: pairs, sysctls: pairs,
    blkio_config: {
      keys: {
        device_read_bps: blkioLimits, device_read_iops: blkioLimits, device_write_bps: blkioLimits, device_write_iops: blkioLimits,
        weight, weight_device: { items: { keys: { path: text, weight }, closed: true } },
      },
      closed: true,
    },
    cap_add: texts, cap_drop: texts, cgroup: { ...text, oneOf: ['host', 'private'] }, cgroup_parent: text, configs: fileReferences, secrets: fileReferences,
    container_name: { ...text, pattern: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/ },
    cpu_count: { ...textOrInt, range: [0, Infinity] }, cpu_percent: { ...textOrInt, range: [0, 100] },
    cpu_shares: textOrNumber, cpu_quota: textOrNumber, cpu_period: textOrNumber, cpu_rt_period: textOrNumber, cpu_rt_runtime: textOrNumber, cpus: textOrNumber, cpuset: text,
    credential_spec: { keys: { config: text, file: text, registry: text } },
    depends_on: {
      ...texts,
      each: {
        keys: {
          restart: flag, required: { scalars: ['bool'] },
          condition: { ...text, oneOf: ['service_started', 'service_healthy', 'service_completed_successfully'] },
        },
        required: ['condition'],
      },
      eachKey: named, closed: true,
    },
    device_cgroup_rules: texts,
    devices: { items: { ...text, keys: { source: text, target: text, permissions: text }, required: ['source'] } },
    dns: textOrTexts, dns_opt: texts, dns_search: textOrTexts, domainname: text,
    env_file: { ...text, items: { ...text, keys: { path: text, format: text, required: flag }, required: ['path'], closed: true } },
    label_file: { ...text, items: text },
    expose: { items: textOrNumber, unique: true },
    extends: { ...text, keys: { service: text, file: text }, required: ['service'], closed: true },
    provider: { keys: { type: text, options: { each: { scalars: ['string', ...NUMBER, 'bool'], items: { scalars: ['string', ...NUMBER, 'bool'] } }, closed: true } }, required: ['type'] },
    external_links: texts, extra_hosts: extraHosts,
    gpus: { ...text, oneOf: ['all'], items: { keys: deviceRequest, open: true } },
    group_add: { items: textOrNumber, unique: true },
    healthcheck: {
      keys: { disable: flag, interval: text, retries: { ...textOrNumber, range: [0, Infinity] }, test: { ...text, items: text }, timeout: text, start_period: text, start_interval: text },
    },
    hostname: text, image: text, init: flag, ipc: text, isolation: text, links: texts,
    logging: { keys: { driver: text, options: { each: { scalars: ['string', ...NUMBER, 'null'] }, closed: true } } },
    mac_address: text, mem_limit: textOrNumber, mem_reservation: textOrInt, mem_swappiness: textOrInt, memswap_limit: textOrNumber, network_mode: text,
    models: { ...texts, each: { scalars: ['null'], keys: { endpoint_var: text, model_var: text } }, eachKey: named, closed: true },
    networks: { ...texts, each: serviceNetwork, eachKey: named, closed: true },
    oom_kill_disable: flag, oom_score_adj: { ...textOrInt, range: [-1000, 1000] }, pid: text, pids_limit: textOrNumber, platform: text,
    ports: {
      items: {
        scalars: [...NUMBER, 'string'],
        keys: { name: text, mode: text, host_ip: text, target: textOrInt, published: textOrInt, protocol: text, app_protocol: text },
      },
      unique: true,
    },
    post_start: { items: hook }, pre_stop: { items: hook }, privileged: flag, profiles: texts,
    pull_policy: { ...text, pattern: /always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/ },
    pull_refresh_after: text, read_only: flag, restart: text, runtime: text, scale: textOrInt, security_opt: texts, shm_size: textOrNumber, stdin_open: flag,
    stop_grace_period: text, stop_signal: text, storage_opt: { each: { scalars: ['string', ...NUMBER, 'bool', 'null', 'time'] }, closed: true }, tmpfs: textOrTexts, tty: flag,
    use_api_socket: { scalars: ['bool'] }, user: text, uts: text, userns_mode: text, volumes_from: texts, working_dir: text,
  },
};

const external: Shape = { scalars: ['bool', 'string'], keys: { name: text } };
const network: Shape = {
  scalars: ['null'],
  keys: {
    name: text, driver: text, driver_opts: options, external, internal: flag, enable_ipv4: flag, enable_ipv6: flag, attachable: flag, labels: pairs,
    ipam: {
      keys: {
        driver: text, options: { each: text, closed: true },
        config: { items: { keys: { subnet: text, ip_range: text, gateway: text, aux_addresses: { each: text, closed: true } } } },
      },
    },
  },
};
const externalFile: Shape = { ...external, open: true };
const fileObject = { name: text, environment: text, file: text, external: externalFile, labels: pairs, template_driver: text };

/** The shape of a whole compose file. */
export const COMPOSE_FILE: Shape = {
  keys: {
    version: text, name: text,
    include: { items: { ...text, keys: { path: textOrTexts, env_file: textOrTexts, project_directory: text }, closed: true } },
    services: { each: service, eachKey: named, closed: true },
    models: { each: { keys: { name: text, model: text, context_size: { scalars: ['int'] }, runtime_flags: { items: text } }, required: ['model'] }, eachKey: named, closed: true },
    networks: { each: network, eachKey: named, open: true },
    volumes: { each: { scalars: ['null'], keys: { name: text, driver: text, driver_opts: options, external, labels: pairs } }, eachKey: named, closed: true },
    secrets: { each: { keys: { ...fileObject, driver: text, driver_opts: options } }, eachKey: named, closed: true },
    configs: { each: { keys: { ...fileObject, content: text } }, eachKey: named, closed: true },
  },
};

/** What a place takes, in words. */
export function shapeInWords(shape: Shape): string {
  const words: string[] = [];
  const scalars = (shape.scalars ?? []).filter((type) => type !== 'null');
  if (shape.oneOf !== undefined) words.push(`one of ${shape.oneOf.join(', ')}`);
  else if (scalars.includes('string')) words.push('a text');
  if (scalars.includes('int')) words.push('a number');
  if (scalars.includes('bool')) words.push('true or false');
  if (shape.items !== undefined) words.push('a list');
  if (shape.keys !== undefined || shape.each !== undefined) words.push('a mapping');
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}` : (words[0] ?? 'nothing');
}

/** Whether a scalar fits a shape; ranges and patterns are told apart by the caller. */
export function takesScalar(shape: Shape, node: ComposeNode & { kind: 'scalar' }): boolean {
  const types = shape.scalars ?? [];
  if (types.includes(node.type)) return true;
  // A float without a fraction is an integer to compose.
  return node.type === 'float' && types.includes('int') && Number.isInteger(node.value);
}
