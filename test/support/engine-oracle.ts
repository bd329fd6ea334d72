/**
 * A second opinion on what was sent to the engine, written from the Docker Engine API reference and from what a stranger's
 * compose file may not get by itself. It shares nothing with the product, so that a rule forgotten there is seen here.
 */
import { array, beneath, isNothing, isPlainAbsolute, json, names, object, own, string, type Fields } from './oracle-values';
import { judgeVolumeRun, saysVolumeRun } from './oracle-volume-run';

/** One request as it went over the wire; `answer` is the engine's JSON where it was kept. */
export interface SentRequest {
  readonly method: string;
  /** Without version and query. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | undefined };
  readonly body?: unknown;
  readonly answer?: unknown;
  /** What a build's session lets the engine call. */
  readonly offers?: readonly string[];
  /** False when the engine never got it. */
  readonly forwarded?: boolean;
}

/** What the user of a run agreed to. */
export interface DeclaredTrust {
  /** The compose project; null = any that has a folder beneath `roots`. */
  readonly project: string | null;
  /** Folders (real paths) in which projects lie. Binds reach into their own project's folder only. */
  readonly roots: readonly string[];
  /** False: not one change may be made for it. */
  readonly trusted: boolean;
  /** What was agreed to beyond that, for example `privileged`, `host:pid`, `cap:SYS_ADMIN`, `bind:/etc`, `socket`, `device:/dev/fuse`. */
  readonly grants: readonly string[];
}

const READ_ONLY_POST = /^\/containers\/[^/]+\/wait$/;
const PROJECT = 'com.docker.compose.project';
const WORKING_DIR = 'com.docker.compose.project.working_dir';
const SOCKET_FILE = /(?:^|\/)(?:docker|podman|containerd|crio|docker\.raw)\.sock$/i;
const SOCKET_DIR = /^\/(?:(?:var\/)?run(?:\/(?:podman|containerd|docker))?|var)?\/?$/;

/** ContainerConfig and HostConfig of `ContainerCreate`, API 1.41 to 1.47: those that only concern the container itself. */
const HARMLESS_CONFIG = names(`ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts Healthcheck Hostname Image
  Labels MacAddress OpenStdin Shell StdinOnce StopSignal StopTimeout Tty User Volumes WorkingDir HostConfig NetworkingConfig`);
const HARMLESS_HOST = names(`AutoRemove BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CapDrop
  ConsoleSize CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems Dns DnsOptions DnsSearch ExtraHosts
  GroupAdd IOMaximumBandwidth IOMaximumIOps Init KernelMemory KernelMemoryTCP Memory MemoryReservation MemorySwap MemorySwappiness NanoCpus OomKillDisable
  OomScoreAdj PidsLimit PortBindings ReadonlyRootfs ShmSize StorageOpt Sysctls Tmpfs Ulimits`);
const JUDGED_HOST = names(`Annotations Binds CapAdd CgroupParent CgroupnsMode DeviceCgroupRules DeviceRequests Devices IpcMode Isolation LogConfig MaskedPaths
  Mounts NetworkMode PidMode Privileged ReadonlyPaths RestartPolicy Runtime SecurityOpt UTSMode UsernsMode VolumeDriver VolumesFrom`);
const NETWORK_FIELDS = names('Name CheckDuplicate Driver Internal Attachable EnableIPv4 EnableIPv6 IPAM Labels Options Scope');
const VOLUME_FIELDS = names('Name Driver DriverOpts Labels');
const BUILD_QUERY = names('dockerfile t buildargs labels nocache pull rm forcerm target platform shmsize cachefrom extrahosts version session buildid networkmode');

/** Judges a run request by request, in order: it learns whose the ids are from what was created and read before. */
export class EngineOracle {
  private readonly ownerById = new Map<string, string>();
  /** Volumes that a container may write to. */
  private readonly volumesById = new Map<string, readonly string[]>();
  private readonly volumeRuns = new Set<string>();
  /** Of volumes that are plain folders of the engine. */
  private readonly mountpoints = new Map<string, string>();

  constructor(private readonly declared: readonly DeclaredTrust[]) {}

