import type { ComposeModel, ComposeService } from '../compose/model';
import type { RiskyFact } from '../projects/project';
import { textHash } from '../../kernel/text-hash';
import { buildInputs } from './build-inputs';
import { isInside, isSocketPlace, normalHostPath } from './host-path';
import { fieldOf, textOf, textsOf } from './read-json';
import { deviceRequestNames, isHostPath, surfaceOfPayload, type PayloadContext } from './payload-surface';

/** A host path that a container gets to see. */
export interface RiskyBind {
  readonly path: string;
  readonly readOnly: boolean;
  /** How mounts made beneath it spread; undefined = not beyond the container. */
  readonly propagation?: string | undefined;
}

/** A volume of the local driver that is really a mount of something, or of another driver. */
export interface RiskyVolume {
  readonly key: string;
  readonly driver: string;
  readonly options: { readonly [name: string]: string };
}

/** A network that may reach into this computer's. */
export interface RiskyNetwork {
  readonly key: string;
  readonly driver: string;
  readonly options: { readonly [name: string]: string };
}

/**
 * What of a service reaches beyond its container, in one shape for the compose model (what the trust question is
 * asked from) and for the final payload (what the door checks). One function makes the facts of both, so that their
 * keys cannot differ.
 */
export interface RiskSurface {
  readonly service: string;
  readonly privileged: boolean;
  readonly hostNamespaces: readonly string[];
  /** Names of containers of others whose namespaces or volumes it joins. */
  readonly joinedContainers: readonly string[];
  readonly capabilities: readonly string[];
  readonly devices: readonly string[];
  readonly securityOptions: readonly string[];
  readonly binds: readonly RiskyBind[];
  readonly apiSocket: boolean;
  readonly volumes: readonly RiskyVolume[];
  /** Names of volumes that belong to nobody or somebody else. */
  readonly foreignVolumes: readonly string[];
  readonly networkDrivers: readonly RiskyNetwork[];
  /** Names of annotations: runtimes other than runc take orders from them. */
  readonly annotations: readonly string[];
  readonly runtime: string;
  readonly cgroupParent: string;
  readonly logDriver: string;
  readonly buildContext: string;
  /** Absolute; empty when it is written in the compose file itself. */
  readonly buildDockerfile: string;
  readonly buildHostNetwork: boolean;
  /** Folders that are given to the build by name. */
  readonly buildFolders: readonly string[];
  /** What of this computer the build may read: files and variables. */
  readonly buildSecrets: readonly RiskyBuildSecret[];
  /** Ids of SSH agents and keys the build may sign in with; with the socket or the key file, where it is not the agent of the session. */
  readonly buildAgents: readonly { readonly id: string; readonly socket: string }[];
  readonly hooks: readonly string[];
}

/** A secret of a build: `place` is the path of a file, or the name of a variable. */
export interface RiskyBuildSecret {
  readonly id: string;
  readonly from: 'file' | 'variable';
  readonly place: string;
}

/** Resolves symlinks of a host path; the identity where that is not known. */
export type RealPathOf = (path: string) => string;

const HARMLESS_LOG_DRIVERS = new Set(['', 'json-file', 'local', 'none', 'journald']);
const HARMLESS_RUNTIMES = new Set(['', 'runc', 'crun', 'io.containerd.runc.v2']);
const HARMLESS_NETWORK_DRIVERS = new Set(['', 'default', 'bridge', 'overlay', 'nat']);
const HARMLESS_MOUNT_OPTION = /^(?:(?:size|mode|uid|gid|nr_inodes|nr_blocks|huge|mpol)=.*|r[ow]|no(?:exec|suid|dev|atime|diratime)|relatime|)$/;
const NAMESPACE_WORDS: { readonly [name: string]: string } = {
  network: 'the network of this computer',
  pid: 'the processes of this computer',
  ipc: 'the shared memory of this computer',
  uts: 'the host name of this computer',
  userns: 'the users of this computer',
  cgroup: 'the control groups of this computer',
};

