import { listOf, objectOf, textOf } from './read-json';

/**
 * What is said of a field of a payload once its project is trusted (an untrusted project sends nothing at all): `allow`
 * = any value; `ask` = what it says is made into risky facts (payload-surface.ts, risky-facts.ts), and it passes only
 * when the user agreed to them; `refuse` = never with a value in it. A function allows the values it says yes to. A
 * field that is not in the table is refused.
 */
export type FieldVerdict = 'allow' | 'ask' | 'refuse' | ((value: unknown) => boolean);

/** Fields with what is inside them: an object = only these fields, a list of one = a list of such, `each` = any names, all of one shape. */
export type VerdictShape = FieldVerdict | { readonly [field: string]: VerdictShape } | readonly [VerdictShape] | EachShape;

/** A map whose keys are names that somebody chose. */
export class EachShape {
  constructor(readonly shape: VerdictShape) {}
}

function fields(verdict: FieldVerdict, names: string): { readonly [field: string]: VerdictShape } {
  return Object.fromEntries(names.split(/\s+/).filter((name) => name !== '').map((name) => [name, verdict]));
}

const allow = (names: string): { readonly [field: string]: VerdictShape } => fields('allow', names);
const ask = (names: string): { readonly [field: string]: VerdictShape } => fields('ask', names);
const refuse = (names: string): { readonly [field: string]: VerdictShape } => fields('refuse', names);
const oneOf = (...values: readonly unknown[]) => (value: unknown): boolean => values.includes(value);

/** Only what the mounts API cannot say goes through Binds: a host folder with a SELinux label. A missing source would be made by the engine, as root. */
function labelledBindsOnly(value: unknown): boolean {
  return listOf(value).every((bind) => /^(?:\/|[A-Za-z]:[\\/]).*:(?:[a-z]+,)*[zZ](?:,[a-z]+)*$/.test(textOf(bind)));
}

/** Nothing is masked, or the engine decides: a list of one's own would open what it does not name. */
function wholeListOnly(value: unknown): boolean {
  return listOf(value).length === 0;
}

/** Labels that say whose a thing is. Berth sets these itself; any other of these prefixes pretends. */
const RESERVED_LABELS = new Set(
  `com.docker.compose.project com.docker.compose.service com.docker.compose.version com.docker.compose.config-hash com.docker.compose.container-number
  com.docker.compose.oneoff com.docker.compose.image com.docker.compose.depends_on com.docker.compose.project.working_dir com.docker.compose.project.config_files
  com.docker.compose.project.environment_file com.docker.compose.replace com.docker.compose.network com.docker.compose.volume com.docker.compose.slug
  com.docker.compose.image.builder com.docker.compose.volume.anonymous`.split(/\s+/),
);

/** True for a label only docker compose or Berth may set. */
export function isReservedLabel(name: string): boolean {
  return /^(?:com\.docker\.compose|dev\.berth)(?:\.|$)/i.test(name);
}

/** Berth's own prefix is open: what it sets there is its own matter, and what a file says there was taken out before. */
function knownLabelsOnly(value: unknown): boolean {
  return Object.keys(objectOf(value)).every((name) => !isReservedLabel(name) || RESERVED_LABELS.has(name) || name.startsWith('dev.berth.'));
}

const ENDPOINT: VerdictShape = {
  ...allow('Aliases IPAMConfig DriverOpts MacAddress GwPriority'),
  // Aliases for containers of the same network; the engine resolves them, they open nothing.
  ...allow('Links'),
  ...refuse('NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames'),
};

const MOUNT: VerdictShape = {
  Type: oneOf('bind', 'volume', 'tmpfs', 'image'),
  Source: 'ask',
  ...allow('Target ReadOnly Consistency'),
  BindOptions: { Propagation: 'ask', ...allow('NonRecursive ReadOnlyNonRecursive ReadOnlyForceRecursive'), ...refuse('CreateMountpoint') },
  VolumeOptions: { ...allow('NoCopy Labels Subpath'), DriverConfig: ask('Name Options') },
  TmpfsOptions: allow('SizeBytes Mode Options'),
  ImageOptions: allow('Subpath'),
};