  /** One sentence for each thing that should not have been sent. */
  violations(requests: readonly SentRequest[]): readonly string[] {
    return requests.flatMap((request) => {
      const said: string[] = [];
      if (request.forwarded !== false && !this.isRead(request)) this.judge(request, (what) => said.push(`${request.method} ${request.path}: ${what}`));
      this.learn(request);
      return said;
    });
  }

  private isRead({ method, path }: SentRequest): boolean {
    return method === 'GET' || method === 'HEAD' || (method === 'POST' && READ_ONLY_POST.test(path));
  }

  private learn({ method, path, body, answer, query }: SentRequest): void {
    const remember = (id: unknown, labels: unknown): void => {
      const project = own(labels, PROJECT) ?? own(labels, 'dev.berth.project');
      if (string(id) !== '' && string(project) !== '') this.ownerById.set(string(id), string(project));
    };
    if (method === 'POST' && path === '/containers/create') {
      remember(own(answer, 'Id'), own(body, 'Labels'));
      remember(query?.['name'], own(body, 'Labels'));
      if (saysVolumeRun(body)) this.volumeRuns.add(string(own(answer, 'Id')));
    } else if (method === 'POST' && path === '/networks/create') {
      remember(own(answer, 'Id'), own(body, 'Labels'));
      remember(own(body, 'Name'), own(body, 'Labels'));
    } else if (method === 'POST' && path === '/volumes/create') remember(own(body, 'Name'), own(body, 'Labels'));
    else if (method === 'GET' && /^\/containers\/[^/]+\/json$/.test(path)) {
      remember(own(answer, 'Id'), own(own(answer, 'Config'), 'Labels'));
      const written = array(own(answer, 'Mounts')).filter((mount) => own(mount, 'Type') === 'volume' && own(mount, 'RW') === true);
      this.volumesById.set(string(own(answer, 'Id')), written.map((mount) => string(own(mount, 'Name'))));
      // A volume without a name has no labels: it is of the project whose container was the first to be seen with it.
      for (const mount of array(own(answer, 'Mounts'))) {
        const name = string(own(mount, 'Name'));
        if (own(mount, 'Type') === 'volume' && /^[0-9a-f]{64}$/.test(name) && !this.ownerById.has(name)) remember(name, own(own(answer, 'Config'), 'Labels'));
      }
    }
    else if (method === 'GET' && /^\/(?:networks|volumes)\/[^/]+$/.test(path)) {
      remember(own(answer, 'Id'), own(answer, 'Labels'));
      remember(own(answer, 'Name'), own(answer, 'Labels'));
      remember(path.split('/')[2], own(answer, 'Labels'));
      if (own(answer, 'Driver') === 'local' && isNothing(own(answer, 'Options'))) this.mountpoints.set(string(own(answer, 'Name')), string(own(answer, 'Mountpoint')));
    }
  }

  private trustOf(project: string): DeclaredTrust | undefined {
    return this.declared.find((one) => one.project === project) ?? this.declared.find((one) => one.project === null);
  }

