import type { ComposeHealthcheck, ComposeMount, ComposeResource, ComposeService, HashDialect, LoadedCompose } from '../compose/model';
import type { Json, JsonObject } from '../../kernel/json';
import { isReservedLabel } from '../engine/verdict-table';
import { atMost, type HostCapacity } from '../services/presets';
import { compareText } from './active-mode';
import { dependenciesOf } from './dependency-order';
import { durationMs, durationNanoseconds } from './go-duration';
import { BERTH_LABEL, containerName } from './naming';

/** What a payload needs beyond the compose model: things only known once images, parents and names are. */
export interface PayloadContext {
  readonly compose: LoadedCompose;
  readonly service: string;
  /** The service with `service:x` references already replaced by container ids. */
  readonly definition: ComposeService;
  readonly configHash: string;
  readonly number: number;
  readonly imageReference: string;
  readonly imageId: string;
  /** Anonymous volumes taken over from the container it replaces. */
  readonly inherited: readonly { readonly volume: string; readonly target: string }[];
  /** Name of the container it replaces; undefined when it replaces none. */
  readonly replaces?: string | undefined;
  readonly mode: string;
  readonly transaction: string;
  /** From this engine API on, a container is created with all its networks at once. */
  readonly allNetworksAtOnce: boolean;
  /** What the engine's machine has: more is not asked for. */
  readonly host?: HostCapacity | undefined;
}

/** A container ready to be created: the create payload, then the networks to connect it to before its start. */
export interface ContainerMaking {
  readonly payload: JsonObject;
  readonly connect: readonly { readonly network: string; readonly endpoint: JsonObject }[];
}

/** Version that Berth writes into compose's version label: the docker compose whose hash dialect it writes. */
export const LABELLED_COMPOSE_VERSION: { readonly [D in HashDialect]: string } = { v5: '5.0.2', v2: '2.40.3' };

type Plain = { [key: string]: Json | undefined };

/** Builds what POST /containers/create takes, as docker compose makes it; binds go through the mounts API so that the engine never creates a missing source. */
export function containerPayload(context: PayloadContext, dialect: HashDialect = 'v5'): ContainerMaking {
  const { definition } = context;
  const networks = networkAttachments(context);
  const first = context.allNetworksAtOnce ? networks : networks.slice(0, 1);
  const exposed: Plain = {};
  for (const expose of definition.expose ?? []) exposed[expose.includes('/') ? expose : `${expose}/tcp`] = {};
  for (const port of definition.ports ?? []) exposed[`${String(port.target)}/${port.protocol}`] = {};
  const grace = durationMs(definition.stop_grace_period);
  const payload: Plain = {
    Hostname: definition.hostname,
    Domainname: definition.domainname,
    User: definition.user,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: definition.tty ?? false,
    OpenStdin: definition.stdin_open ?? false,
    StdinOnce: false,
    Env: environmentList(definition),
    Cmd: definition.command === null ? null : [...definition.command],
    Entrypoint: definition.entrypoint === null ? null : [...definition.entrypoint],
    Image: context.imageReference,
    Labels: containerLabels(context, dialect),
    WorkingDir: definition.working_dir,
    StopSignal: definition.stop_signal,
    StopTimeout: grace === undefined ? undefined : Math.ceil(grace / 1000),
    ExposedPorts: exposed,
    Healthcheck: healthcheck(definition.healthcheck),
    HostConfig: hostConfig(context),
    NetworkingConfig: first.length === 0 ? undefined : { EndpointsConfig: Object.fromEntries(first.map((one) => [one.network, one.endpoint])) },
    ...(definition.mac_address === undefined || context.allNetworksAtOnce ? {} : { MacAddress: definition.mac_address }),
  };
  return { payload: withoutUndefined(payload), connect: context.allNetworksAtOnce ? [] : networks.slice(1) };
}