/** SYS_ADMIN, however it was written. */
export function normalCapability(capability: string): string {
  return capability.trim().toUpperCase().replace(/^CAP_/, '');
}

/** Only options that loosen something matter: unconfined profiles, own profiles, labels off. */
export function looseSecurityOption(option: string): string | undefined {
  const [name = '', value = ''] = option.replace(':', '=').split(/=(.*)/s, 2);
  if (name === 'no-new-privileges') return value === 'false' ? 'no-new-privileges=false' : undefined;
  if (name === 'seccomp') return value === 'builtin' ? undefined : value === 'unconfined' ? 'seccomp=unconfined' : 'seccomp=custom';
  if (name === 'apparmor') return value === 'docker-default' ? undefined : `apparmor=${value}`;
  return `${name}=${value}`;
}

/** Every risky fact of one surface, each key once. */
export function factsOfSurface(surface: RiskSurface, projectDir: string, realPathOf: RealPathOf = (path) => path): readonly RiskyFact[] {
  const service = surface.service;
  const facts = new Map<string, RiskyFact>();
  const add = (kind: RiskyFact['kind'], key: string, text: string) => facts.set(key, { key, kind, service, text });

  if (surface.privileged) add('privileged', `privileged:${service}`, `${service} runs privileged: it has full access to this computer.`);
  if (surface.apiSocket) add('docker-socket', `docker-socket:${service}`, `${service} can control Docker itself.`);
  for (const name of surface.hostNamespaces) add('host-namespace', `host-namespace:${service}:${name}`, `${service} shares ${NAMESPACE_WORDS[name] ?? `the ${name} namespace of this computer`}.`);
  for (const name of surface.joinedContainers) add('other', `joins-container:${service}:${name}`, `${service} joins the container ${name}, which is not part of this project.`);
  for (const name of new Set(surface.capabilities.map(normalCapability))) add('capability', `capability:${service}:${name}`, `${service} has the extra privilege ${name}.`);
  for (const device of surface.devices) add('device', `device:${service}:${device}`, `${service} uses the device ${device} of this computer.`);
  for (const option of surface.securityOptions) {
    const loose = looseSecurityOption(option);
    if (loose !== undefined) add('security-option', `security-option:${service}:${loose}`, `${service} loosens its isolation (${loose}).`);
  }
  for (const bind of surface.binds) addBind(bind);
  for (const volume of surface.volumes) addVolume(volume);
  for (const name of new Set(surface.foreignVolumes)) add('other', `foreign-volume:${service}:${name}`, `${service} uses the volume ${name}, which is not of this project.`);
  for (const network of surface.networkDrivers) addNetwork(network);
  for (const name of surface.annotations) add('other', `annotation:${service}:${name}`, `${service} tells the container runtime ${name}.`);
  if (!HARMLESS_RUNTIMES.has(surface.runtime)) add('other', `runtime:${service}:${surface.runtime}`, `${service} runs with the runtime ${surface.runtime}.`);
  if (surface.cgroupParent !== '') add('other', `cgroup-parent:${service}:${surface.cgroupParent}`, `${service} runs in the control group ${surface.cgroupParent} of this computer.`);
  if (!HARMLESS_LOG_DRIVERS.has(surface.logDriver)) add('other', `log-driver:${service}:${surface.logDriver}`, `${service} sends its logs through the driver ${surface.logDriver}.`);
  const builtFrom = [surface.buildContext, surface.buildDockerfile, ...surface.buildFolders].filter((path) => path !== '' && !isInside(realPathOf(path), projectDir));
  for (const path of builtFrom) add('other', `build-outside:${path}`, `${service} is built from ${path}, outside the project folder.`);
  if (surface.buildHostNetwork) add('host-namespace', 'build-network:host', `${service} is built on the network of this computer.`);
  for (const secret of surface.buildSecrets) addBuildSecret(secret);
  for (const agent of surface.buildAgents) addBuildAgent(agent);
  for (const hook of surface.hooks) add('hook', `hook:${service}:${textHash(hook)}`, `${service} runs the hook ${hook}.`);
  return [...facts.values()];

  function addBind(bind: RiskyBind): void {
    const real = realPathOf(bind.path);
    if (isSocketPlace(bind.path) || isSocketPlace(real)) {
      add('docker-socket', `docker-socket:${service}`, `${service} can control Docker itself (${bind.path}).`);
    }
    if (/shared$/.test(bind.propagation ?? '')) {
      add('bind-outside', `bind-shared:${service}:${bind.path}`, `${service} shares what it mounts in ${bind.path} with this computer.`);
    }
    if (isInside(real, projectDir)) return;
    // Named as the file says it; a link inside the project is named by where it leads.
    const path = isInside(bind.path, projectDir) ? real : bind.path;
    add('bind-outside', `bind-outside:${service}:${path}:${bind.readOnly ? 'ro' : 'rw'}`, `${service} can ${bind.readOnly ? 'read' : 'read and change'} ${path}, outside the project folder.`);
  }

  function addBuildSecret({ id, from, place }: RiskyBuildSecret): void {
    if (from === 'variable') {
      add('other', `build-secret:${service}:${id}:variable:${place}`, `The build of ${service} reads the variable ${place} of this computer, as the secret ${id}.`);
      return;
    }
    const real = realPathOf(place);
    const inside = isInside(real, projectDir);
    const path = !inside && isInside(place, projectDir) ? real : place;
    add('other', `build-secret:${service}:${id}:file:${path}`, `The build of ${service} reads ${path}${inside ? '' : ', outside the project folder'}, as the secret ${id}.`);
  }

  function addBuildAgent({ id, socket }: RiskSurface['buildAgents'][number]): void {
    if (socket === '') {
      add('other', `build-ssh:${service}:${id}`, `The build of ${service} may sign in to other computers with the SSH keys of your agent.`);
      return;
    }
    const real = realPathOf(socket);
    const path = !isInside(real, projectDir) && isInside(socket, projectDir) ? real : socket;
    add('other', `build-ssh:${service}:${id}:${path}`, `The build of ${service} may sign in to other computers with the SSH key or agent ${path}.`);
  }

  function addVolume(volume: RiskyVolume): void {
    if (volume.driver !== '' && volume.driver !== 'local') {
      add('other', `volume-driver:${volume.key}:${volume.driver}`, `The volume ${volume.key} uses the driver ${volume.driver}.`);
      return;
    }
    const device = volume.options['device'] ?? '';
    const type = volume.options['type'] ?? '';
    const options = volume.options['o'] ?? '';
    // With `o: bind` the type says nothing: a "tmpfs" of a folder is that folder.
    if ((type === 'tmpfs' || device === '') && options.split(',').every((option) => HARMLESS_MOUNT_OPTION.test(option))) return;
    if (/^[/\\]|^[a-zA-Z]:/.test(device)) {
      const real = realPathOf(device);
      if (isSocketPlace(device) || isSocketPlace(real)) add('docker-socket', `docker-socket:volume:${volume.key}`, `Who mounts the volume ${volume.key} can control Docker itself (${device}).`);
      if (isInside(real, projectDir)) return;
      const path = isInside(device, projectDir) ? real : device;
      add('bind-outside', `volume-device:${volume.key}:${path}`, `The volume ${volume.key} is ${path} of this computer, outside the project folder.`);
      return;
    }
    add('other', `volume-device:${volume.key}:${[type, device, options].filter((part) => part !== '').join(':')}`, `The volume ${volume.key} is the ${type || 'other'} file system ${[device, options].filter((part) => part !== '').join(', ')}.`);
  }

  function addNetwork({ key, driver, options }: RiskyNetwork): void {
    if (!HARMLESS_NETWORK_DRIVERS.has(driver)) add('other', `network-driver:${key}:${driver}`, `The network ${key} uses the driver ${driver}, which reaches into the network of this computer.`);
    const bridge = options['com.docker.network.bridge.name'] ?? '';
    if (bridge !== '') add('other', `network-bridge:${key}:${bridge}`, `The network ${key} is the interface ${bridge} of this computer.`);
    const inhibited = options['com.docker.network.bridge.gateway_mode_ipv4'] ?? options['com.docker.network.bridge.gateway_mode_ipv6'] ?? '';
    if (inhibited.startsWith('routed') || inhibited === 'nat-unprotected') add('other', `network-open:${key}:${inhibited}`, `The network ${key} lets others reach all ports of its services.`);
  }
}