  private judge(request: SentRequest, violation: (what: string) => void): void {
    const { method, path, query = {} } = request;
    const route = `${method} ${path.replace(/^\/(containers|networks|volumes|exec)\/(?!create$)[^/]+/, '/$1/ID').replace(/^\/images\/.+\/tag$/, '/images/ID/tag')}`;
    switch (route) {
      case 'POST /containers/create':
        return this.container(request, violation);
      case 'POST /networks/create':
        return this.network(request, violation);
      case 'POST /volumes/create':
        return this.volume(request, violation);
      case 'POST /build':
        return this.build(request, violation);
      case 'POST /containers/ID/update':
        if (Object.keys(object(request.body)).some((name) => name !== 'RestartPolicy')) violation('changes more than the restart policy');
        return this.ofProject(path.split('/')[2] ?? '', violation);
      case 'POST /containers/ID/exec':
        if (own(request.body, 'Privileged') === true) violation('runs a command with full access');
        return this.ofProject(path.split('/')[2] ?? '', violation);
      case 'POST /containers/ID/start':
        if (!isNothing(request.body)) violation('starts with settings of its own');
        return this.ofProject(path.split('/')[2] ?? '', violation);
      case 'POST /containers/ID/stop': case 'POST /containers/ID/kill': case 'POST /containers/ID/restart': case 'POST /containers/ID/rename':
      case 'PUT /containers/ID/archive': case 'DELETE /containers/ID': case 'DELETE /networks/ID': case 'DELETE /volumes/ID':
        return this.ofProject(path.split('/')[2] ?? '', violation);
      case 'POST /containers/ID/pause': case 'POST /containers/ID/unpause':
        if (!isNothing(request.body)) violation('has a body');
        return this.held(path.split('/')[2] ?? '', violation);
      case 'POST /networks/ID/connect': case 'POST /networks/ID/disconnect':
        return this.ofProject(string(own(request.body, 'Container')), violation);
      case 'POST /exec/ID/start': case 'POST /exec/ID/resize': case 'POST /images/ID/tag': case 'POST /grpc':
        return;
      case 'POST /session':
        return this.session(request, violation);
      case 'POST /containers/ID/attach':
        if (!this.volumeRuns.has(path.split('/')[2] ?? '')) violation('attaches to something that is not the volume program');
        return this.ofProject(path.split('/')[2] ?? '', violation);
      case 'POST /images/create':
        if (query['fromSrc'] === '-' && query['repo'] === 'berth/volume' && /^[0-9a-f]{12}$/.test(query['tag'] ?? '') && isNothing(query['changes'])) return;
        if (!isNothing(query['fromSrc']) || !isNothing(query['changes'])) violation('imports an image');
        return;
      case 'POST /build/prune':
        if (array(own(json(query['filters']), 'id')).length !== 1) violation('prunes more than one record');
        return;
      default:
        if (method === 'DELETE' && path.startsWith('/images/')) {
          if (query['force'] === 'true' || query['force'] === '1') violation('removes an image by force');
          return;
        }
        violation('nothing Berth has a use for');
    }
  }

  private ofProject(id: string, violation: (what: string) => void): void {
    const project = this.ownerById.get(id);
    if (project === undefined) return violation(`changes ${id.slice(0, 20)}, which is of no project that was seen`);
    this.trusted(project, violation);
  }

  /** Held while a volume is read: of the project, or one that writes to a volume which a trusted project owns or has mounted. */
  private held(id: string, violation: (what: string) => void): void {
    const trusts = (project: string | undefined): boolean => project !== undefined && this.trustOf(project)?.trusted === true;
    const shares = (volume: string): boolean =>
      trusts(this.ownerById.get(volume)) || [...this.volumesById].some(([other, volumes]) => other !== id && volumes.includes(volume) && trusts(this.ownerById.get(other)));
    if ((this.volumesById.get(id) ?? []).some(shares)) return;
    this.ofProject(id, violation);
  }

  private trusted(project: string, violation: (what: string) => void): DeclaredTrust | undefined {
    const trust = this.trustOf(project);
    if (trust === undefined || !trust.trusted) violation(`is for the project ${project === '' ? '(none)' : project}, which nobody trusted`);
    return trust;
  }

  private container({ body }: SentRequest, violation: (what: string) => void): void {
    const labels = own(body, 'Labels');
    const trust = this.trusted(string(own(labels, PROJECT) ?? own(labels, 'dev.berth.project')), violation);
    const grants = new Set(trust?.grants ?? []);
    const workingDir = string(own(labels, WORKING_DIR));
    if (saysVolumeRun(body)) {
      const project = string(own(labels, 'dev.berth.project'));
      const mayUse = (volume: string): boolean => grants.has(`volume:${volume}`) || [undefined, project].includes(this.ownerById.get(volume));
      return judgeVolumeRun(body, { dirs: [workingDir], grants, mayUse, mountpointOf: (volume) => this.mountpoints.get(volume) }, violation);
    }
    if (workingDir !== '' && !(trust?.roots ?? []).some((root) => beneath(workingDir, root))) violation(`is in the name of the folder ${workingDir}`);
    for (const [name, value] of Object.entries(object(body))) if (!HARMLESS_CONFIG.has(name) && !isNothing(value)) violation(`has the field ${name}`);
    const dirs = workingDir === '' ? (trust?.roots ?? []) : [workingDir];
    this.host(object(own(body, 'HostConfig')), dirs, grants, violation);
  }