/** The labels of docker compose, then the user's, then Berth's own. */
export function containerLabels(context: PayloadContext, dialect: HashDialect): { readonly [key: string]: string } {
  const { compose, definition } = context;
  const dependsOn = dependenciesOf(definition)
    .map((one) => `${one.service}:${one.condition}:${String(one.restart)}`)
    .join(',');
  return {
    'com.docker.compose.project': compose.model.name,
    'com.docker.compose.service': context.service,
    'com.docker.compose.version': LABELLED_COMPOSE_VERSION[dialect],
    'com.docker.compose.config-hash': context.configHash,
    'com.docker.compose.container-number': String(context.number),
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.image': context.imageId,
    'com.docker.compose.depends_on': dependsOn,
    'com.docker.compose.project.working_dir': compose.projectDir,
    'com.docker.compose.project.config_files': compose.files.join(','),
    ...(compose.envFiles.length === 0 ? {} : { 'com.docker.compose.project.environment_file': compose.envFiles.join(',') }),
    ...(context.replaces === undefined ? {} : { 'com.docker.compose.replace': context.replaces }),
    ...ownLabels(definition.labels),
    [BERTH_LABEL.transaction]: context.transaction,
    [BERTH_LABEL.mode]: context.mode,
    ...(context.inherited.length === 0 ? {} : { [BERTH_LABEL.anonymous]: context.inherited.map((one) => one.volume).join(',') }),
  };
}

/** What a file says of whose a thing is counts for nothing: those labels are set here alone. A finding says so before (findUnsupported). */
export function ownLabels(labels: { readonly [key: string]: string } | undefined): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !isReservedLabel(name)));
}

/** Payload of POST /networks/create for a network of the model (its name is passed beside it). */
export function networkPayload(compose: LoadedCompose, key: string, transaction: string, dialect: HashDialect = 'v5'): JsonObject {
  const network = compose.model.networks[key];
  if (network === undefined) throw new Error(`no network ${key} in the model`);
  const pools = (network.ipam.config ?? []).map((pool) => withoutUndefined({ Subnet: pool.subnet, Gateway: pool.gateway, IPRange: pool.ip_range, AuxiliaryAddresses: pool.aux_addresses as Json | undefined }));
  return withoutUndefined({
    CheckDuplicate: true,
    Driver: network.driver ?? 'bridge',
    Options: network.driver_opts as Json | undefined,
    IPAM: pools.length === 0 && network.ipam.driver === undefined ? undefined : withoutUndefined({ Driver: network.ipam.driver ?? 'default', Config: pools }),
    Internal: network.internal ?? false,
    Attachable: network.attachable ?? false,
    EnableIPv6: network.enable_ipv6,
    Labels: {
      ...ownLabels(network.labels),
      'com.docker.compose.project': compose.model.name,
      'com.docker.compose.network': key,
      'com.docker.compose.version': LABELLED_COMPOSE_VERSION[dialect],
      'com.docker.compose.config-hash': compose.networkHashes[key] ?? '',
      [BERTH_LABEL.transaction]: transaction,
    },
  });
}

/** Payload of POST /volumes/create for a volume of the model. */
export function volumePayload(compose: LoadedCompose, key: string, transaction: string, dialect: HashDialect = 'v5'): JsonObject {
  const volume = compose.model.volumes[key];
  if (volume === undefined) throw new Error(`no volume ${key} in the model`);
  return withoutUndefined({
    Driver: volume.driver ?? 'local',
    DriverOpts: volume.driver_opts as Json | undefined,
    Labels: {
      ...ownLabels(volume.labels),
      'com.docker.compose.project': compose.model.name,
      'com.docker.compose.volume': key,
      'com.docker.compose.version': LABELLED_COMPOSE_VERSION[dialect],
      'com.docker.compose.config-hash': compose.volumeHashes[key] ?? '',
      [BERTH_LABEL.transaction]: transaction,
    },
  });
}

/** Networks in the order docker compose gives them: highest priority first, then by key. */
function networkAttachments(context: PayloadContext): readonly { readonly network: string; readonly endpoint: JsonObject }[] {
  const { compose, definition, service, number } = context;
  if (definition.network_mode !== undefined) return [];
  const keys = Object.keys(definition.networks ?? {}).sort((a, b) => (definition.networks?.[b]?.priority ?? 0) - (definition.networks?.[a]?.priority ?? 0) || compareText(a, b));
  const links = (definition.links ?? []).map((link) => linkText(compose.model.name, compose.model.services, link));
  return keys.map((key) => {
    const own = definition.networks?.[key] ?? {};
    const ipam = withoutUndefined({ IPv4Address: own.ipv4_address, IPv6Address: own.ipv6_address, LinkLocalIPs: own.link_local_ips === undefined ? undefined : [...own.link_local_ips] });
    const aliases = [...new Set([containerName(compose.model.name, service, definition, number), service, ...(own.aliases ?? [])])];
    return {
      network: compose.model.networks[key]?.name ?? key,
      endpoint: withoutUndefined({
        Aliases: aliases,
        IPAMConfig: Object.keys(ipam).length === 0 ? undefined : ipam,
        Links: [...links, ...(definition.external_links ?? [])].length === 0 ? undefined : [...links, ...(definition.external_links ?? [])],
        DriverOpts: own.driver_opts as Json | undefined,
        MacAddress: context.allNetworksAtOnce ? (own.mac_address ?? definition.mac_address) : own.mac_address,
        GwPriority: context.allNetworksAtOnce ? own.gw_priority : undefined,
      }),
    };
  });
}

