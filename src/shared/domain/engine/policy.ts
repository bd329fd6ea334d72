import { fieldOf, listOf, objectOf } from './read-json';

/** What a call to the engine does, for the rule that judges it. */
export type EndpointEffect =
  | 'read'
  | 'create-container'
  | 'change-container'
  | 'create-network'
  | 'remove-network'
  | 'join-network'
  | 'create-volume'
  | 'remove-volume'
  | 'build'
  | 'session'
  | 'pull'
  | 'tag'
  | 'untag'
  | 'prune-build-cache'
  | 'create-exec'
  | 'start-exec';

/** One endpoint Berth uses. `subject` is the id or name inside the path. */
export interface Endpoint {
  readonly effect: EndpointEffect;
  readonly subject: string;
}

const ID = '([a-zA-Z0-9][a-zA-Z0-9_.-]*)';
const REFERENCE = '([a-zA-Z0-9][a-zA-Z0-9_.:@/-]*)';

const ENDPOINTS: readonly (readonly [methods: string, path: RegExp, effect: EndpointEffect])[] = [
  ['GET HEAD', /^\/_ping$/, 'read'],
  ['GET', /^\/(?:version|info|events|networks|volumes|system\/df)$/, 'read'],
  ['GET', /^\/(?:containers|images)\/json$/, 'read'],
  ['GET', new RegExp(`^/containers/${ID}/(?:json|logs|top|stats|archive)$`), 'read'],
  ['HEAD', new RegExp(`^/containers/${ID}/archive$`), 'read'],
  ['POST', new RegExp(`^/containers/${ID}/wait$`), 'read'],
  ['GET', new RegExp(`^/networks/${ID}$`), 'read'],
  ['GET', new RegExp(`^/volumes/${ID}$`), 'read'],
  ['GET', new RegExp(`^/images/${REFERENCE}/json$`), 'read'],
  ['GET', new RegExp(`^/exec/${ID}/json$`), 'read'],
  ['POST', /^\/containers\/create$/, 'create-container'],
  ['POST', new RegExp(`^/containers/${ID}/(?:start|stop|kill|restart|rename|update)$`), 'change-container'],
  ['PUT', new RegExp(`^/containers/${ID}/archive$`), 'change-container'],
  ['DELETE', new RegExp(`^/containers/${ID}$`), 'change-container'],
  ['POST', new RegExp(`^/containers/${ID}/exec$`), 'create-exec'],
  ['POST', new RegExp(`^/exec/${ID}/start$`), 'start-exec'],
  ['POST', /^\/networks\/create$/, 'create-network'],
  ['DELETE', new RegExp(`^/networks/${ID}$`), 'remove-network'],
  ['POST', new RegExp(`^/networks/${ID}/(?:connect|disconnect)$`), 'join-network'],
  ['POST', /^\/volumes\/create$/, 'create-volume'],
  ['DELETE', new RegExp(`^/volumes/${ID}$`), 'remove-volume'],
  ['POST', /^\/build$/, 'build'],
  ['POST', /^\/session$/, 'session'],
  ['POST', /^\/images\/create$/, 'pull'],
  ['POST', new RegExp(`^/images/${REFERENCE}/tag$`), 'tag'],
  ['DELETE', new RegExp(`^/images/${REFERENCE}$`), 'untag'],
  ['POST', /^\/build\/prune$/, 'prune-build-cache'],
];

/** The endpoint a call is for; null when Berth has no use for it, which refuses it. */
export function endpointOf(method: string, path: string): Endpoint | null {
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return null;
  for (const [methods, pattern, effect] of ENDPOINTS) {
    const match = methods.split(' ').includes(method) ? pattern.exec(path) : null;
    if (match !== null) return { effect, subject: match[1] ?? '' };
  }
  return null;
}

/** Fields of an object with what is inside them: true = any value, an object = only these fields, a list of one = a list of such. */
type Shape = true | { readonly [field: string]: Shape } | readonly [Shape];