const HOST_CONFIG: VerdictShape = {
  ...allow(`AutoRemove BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CapDrop
    ConsoleSize CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems Dns DnsOptions DnsSearch
    ExtraHosts GroupAdd IOMaximumBandwidth IOMaximumIOps Init KernelMemory KernelMemoryTCP Memory MemoryReservation MemorySwap MemorySwappiness
    NanoCpus OomKillDisable OomScoreAdj PidsLimit PortBindings ReadonlyRootfs ShmSize StorageOpt Sysctls Tmpfs Ulimits`),
  ...ask(`Annotations CapAdd CgroupParent CgroupnsMode DeviceCgroupRules DeviceRequests Devices IpcMode NetworkMode PidMode Privileged Runtime
    SecurityOpt UTSMode UsernsMode VolumeDriver VolumesFrom`),
  ...refuse('Cgroup ContainerIDFile Links PublishAllPorts'),
  Binds: labelledBindsOnly,
  Isolation: oneOf('', 'default', null, undefined),
  LogConfig: { Type: 'ask', Config: 'allow' },
  MaskedPaths: wholeListOnly,
  ReadonlyPaths: wholeListOnly,
  RestartPolicy: { Name: oneOf('', 'no', 'always', 'unless-stopped', 'on-failure'), MaximumRetryCount: 'allow' },
  Mounts: [MOUNT],
};

const LABELS: VerdictShape = knownLabelsOnly;

/** Fields of the bodies that make or change something. An effect that is missing here takes no body. */
export const BODY_TABLE: { readonly [effect: string]: VerdictShape } = {
  'create-container': {
    ...allow(`ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts Hostname Image MacAddress OpenStdin Shell
      StdinOnce StopSignal StopTimeout Tty User Volumes WorkingDir`),
    // It only takes away: a container without any network.
    ...allow('NetworkDisabled'),
    ...refuse('OnBuild'),
    Labels: LABELS,
    Healthcheck: allow('Test Interval Timeout Retries StartPeriod StartInterval'),
    HostConfig: HOST_CONFIG,
    NetworkingConfig: { EndpointsConfig: new EachShape(ENDPOINT) },
  },
  'create-network': {
    ...allow('Name CheckDuplicate Internal Attachable EnableIPv4 EnableIPv6'),
    ...refuse('Ingress ConfigOnly ConfigFrom'),
    Driver: 'ask',
    Options: 'ask',
    Scope: oneOf('', 'local', undefined),
    IPAM: { Driver: oneOf('', 'default', undefined), Config: 'allow', Options: 'refuse' },
    Labels: LABELS,
  },
  'create-volume': { Name: 'allow', Driver: 'ask', DriverOpts: 'ask', Labels: LABELS },
  'create-exec': { ...allow('AttachStdin AttachStdout AttachStderr ConsoleSize Tty Env Cmd User WorkingDir'), ...refuse('Privileged DetachKeys') },
  'start-exec': allow('Detach Tty ConsoleSize'),
  'join-network': { Container: 'allow', EndpointConfig: ENDPOINT, Force: 'allow' },
  'update-container': { RestartPolicy: { Name: oneOf('', 'no', 'always', 'unless-stopped', 'on-failure'), MaximumRetryCount: 'allow' } },
};

/** Parameters of the addresses that make or change something. An effect that is missing here takes none. */
export const QUERY_TABLE: { readonly [effect: string]: { readonly [name: string]: VerdictShape } } = {
  'create-container': allow('name platform'),
  'change-container': { ...allow('t signal name force v path noOverwriteDirNonDir copyUIDGID'), ...refuse('link') },
  'start-exec': {},
  'resize-exec': allow('h w'),
  'attach-container': allow('stream stdin stdout stderr'),
  pull: { ...allow('fromImage tag platform'), ...refuse('fromSrc repo message changes inputImage') },
  tag: allow('repo tag'),
  untag: allow('force noprune'),
  'prune-build-cache': allow('filters'),
  build: {
    ...allow('dockerfile t buildargs labels nocache pull rm forcerm target platform shmsize cachefrom extrahosts version session buildid authconfig registryconfig'),
    networkmode: oneOf('', 'default', 'bridge', 'none', 'host'),
    ...refuse('remote cpusetcpus cpushares memory memswap cpuperiod cpuquota cgroupparent isolation squash outputs ulimits securityopt'),
  },
};