function hookText(hook: unknown): string {
  const command = (hook as { readonly command?: unknown } | null)?.command;
  return Array.isArray(command) ? command.join(' ') : String(command ?? JSON.stringify(hook));
}

/** Where the Dockerfile of a build lies; empty when it is inline or the context is not a folder of this computer. */
export function dockerfilePath(build: { readonly context?: string | undefined; readonly dockerfile?: string | undefined; readonly dockerfile_inline?: string | undefined }): string {
  const { context = '', dockerfile = '' } = build;
  if (dockerfile === '' || build.dockerfile_inline !== undefined || !isHostPath(context)) return '';
  return isHostPath(dockerfile) && !dockerfile.startsWith('.') ? dockerfile : `${context}/${dockerfile}`;
}

function buildSurface(build: ComposeService['build'], model: ComposeModel): Pick<RiskSurface, 'buildFolders' | 'buildSecrets' | 'buildAgents'> {
  const inputs = buildInputs(build, model.secrets);
  return {
    buildFolders: inputs.contexts.flatMap(({ source }) => (source.kind === 'folder' ? [source.dir] : [])),
    buildSecrets: inputs.secrets,
    buildAgents: inputs.agents,
  };
}

function surfaceOfService(name: string, service: ComposeService, model: ComposeModel): RiskSurface {
  const modes: readonly (readonly [string, string | undefined])[] = [
    ['network', service.network_mode], ['pid', service.pid], ['ipc', service.ipc], ['uts', service.uts], ['userns', service.userns_mode], ['cgroup', service.cgroup],
  ];
  const joined = [...modes.map(([, mode]) => mode ?? ''), ...(service.volumes_from ?? []).filter((from) => from.startsWith('container:'))]
    .filter((mode) => mode.startsWith('container:'))
    .map((mode) => mode.slice('container:'.length).split(':')[0] ?? '');
  const fileBinds = [
    ...(service.secrets ?? []).map((reference) => model.secrets[reference.source]?.file),
    ...(service.configs ?? []).map((reference) => model.configs[reference.source]?.file),
  ].filter((file) => file !== undefined);
  const volumeKeys = (service.volumes ?? []).filter((mount) => mount.type === 'volume').map((mount) => mount.source ?? '');
  const reserved = [...(service.deploy?.resources.reservations?.devices ?? []), ...(service.gpus ?? [])].map((one) => ({ driver: textOf(fieldOf(one, 'driver')), ids: textsOf(fieldOf(one, 'device_ids')) }));
  return {
    service: name,
    privileged: service.privileged === true,
    hostNamespaces: modes.filter(([, mode]) => mode === 'host').map(([namespace]) => namespace),
    joinedContainers: joined,
    capabilities: service.cap_add ?? [],
    devices: [
      ...(service.devices ?? []).map((device) => device.source),
      ...(service.device_cgroup_rules ?? []).map((rule) => `rule ${rule}`),
      ...deviceRequestNames(reserved),
    ],
    securityOptions: service.security_opt ?? [],
    binds: [
      ...(service.volumes ?? []).filter((mount) => mount.type === 'bind' || mount.type === 'npipe').map((mount) => ({ path: mount.source ?? '', readOnly: mount.read_only === true, propagation: mount.bind?.propagation })),
      ...fileBinds.map((path) => ({ path, readOnly: true })),
    ],
    apiSocket: (service as { readonly use_api_socket?: unknown }).use_api_socket === true,
    volumes: volumeKeys.flatMap((key) => {
      const volume = model.volumes[key];
      return volume === undefined || volume.external === true ? [] : [{ key, driver: volume.driver ?? '', options: volume.driver_opts ?? {} }];
    }),
    foreignVolumes: volumeKeys.flatMap((key) => (model.volumes[key]?.external === true ? [model.volumes[key].name] : [])),
    networkDrivers: Object.keys(service.networks ?? {}).flatMap((key) => {
      const network = model.networks[key];
      return network === undefined || network.external === true ? [] : [{ key, driver: network.driver ?? '', options: network.driver_opts ?? {} }];
    }),
    annotations: Object.keys(service.annotations ?? {}),
    runtime: service.runtime ?? '',
    cgroupParent: service.cgroup_parent ?? '',
    logDriver: service.logging?.driver ?? '',
    buildContext: service.build?.context ?? '',
    buildDockerfile: service.build === undefined ? '' : dockerfilePath(service.build),
    buildHostNetwork: service.build?.network === 'host',
    ...buildSurface(service.build, model),
    hooks: [...(service.post_start ?? []), ...(service.pre_stop ?? [])].map(hookText),
  };
}

