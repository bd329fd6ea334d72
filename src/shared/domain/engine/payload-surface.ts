import { COMPOSE_LABELS } from './read-container';
import { fieldOf, listOf, objectOf, textMapOf, textOf, textsOf } from './read-json';
import type { RiskSurface, RiskyBind, RiskyVolume } from './risky-facts';

/** What is known around a payload. */
export interface PayloadContext {
  /** The name of a referenced container of others; undefined when it belongs to the project. */
  readonly foreignContainer?: ((reference: string) => string | undefined) | undefined;
  /** True for a volume that carries the name of another project. */
  readonly foreignVolume?: ((name: string) => boolean) | undefined;
}

/** One element of HostConfig.Binds, cut into its parts. `source` is a host path or a volume name. */
export interface BindText {
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** `C:\x:/y:ro`, `/x:/y`, `data:/y`. An element without a source (an anonymous volume) has source ''. */
export function parseBindText(text: string): BindText {
  const drive = /^[A-Za-z]:[\\/]/.test(text) ? text.slice(0, 2) : '';
  const parts = text.slice(drive.length).split(':');
  if (parts.length === 1) return { source: '', target: drive + (parts[0] ?? ''), options: [] };
  return { source: drive + (parts[0] ?? ''), target: parts[1] ?? '', options: (parts.slice(2).join(':') || '').split(',').filter((option) => option !== '') };
}

/** True for a path on the host, false for the name of a volume. */
export function isHostPath(source: string): boolean {
  return /^(?:[/\\.~]|[A-Za-z]:[\\/])/.test(source);
}

function bindsOf(host: unknown): readonly RiskyBind[] {
  const fromTexts = textsOf(fieldOf(host, 'Binds'))
    .map(parseBindText)
    .filter((bind) => isHostPath(bind.source))
    .map((bind) => ({ path: bind.source, readOnly: bind.options.includes('ro'), propagation: bind.options.find((option) => /^r?(?:shared|slave|private)$/.test(option)) }));
  const fromMounts = listOf(fieldOf(host, 'Mounts'))
    .filter((mount) => textOf(fieldOf(mount, 'Type')) !== 'volume' && textOf(fieldOf(mount, 'Type')) !== 'tmpfs' && textOf(fieldOf(mount, 'Type')) !== 'image')
    .map((mount) => ({ path: textOf(fieldOf(mount, 'Source')), readOnly: fieldOf(mount, 'ReadOnly') === true, propagation: textOf(fieldOf(mount, 'BindOptions', 'Propagation')) }));
  return [...fromTexts, ...fromMounts];
}

function volumesOf(host: unknown): readonly RiskyVolume[] {
  const own = listOf(fieldOf(host, 'Mounts')).flatMap((mount) => {
    const config = fieldOf(mount, 'VolumeOptions', 'DriverConfig');
    return config === undefined || config === null ? [] : [{ key: textOf(fieldOf(mount, 'Source')), driver: textOf(fieldOf(config, 'Name')), options: textMapOf(fieldOf(config, 'Options')) }];
  });
  const driver = textOf(fieldOf(host, 'VolumeDriver'));
  return driver === '' || driver === 'local' ? own : [...own, { key: '*', driver, options: {} }];
}

/** What device requests ask for. By CDI any device can be had, and mounts with it, so those are named one by one. */
export function deviceRequestNames(requests: readonly { readonly driver: string; readonly ids: readonly string[] }[]): readonly string[] {
  return [...new Set(requests.flatMap(({ driver, ids }) => (driver === 'cdi' && ids.length > 0 ? ids.map((id) => `cdi ${id}`) : ['gpu'])))];
}

/** Containers whose namespaces or volumes a payload joins, as it names them. */
export function joinedContainersOf(payload: unknown): readonly string[] {
  const host = fieldOf(payload, 'HostConfig');
  const modes = ['NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'UsernsMode', 'CgroupnsMode'].map((field) => textOf(fieldOf(host, field)));
  return [
    ...modes.filter((mode) => mode.startsWith('container:')).map((mode) => mode.slice('container:'.length)),
    ...textsOf(fieldOf(host, 'VolumesFrom')).map((from) => from.replace(/^container:/, '').split(':')[0] ?? ''),
  ];
}

/** Names of the volumes a payload mounts; those the engine numbered itself are nobody's. */
export function namedVolumesOf(payload: unknown): readonly string[] {
  const mounts = listOf(fieldOf(payload, 'HostConfig', 'Mounts')).filter((mount) => textOf(fieldOf(mount, 'Type')) === 'volume');
  return mounts.map((mount) => textOf(fieldOf(mount, 'Source'))).filter((name) => name !== '' && !/^[0-9a-f]{64}$/.test(name));
}

/** What a payload of POST /containers/create reaches beyond its container. */
export function surfaceOfPayload(payload: unknown, context: PayloadContext): RiskSurface {
  const host = fieldOf(payload, 'HostConfig');
  const namespaces = [['network', 'NetworkMode'], ['pid', 'PidMode'], ['ipc', 'IpcMode'], ['uts', 'UTSMode'], ['userns', 'UsernsMode'], ['cgroup', 'CgroupnsMode']] as const;
  const isEmptyList = (field: string) => Array.isArray(fieldOf(host, field)) && listOf(fieldOf(host, field)).length === 0;
  return {
    service: textMapOf(fieldOf(payload, 'Labels'))[COMPOSE_LABELS.service] ?? '',
    privileged: fieldOf(host, 'Privileged') === true,
    hostNamespaces: namespaces.filter(([, field]) => textOf(fieldOf(host, field)) === 'host').map(([name]) => name),
    joinedContainers: joinedContainersOf(payload).flatMap((reference) => (context.foreignContainer === undefined ? [reference] : (context.foreignContainer(reference) ?? []))),
    capabilities: textsOf(fieldOf(host, 'CapAdd')),
    devices: [
      ...listOf(fieldOf(host, 'Devices')).map((device) => textOf(fieldOf(device, 'PathOnHost'))),
      ...textsOf(fieldOf(host, 'DeviceCgroupRules')).map((rule) => `rule ${rule}`),
      ...deviceRequestNames(listOf(fieldOf(host, 'DeviceRequests')).map((one) => ({ driver: textOf(fieldOf(one, 'Driver')), ids: textsOf(fieldOf(one, 'DeviceIDs')) }))),
    ],
    securityOptions: [
      ...textsOf(fieldOf(host, 'SecurityOpt')),
      ...(isEmptyList('MaskedPaths') || isEmptyList('ReadonlyPaths') ? ['systempaths=unconfined'] : []),
    ],
    binds: bindsOf(host),
    apiSocket: false,
    volumes: volumesOf(host),
    foreignVolumes: namedVolumesOf(payload).filter((name) => context.foreignVolume?.(name) === true),
    networkDrivers: [],
    runtime: textOf(fieldOf(host, 'Runtime')),
    cgroupParent: textOf(fieldOf(host, 'CgroupParent')),
    logDriver: textOf(fieldOf(host, 'LogConfig', 'Type')),
    annotations: Object.keys(objectOf(fieldOf(host, 'Annotations'))),
    buildContext: '',
    buildDockerfile: '',
    buildHostNetwork: false,
    buildFolders: [],
    buildSecrets: [],
    buildAgents: [],
    hooks: [],
  };
}

/** The payload with every host path of its binds replaced, for sources that were resolved. */
export function withHostPaths(payload: unknown, replace: (path: string) => string): { readonly [key: string]: unknown } {
  const host = objectOf(fieldOf(payload, 'HostConfig'));
  const binds = textsOf(host['Binds']).map((text) => {
    const bind = parseBindText(text);
    return isHostPath(bind.source) ? [replace(bind.source), bind.target, ...(bind.options.length > 0 ? [bind.options.join(',')] : [])].join(':') : text;
  });
  const mounts = listOf(host['Mounts']).map((mount) => (textOf(fieldOf(mount, 'Type')) === 'bind' ? { ...objectOf(mount), Source: replace(textOf(fieldOf(mount, 'Source'))) } : mount));
  return {
    ...objectOf(payload),
    HostConfig: { ...host, ...(Array.isArray(host['Binds']) ? { Binds: binds } : {}), ...(Array.isArray(host['Mounts']) ? { Mounts: mounts } : {}) },
  };
}