function fields(names: string): { readonly [field: string]: Shape } {
  return Object.fromEntries(names.split(/\s+/).filter((name) => name !== '').map((name) => [name, true]));
}

const MOUNT: Shape = {
  ...fields('Type Source Target ReadOnly Consistency'),
  BindOptions: fields('Propagation NonRecursive CreateMountpoint ReadOnlyNonRecursive ReadOnlyForceRecursive'),
  VolumeOptions: { ...fields('NoCopy Labels Subpath'), DriverConfig: fields('Name Options') },
  TmpfsOptions: fields('SizeBytes Mode Options'),
  ImageOptions: fields('Subpath'),
};

const HOST_CONFIG: Shape = {
  ...fields(`Annotations AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeight
    BlkioWeightDevice CapAdd CapDrop Cgroup CgroupParent CgroupnsMode ConsoleSize CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod
    CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems DeviceCgroupRules DeviceRequests Devices Dns DnsOptions DnsSearch ExtraHosts GroupAdd
    IOMaximumBandwidth IOMaximumIOps Init IpcMode Isolation KernelMemory KernelMemoryTCP Links MaskedPaths Memory MemoryReservation MemorySwap
    MemorySwappiness NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit PortBindings Privileged PublishAllPorts ReadonlyPaths
    ReadonlyRootfs Runtime SecurityOpt ShmSize StorageOpt Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver VolumesFrom`),
  LogConfig: fields('Type Config'),
  RestartPolicy: fields('Name MaximumRetryCount'),
  Mounts: [MOUNT],
};

const CREATE_CONTAINER: Shape = {
  ...fields(`ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts Hostname Image Labels MacAddress
    NetworkDisabled OpenStdin Shell StdinOnce StopSignal StopTimeout Tty User Volumes WorkingDir`),
  Healthcheck: fields('Test Interval Timeout Retries StartPeriod StartInterval'),
  HostConfig: HOST_CONFIG,
  NetworkingConfig: fields('EndpointsConfig'),
};

const SHAPES: { readonly [E in EndpointEffect]?: Shape } = {
  'create-container': CREATE_CONTAINER,
  'create-network': fields('Name CheckDuplicate Driver Internal Attachable Ingress IPAM EnableIPv4 EnableIPv6 Options Labels Scope'),
  'create-volume': fields('Name Driver DriverOpts Labels'),
  'create-exec': fields('AttachStdin AttachStdout AttachStderr ConsoleSize Tty Env Cmd User WorkingDir'),
};

function unknownIn(value: unknown, shape: Shape, path: string): string | null {
  if (shape === true || value === null || value === undefined) return null;
  if (Array.isArray(shape)) {
    for (const [index, item] of listOf(value).entries()) {
      const found = unknownIn(item, (shape as readonly [Shape])[0], `${path}[${index}]`);
      if (found !== null) return found;
    }
    return Array.isArray(value) ? null : path;
  }
  if (typeof value !== 'object' || Array.isArray(value)) return path;
  for (const [field, inner] of Object.entries(objectOf(value))) {
    const here = path === '' ? field : `${path}.${field}`;
    if (!Object.hasOwn(shape, field)) return inner === undefined ? null : here;
    const found = unknownIn(inner, (shape as { readonly [field: string]: Shape })[field] ?? true, here);
    if (found !== null) return found;
  }
  return null;
}

/** The first field of a payload that Berth has no rule for, or null. A new field of the engine is refused until it has one. */
export function unknownField(effect: EndpointEffect, payload: unknown): string | null {
  const shape = SHAPES[effect];
  if (shape !== undefined) return unknownIn(payload, shape, '');
  // POST …/update may change the restart policy and nothing else.
  return null;
}

/** The only thing Berth changes in a container that exists. */
export function updateAllowed(payload: unknown): boolean {
  return Object.keys(objectOf(payload)).every((field) => field === 'RestartPolicy') && fieldOf(payload, 'RestartPolicy') !== undefined;
}