/**
 * The risky facts of one service of a loaded model: what the trust question names. `projectDir` is the real path of
 * the opened folder; with `realPathOf` a link that leads out of the project is seen too.
 */
export function riskyFactsOfService(service: string, model: ComposeModel, projectDir: string, realPathOf?: RealPathOf): readonly RiskyFact[] {
  const found = Object.hasOwn(model.services, service) ? model.services[service] : undefined;
  return found === undefined ? [] : factsOfSurface(surfaceOfService(service, found, model), projectDir, realPathOf);
}

/** The risky facts of all services of a model, each key once. */
export function riskyFactsOfModel(model: ComposeModel, projectDir: string, realPathOf?: RealPathOf): readonly RiskyFact[] {
  const facts = new Map<string, RiskyFact>();
  for (const service of Object.keys(model.services)) {
    for (const fact of riskyFactsOfService(service, model, projectDir, realPathOf)) if (!facts.has(fact.key)) facts.set(fact.key, fact);
  }
  return [...facts.values()];
}

/** The risky facts of what was read to load a model: a file outside of the folder, also through a link, ends up in containers or on the screen. */
export function riskyFactsOfFiles(inputFiles: readonly string[], projectDir: string, realPathOf: RealPathOf = (path) => path): readonly RiskyFact[] {
  const outside = inputFiles.filter((file) => !isInside(realPathOf(file), projectDir)).map((file) => (isInside(file, projectDir) ? realPathOf(file) : normalHostPath(file)));
  return [...new Set(outside)].map((file) => ({ key: `reads-outside:${file}`, kind: 'other', service: '', text: `The compose files read ${file}, outside the project folder.` }));
}

/** Host paths a model names, to resolve before asking for its facts. */
export function hostPathsOfModel(model: ComposeModel): readonly string[] {
  const paths = new Set<string>();
  for (const [name, service] of Object.entries(model.services)) {
    const surface = surfaceOfService(name, service, model);
    for (const bind of surface.binds) paths.add(bind.path);
    for (const volume of surface.volumes) if (volume.options['device'] !== undefined) paths.add(volume.options['device']);
    paths.add(surface.buildContext);
    paths.add(surface.buildDockerfile);
    for (const folder of surface.buildFolders) paths.add(folder);
    for (const secret of surface.buildSecrets) if (secret.from === 'file') paths.add(secret.place);
    for (const { socket } of surface.buildAgents) paths.add(socket);
  }
  paths.delete('');
  return [...paths];
}

/** The risky facts of a final payload of POST /containers/create. */
export function riskyFactsOfPayload(payload: unknown, projectDir: string, context: PayloadContext & { readonly realPathOf?: RealPathOf | undefined } = {}): readonly RiskyFact[] {
  return factsOfSurface(surfaceOfPayload(payload, context), projectDir, context.realPathOf);
}