  private host(host: Fields, dirs: readonly string[], grants: ReadonlySet<string>, violation: (what: string) => void): void {
    const need = (grant: string): void => {
      if (!grants.has(grant)) violation(`needs "${grant}"`);
    };
    for (const [name, value] of Object.entries(host)) if (!HARMLESS_HOST.has(name) && !JUDGED_HOST.has(name) && !isNothing(value)) violation(`has the field HostConfig.${name}`);
    if (host['Privileged'] === true) need('privileged');
    for (const [field, name] of [['NetworkMode', 'network'], ['PidMode', 'pid'], ['IpcMode', 'ipc'], ['UTSMode', 'uts'], ['UsernsMode', 'userns'], ['CgroupnsMode', 'cgroup']] as const) {
      const mode = string(host[field]);
      if (mode === 'host') need(`host:${name}`);
      if (mode.startsWith('container:')) this.joins(mode.slice('container:'.length), need);
    }
    for (const from of array(host['VolumesFrom'])) this.joins(string(from).split(':')[0] ?? '', need);
    for (const capability of array(host['CapAdd'])) need(`cap:${string(capability).toUpperCase().replace(/^CAP_/, '')}`);
    for (const device of array(host['Devices'])) need(`device:${string(own(device, 'PathOnHost'))}`);
    for (const rule of array(host['DeviceCgroupRules'])) need(`device:${string(rule)}`);
    for (const request of array(host['DeviceRequests'])) need(`device:${string(own(request, 'Driver')) || 'gpu'}`);
    for (const option of array(host['SecurityOpt'])) if (!/^no-new-privileges(?:[:=]true)?$/.test(string(option))) need(`security:${string(option)}`);
    for (const field of ['MaskedPaths', 'ReadonlyPaths']) if (Array.isArray(host[field])) need('security:systempaths');
    for (const name of Object.keys(object(host['Annotations']))) need(`annotation:${name}`);
    if (!['', 'runc', 'crun', 'io.containerd.runc.v2'].includes(string(host['Runtime']))) need(`runtime:${string(host['Runtime'])}`);
    if (!isNothing(host['CgroupParent'])) need('cgroup-parent');
    if (!['', 'local'].includes(string(host['VolumeDriver']))) need(`driver:${string(host['VolumeDriver'])}`);
    if (!['', 'default'].includes(string(host['Isolation']))) need('isolation');
    if (!['', 'json-file', 'local', 'none', 'journald'].includes(string(own(host['LogConfig'], 'Type')))) need(`log:${string(own(host['LogConfig'], 'Type'))}`);
    if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(string(own(host['RestartPolicy'], 'Name')))) violation('has a restart policy the engine does not know');
    for (const bind of array(host['Binds'])) {
      const [source = '', , options = ''] = string(bind).split(':');
      if (!options.split(',').some((option) => option === 'z' || option === 'Z')) violation(`mounts ${string(bind)} past the mounts API`);
      this.folder(source, dirs, need);
    }
    for (const mount of array(host['Mounts'])) this.mount(object(mount), dirs, need, violation);
  }

  private joins(id: string, need: (grant: string) => void): void {
    const project = this.ownerById.get(id);
    if (project === undefined || this.trustOf(project)?.trusted !== true) need(`joins:${id}`);
  }

  private folder(source: string, dirs: readonly string[], need: (grant: string) => void): void {
    if (SOCKET_FILE.test(source) || SOCKET_DIR.test(source)) need('socket');
    if (!isPlainAbsolute(source) || !dirs.some((dir) => beneath(source, dir))) need(`bind:${source}`);
  }

  private mount(mount: Fields, dirs: readonly string[], need: (grant: string) => void, violation: (what: string) => void): void {
    const type = string(mount['Type']);
    if (!['bind', 'volume', 'tmpfs', 'image'].includes(type)) violation(`mounts the type "${type}"`);
    if (type === 'bind') {
      this.folder(string(mount['Source']), dirs, need);
      const options = mount['BindOptions'];
      if (string(own(options, 'Propagation')).endsWith('shared')) need(`shared:${string(mount['Source'])}`);
      if (own(options, 'CreateMountpoint') === true) violation('lets the engine make a missing folder');
    }
    const config = own(mount['VolumeOptions'], 'DriverConfig');
    if (!isNothing(own(config, 'Name')) && own(config, 'Name') !== 'local') need(`driver:${string(own(config, 'Name'))}`);
    this.driverOptions(object(own(config, 'Options')), dirs, need);
  }

  /** The local driver mounts what `device` says; only a file system in memory is of nobody. */
  private driverOptions(options: Fields, dirs: readonly string[], need: (grant: string) => void): void {
    if (isNothing(options['device']) && isNothing(options['type']) && isNothing(options['o'])) return;
    const flags = string(options['o']).split(',').filter((flag) => flag !== '');
    const inMemory = options['type'] === 'tmpfs' && flags.every((flag) => /^(?:size|mode|uid|gid|nr_inodes|nr_blocks)=|^(?:ro|rw|noexec|nosuid|nodev|noatime|relatime)$/.test(flag));
    if (inMemory) return;
    this.folder(string(options['device']), dirs, need);
    if (!flags.includes('bind') && !flags.includes('rbind')) need(`filesystem:${string(options['type'])}`);
  }

  private network({ body }: SentRequest, violation: (what: string) => void): void {
    const trust = this.trusted(string(own(own(body, 'Labels'), PROJECT)), violation);
    const driver = string(own(body, 'Driver'));
    for (const [name, value] of Object.entries(object(body))) if (!NETWORK_FIELDS.has(name) && !isNothing(value)) violation(`has the field ${name}`);
    if (!['', 'bridge', 'default', 'overlay', 'nat'].includes(driver) && trust?.grants.includes(`network:${driver}`) !== true) violation(`needs "network:${driver}"`);
    if (!['', 'default'].includes(string(own(own(body, 'IPAM'), 'Driver')))) violation('uses an address plugin');
    for (const name of ['com.docker.network.bridge.name', 'com.docker.network.bridge.gateway_mode_ipv4', 'com.docker.network.bridge.gateway_mode_ipv6']) {
      const value = string(own(own(body, 'Options'), name));
      if (value !== '' && !['nat', 'isolated'].includes(value) && trust?.grants.includes(`network:${value}`) !== true) violation(`needs "network:${value}"`);
    }
  }

  private volume({ body }: SentRequest, violation: (what: string) => void): void {
    const trust = this.trusted(string(own(own(body, 'Labels'), PROJECT) ?? own(own(body, 'Labels'), 'dev.berth.project')), violation);
    const need = (grant: string): void => {
      if (trust?.grants.includes(grant) !== true) violation(`needs "${grant}"`);
    };
    for (const [name, value] of Object.entries(object(body))) if (!VOLUME_FIELDS.has(name) && !isNothing(value)) violation(`has the field ${name}`);
    if (!['', 'local'].includes(string(own(body, 'Driver')))) need(`driver:${string(own(body, 'Driver'))}`);
    this.driverOptions(object(own(body, 'DriverOpts')), trust?.roots ?? [], need);
  }

  /** A session is of no project by itself; what it opens of this computer somebody must have agreed to. */
  private session({ offers = [] }: SentRequest, violation: (what: string) => void): void {
    for (const method of offers) {
      const [, area = ''] = /^\/(?:moby\.buildkit\.(secrets)|moby\.(sshforward))\./.exec(method)?.filter((one) => one !== undefined) ?? [];
      if (area !== '' && !this.declared.some((one) => one.trusted && one.grants.includes(`build:${area}`))) violation(`needs "build:${area}"`);
      if (area === '' && !/^\/(?:grpc\.health\.v1\.Health\/Check|moby\.filesync\.v1\.Auth\/Credentials)$/.test(method)) violation(`offers ${method}`);
    }
  }

  private build({ query = {} }: SentRequest, violation: (what: string) => void): void {
    const labels = json(query['labels']);
    for (const [name, value] of Object.entries(query)) if (!BUILD_QUERY.has(name) && !isNothing(value)) violation(`has the parameter ${name}`);
    // The helper image is Berth's own and is built for nobody's project.
    if (isNothing(labels) && /^berth\/helper:[0-9a-f]{12}$/.test(string(query['t'])) && isNothing(query['networkmode'])) return;
    const trust = this.trusted(string(own(labels, PROJECT) ?? own(labels, 'dev.berth.project')), violation);
    const mode = string(query['networkmode']);
    if (!['', 'default', 'bridge', 'none'].includes(mode) && trust?.grants.includes(`build:${mode}`) !== true) violation(`needs "build:${mode}"`);
  }
}
