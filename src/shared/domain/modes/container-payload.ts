import type { ComposeHealthcheck, ComposeService, HashDialect, LoadedCompose } from '../compose/model';
import type { Json, JsonObject } from '../../kernel/json';
import { isReservedLabel } from '../engine/verdict-table';
import type { HostCapacity } from '../services/presets';
import { compareText } from './active-mode';
import { dependenciesOf } from './dependency-order';
import { durationMs, durationNanoseconds } from './go-duration';
import { hostConfig, withoutUndefined, type Plain } from './host-config';
import { BERTH_LABEL, containerName, scaleOf } from './naming';

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
export const LABELLED_COMPOSE_VERSION: { readonly [D in HashDialect]: string } = { v5: '5.0.2', v2: '2.40.3', 'v2.35': '2.35.1' };

/** Builds what POST /containers/create takes, as docker compose makes it; binds go through the mounts API so that the engine never creates a missing source. */
export function containerPayload(context: PayloadContext, dialect: HashDialect = 'v5'): ContainerMaking {
  const { definition } = context;
  const networks = networkAttachments(context);
  const first = context.allNetworksAtOnce ? networks : networks.slice(0, 1);
  const exposed: Plain = {};
  for (const port of (definition.expose ?? []).flatMap(exposedPorts)) exposed[port] = {};
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
    HostConfig: hostConfig(context, networkMode(context, networks[0]?.network)),
    NetworkingConfig: first.length === 0 ? undefined : { EndpointsConfig: Object.fromEntries(first.map((one) => [one.network, one.endpoint])) },
    ...(definition.mac_address === undefined || context.allNetworksAtOnce ? {} : { MacAddress: definition.mac_address }),
  };
  return { payload: withoutUndefined(payload), connect: context.allNetworksAtOnce ? [] : networks.slice(1) };
}

/** `80`, `53/udp` or `3000-3002` as the engine names ports; what is none is left for it to refuse. */
function exposedPorts(text: string): readonly string[] {
  const [ports = '', protocol = 'tcp'] = text.split('/');
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(ports) ?? [];
  const count = Number(last) - Number(first);
  if (!(count >= 0 && Number(last) <= 65_535)) return [`${ports}/${protocol}`];
  return Array.from({ length: count + 1 }, (_, step) => `${String(Number(first) + step)}/${protocol}`);
}

/** The labels of docker compose, then the user's, then Berth's own. */
export function containerLabels(context: PayloadContext, dialect: HashDialect): { readonly [key: string]: string } {
  const { compose, definition } = context;
  // Of the definition as written: in `definition` the names of services it shares with are ids already.
  const dependsOn = dependenciesOf(compose.model.services[context.service] ?? definition)
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
  const links = (definition.links ?? []).flatMap((link) => linkTexts(compose.model, link));
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

/** Every container of the linked service, each also by its name with and without the project, as docker compose links them. */
function linkTexts({ name, services }: LoadedCompose['model'], link: string): readonly string[] {
  const [service = link, alias = service] = link.split(':');
  const definition = services[service] ?? {};
  return Array.from({ length: Math.max(1, scaleOf(definition)) }, (_, index) => index + 1).flatMap((number) => {
    const container = containerName(name, service, definition, number);
    return [`${container}:${alias}`, `${container}:${service}-${String(number)}`, `${container}:${name}-${service}-${String(number)}`];
  });
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

function networkMode({ definition }: PayloadContext, firstNetwork: string | undefined): string {
  return definition.network_mode ?? firstNetwork ?? 'none';
}