function linkText(project: string, services: LoadedCompose['model']['services'], link: string): string {
  const [service = link, alias] = link.split(':');
  return `${containerName(project, service, services[service] ?? {}, 1)}:${alias ?? service}`;
}

function environmentList(definition: ComposeService): readonly string[] {
  return Object.entries(definition.environment ?? {})
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, value]) => (value === null ? name : `${name}=${value}`));
}

function healthcheck(check: ComposeHealthcheck | undefined): JsonObject | undefined {
  if (check === undefined) return undefined;
  if (check.disable === true) return { Test: ['NONE'] };
  return withoutUndefined({
    Test: check.test === undefined ? undefined : [...check.test],
    Interval: durationNanoseconds(check.interval),
    Timeout: durationNanoseconds(check.timeout),
    StartPeriod: durationNanoseconds(check.start_period),
    StartInterval: durationNanoseconds(check.start_interval),
    Retries: check.retries,
  });
}

function hostConfig(context: PayloadContext): JsonObject {
  const { definition } = context;
  const { binds, mounts } = storage(context);
  const unconfined = (definition.security_opt ?? []).some((one) => one === 'systempaths=unconfined' || one === 'systempaths:unconfined');
  const tmpfs: Plain = {};
  for (const one of definition.tmpfs ?? []) {
    const [target, ...options] = one.split(':');
    if (target !== undefined) tmpfs[target] = options.join(':');
  }
  return withoutUndefined({
    AutoRemove: false,
    Annotations: definition.annotations as Json | undefined,
    Binds: binds.length === 0 ? null : binds,
    Mounts: mounts.length === 0 ? undefined : mounts,
    CapAdd: list(definition.cap_add?.map(capability)),
    CapDrop: list(definition.cap_drop?.map(capability)),
    NetworkMode: networkMode(context),
    Init: definition.init,
    IpcMode: definition.ipc,
    CgroupnsMode: definition.cgroup,
    ReadonlyRootfs: definition.read_only ?? false,
    RestartPolicy: restartPolicy(definition),
    ShmSize: bytes(definition.shm_size),
    Sysctls: definition.sysctls as Json | undefined,
    PortBindings: portBindings(definition),
    VolumeDriver: definition.volume_driver,
    VolumesFrom: list(definition.volumes_from?.map((one) => (one.startsWith('container:') ? one.slice('container:'.length) : one))),
    Dns: list(definition.dns),
    DnsSearch: list(definition.dns_search),
    DnsOptions: list(definition.dns_opt),
    ExtraHosts: list(definition.extra_hosts?.map((one) => one.replace('=', ':'))) ?? [],
    SecurityOpt: list((definition.security_opt ?? []).filter((one) => !/^systempaths[=:]unconfined$/.test(one))),
    ...(unconfined ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    StorageOpt: definition.storage_opt as Json | undefined,
    UsernsMode: definition.userns_mode,
    UTSMode: definition.uts,
    Privileged: definition.privileged ?? false,
    PidMode: definition.pid,
    Tmpfs: Object.keys(tmpfs).length === 0 ? undefined : tmpfs,
    Isolation: definition.isolation,
    Runtime: definition.runtime,
    LogConfig: definition.logging === undefined ? { Type: '', Config: null } : withoutUndefined({ Type: definition.logging.driver ?? '', Config: definition.logging.options as Json | undefined }),
    GroupAdd: list(definition.group_add),
    OomScoreAdj: definition.oom_score_adj ?? 0,
    ...resources(definition, context.host),
  });
}

function networkMode(context: PayloadContext): string {
  const { definition } = context;
  if (definition.network_mode !== undefined) return definition.network_mode;
  return networkAttachments(context)[0]?.network ?? 'none';
}

/** `restart:` wins over `deploy.restart_policy`, as in docker compose. */
function restartPolicy(definition: ComposeService): JsonObject {
  if (definition.restart !== undefined && definition.restart !== '') {
    const [name = 'no', attempts] = definition.restart.split(':');
    return { Name: name, MaximumRetryCount: attempts === undefined ? 0 : Number(attempts) };
  }
  const policy = definition.deploy?.restart_policy;
  if (policy === undefined) return { Name: '', MaximumRetryCount: 0 };
  const names: { readonly [condition: string]: string } = { none: 'no', any: 'always', 'on-failure': 'on-failure' };
  return { Name: names[policy.condition ?? 'any'] ?? policy.condition ?? 'always', MaximumRetryCount: policy.max_attempts ?? 0 };
}

function portBindings(definition: ComposeService): JsonObject {
  const bindings: { [key: string]: Json[] } = {};
  for (const port of definition.ports ?? []) {
    const key = `${String(port.target)}/${port.protocol}`;
    (bindings[key] ??= []).push({ HostIp: port.host_ip ?? '', HostPort: port.published ?? '' });
  }
  return bindings;
}

function resources(definition: ComposeService, host: HostCapacity | undefined): Plain {
  const limits: ComposeResource = definition.deploy?.resources.limits ?? {};
  const reservations: ComposeResource = definition.deploy?.resources.reservations ?? {};
  const cpus = limits.cpus ?? definition.cpus;
  const requests = [...(reservations.devices ?? []), ...((definition.gpus ?? []) as readonly NonNullable<ComposeResource['devices']>[number][]).map((one) => ({ ...one, capabilities: [...(one.capabilities ?? []), 'gpu'] }))];
  return {
    CgroupParent: definition.cgroup_parent,
    Memory: bytesAtMost(limits.memory ?? definition.mem_limit, host?.memoryBytes),
    MemoryReservation: bytesAtMost(reservations.memory ?? definition.mem_reservation, host?.memoryBytes),
    MemorySwap: bytes(definition.memswap_limit),
    MemorySwappiness: definition.mem_swappiness === undefined ? undefined : Number(definition.mem_swappiness),
    NanoCpus: cpus === undefined ? undefined : Math.round(atMost(cpus, host?.cpus) * 1e9),
    CpuCount: definition.cpu_count,
    CpuPercent: definition.cpu_percent,
    CpuPeriod: definition.cpu_period,
    CpuQuota: definition.cpu_quota,
    CpuRealtimePeriod: definition.cpu_rt_period,
    CpuRealtimeRuntime: definition.cpu_rt_runtime,
    CpuShares: definition.cpu_shares,
    CpusetCpus: definition.cpuset,
    PidsLimit: limits.pids ?? definition.pids_limit,
    OomKillDisable: definition.oom_kill_disable === true ? true : undefined,
    Devices: definition.devices === undefined ? undefined : definition.devices.map((one) => ({ PathOnHost: one.source, PathInContainer: one.target, CgroupPermissions: one.permissions ?? 'rwm' })),
    DeviceCgroupRules: list(definition.device_cgroup_rules),
    DeviceRequests:
      requests.length === 0
        ? undefined
        : requests.map((one) =>
            withoutUndefined({ Driver: one.driver, Count: one.device_ids === undefined ? (one.count ?? -1) : undefined, DeviceIDs: list(one.device_ids), Capabilities: [[...(one.capabilities ?? [])]], Options: one.options as Json | undefined }),
          ),
    Ulimits: definition.ulimits === undefined ? undefined : Object.entries(definition.ulimits).sort(([a], [b]) => compareText(a, b)).map(([name, value]) => (typeof value === 'number' ? { Name: name, Soft: value, Hard: value } : { Name: name, Soft: value.soft, Hard: value.hard })),
    ...blockIo(definition.blkio_config),
  };
}

function blockIo(config: ComposeService['blkio_config']): Plain {
  if (config === undefined) return {};
  const rates = (key: string): Json | undefined => {
    const entries = config[key];
    return Array.isArray(entries) ? entries.map((one: { path?: string; rate?: string | number }) => ({ Path: one.path ?? '', Rate: Number(one.rate ?? 0) })) : undefined;
  };
  const weights = config['weight_device'];
  return {
    BlkioWeight: typeof config['weight'] === 'number' ? config['weight'] : undefined,
    BlkioWeightDevice: Array.isArray(weights) ? weights.map((one: { path?: string; weight?: number }) => ({ Path: one.path ?? '', Weight: one.weight ?? 0 })) : undefined,
    BlkioDeviceReadBps: rates('device_read_bps'),
    BlkioDeviceReadIOps: rates('device_read_iops'),
    BlkioDeviceWriteBps: rates('device_write_bps'),
    BlkioDeviceWriteIOps: rates('device_write_iops'),
  };
}

function storage(context: PayloadContext): { readonly binds: readonly string[]; readonly mounts: readonly JsonObject[] } {
  const { compose, definition } = context;
  const binds: string[] = [];
  const mounts: JsonObject[] = [];
  const inherited = new Map(context.inherited.map((one) => [one.target, one.volume]));
  for (const mount of definition.volumes ?? []) {
    if (mount.type === 'bind' && mount.bind?.selinux !== undefined && mount.bind.selinux !== '') {
      const options = [mount.read_only === true ? 'ro' : 'rw', mount.bind.selinux, mount.bind.propagation ?? ''].filter((one) => one !== '').join(',');
      binds.push(`${mount.source ?? ''}:${mount.target}:${options}`);
      continue;
    }
    const taken = mount.type === 'volume' && mount.source === undefined ? inherited.get(mount.target) : undefined;
    if (taken !== undefined) inherited.delete(mount.target);
    mounts.push(mountPayload(compose, mount, taken));
  }
  for (const [target, volume] of [...inherited].sort(([a], [b]) => compareText(a, b))) mounts.push({ Type: 'volume', Source: volume, Target: target });
  for (const [kind, folder] of [['secrets', '/run/secrets/'], ['configs', '/']] as const) {
    for (const reference of definition[kind] ?? []) {
      const object = compose.model[kind][reference.source];
      if (object?.file === undefined) continue;
      mounts.push({ Type: 'bind', Source: object.file, Target: fileObjectTarget(reference.target ?? reference.source, folder), ReadOnly: true });
    }
  }
  return { binds, mounts };
}

/** Where a secret or config lands: an absolute target as it is, any other beneath its folder. */
export function fileObjectTarget(target: string, folder: string): string {
  return target.startsWith('/') ? target : `${folder}${target}`;
}

function mountPayload(compose: LoadedCompose, mount: ComposeMount, inherited: string | undefined): JsonObject {
  const base = { Target: mount.target, ReadOnly: mount.read_only === true ? true : undefined, Consistency: mount.consistency };
  if (mount.type === 'bind') {
    const propagation = mount.bind?.propagation;
    const options = withoutUndefined({ Propagation: propagation, NonRecursive: mount.bind?.recursive === 'disabled' ? true : undefined });
    return withoutUndefined({ Type: 'bind', Source: mount.source, ...base, BindOptions: Object.keys(options).length === 0 ? undefined : options });
  }
  if (mount.type === 'tmpfs') {
    const options = withoutUndefined({ SizeBytes: bytes(mount.tmpfs?.size), Mode: mount.tmpfs?.mode });
    return withoutUndefined({ Type: 'tmpfs', ...base, TmpfsOptions: Object.keys(options).length === 0 ? undefined : options });
  }
  if (mount.type === 'volume') {
    const volume = mount.source === undefined ? undefined : compose.model.volumes[mount.source];
    const options = withoutUndefined({ NoCopy: mount.volume?.nocopy === true ? true : undefined, Labels: mount.volume?.labels as Json | undefined, Subpath: mount.volume?.subpath });
    return withoutUndefined({ Type: 'volume', Source: inherited ?? volume?.name ?? mount.source, ...base, VolumeOptions: Object.keys(options).length === 0 ? undefined : options });
  }
  return withoutUndefined({ Type: mount.type, Source: mount.source, ...base });
}

/** As docker compose spells them: CAP_NET_ADMIN, ALL. */
function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

function bytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function bytesAtMost(text: string | undefined, most: number | undefined): number | undefined {
  const value = bytes(text);
  return value === undefined ? undefined : atMost(value, most);
}

function list(values: readonly string[] | undefined): readonly string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : [...values];
}

function withoutUndefined(value: Plain): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}
