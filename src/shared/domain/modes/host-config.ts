import type { Json, JsonObject } from '../../kernel/json';
import type { ComposeMount, ComposeResource, ComposeService, LoadedCompose } from '../compose/model';
import { atMost, type HostCapacity } from '../services/presets';
import { compareText } from './active-mode';
import type { PayloadContext } from './container-payload';

/** A payload while it is put together: what is undefined is left out at the end. */
export type Plain = { [key: string]: Json | undefined };

/** The part of a create payload that is about the machine: mounts, ports, limits, rights. */
export function hostConfig(context: PayloadContext, networkMode: string): JsonObject {
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
    NetworkMode: networkMode,
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

/** `deploy.restart_policy` wins over `restart`, and one without a condition restarts nothing: both as in docker compose. */
function restartPolicy({ restart = '', deploy }: ComposeService): JsonObject {
  const policy = deploy?.restart_policy;
  if (policy !== undefined) {
    const names: { readonly [condition: string]: string } = { none: 'no', any: 'always' };
    const condition = policy.condition ?? '';
    return { Name: names[condition] ?? condition, MaximumRetryCount: policy.max_attempts ?? 0 };
  }
  if (restart === '') return { Name: '', MaximumRetryCount: 0 };
  const [name = 'no', attempts] = restart.split(':');
  return { Name: name, MaximumRetryCount: attempts === undefined ? 0 : Number(attempts) };
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

/** The engine takes an absent field for its default; undefined is no JSON. */
export function withoutUndefined(value: Plain): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}
