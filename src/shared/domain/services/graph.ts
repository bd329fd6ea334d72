import { shownPath } from '../checks/host-path';
import type { ComposeModel, ComposePort, ComposeService, LoadedCompose } from '../compose/model';
import type { ObservedPort, ObservedVolume } from '../engine/observed';
import { COMPOSE_LABELS } from '../engine/read-container';
import { compareText } from '../modes/active-mode';
import { dependenciesOf } from '../modes/dependency-order';
import { isAnonymousVolume } from '../modes/naming';
import type { ServiceStatus } from './summary';

/** A volume of the project: how big it is, and who uses it. */
export interface GraphVolume {
  readonly name: string;
  readonly external: boolean;
  readonly exists: boolean;
  /** Null: not there, or not known. */
  readonly sizeBytes: number | null;
  /** Why a size is null. none: it is not there. pending: it is being measured. unknown: the engine did not tell it. */
  readonly size: 'known' | 'none' | 'pending' | 'unknown';
  readonly users: readonly { readonly service: string; readonly target: string; readonly readOnly: boolean }[];
  /** The modes that use it. */
  readonly modes: readonly string[];
}

/** Services of one mode with what connects them. */
export interface ServiceGraph {
  readonly mode: string;
  readonly services: readonly { readonly service: string; readonly state: string; readonly health: string; readonly ports: readonly string[]; readonly mounts: readonly string[]; readonly volumes: readonly string[]; readonly networks: readonly string[] }[];
  readonly dependencies: readonly { readonly from: string; readonly to: string; readonly condition: string; readonly required: boolean }[];
  /** exists: the engine has it; else only files say so. subnets: the ranges of addresses the files give it. */
  readonly networks: readonly { readonly name: string; readonly external: boolean; readonly exists: boolean; readonly subnets: readonly string[]; readonly services: readonly string[] }[];
  readonly volumes: readonly GraphVolume[];
}

/** What a graph is drawn from. */
export interface GraphInput {
  readonly dir: string;
  readonly mode: string;
  readonly compose: LoadedCompose;
  /** Every mode that loads, by name. */
  readonly loaded: { readonly [mode: string]: LoadedCompose };
  readonly statuses: readonly ServiceStatus[];
  readonly volumes: readonly ObservedVolume[];
  /** By volume name; null while they are not known. */
  readonly sizes: ReadonlyMap<string, number> | null;
  /** They are being measured right now. */
  readonly isMeasuring: boolean;
  /** Names of the networks the engine has. */
  readonly networks: readonly string[];
}

/** Who waits for whom, who shares a network, and which service uses which volume. */
export function serviceGraph(input: GraphInput): ServiceGraph {
  const { model } = input.compose;
  const names = Object.keys(model.services).sort(compareText);
  return {
    mode: input.mode,
    services: names.map((name) => serviceNode(input, name, model.services[name] as ComposeService)),
    dependencies: names.flatMap((from) => dependenciesOf(model.services[from] as ComposeService).map(({ service, condition, required }) => ({ from, to: service, condition, required }))),
    networks: networksOf(input, names),
    volumes: volumesOf(input),
  };
}

function serviceNode(input: GraphInput, service: string, definition: ComposeService): ServiceGraph['services'][number] {
  const { model } = input.compose;
  const status = input.statuses.find((one) => one.name === service);
  const mounts = definition.volumes ?? [];
  return {
    service,
    state: status?.state ?? 'absent',
    health: status?.health ?? 'none',
    // What is bound now says more than the file: a range, or no host port at all, is only settled by the engine.
    ports: status !== undefined && status.ports.length > 0 ? status.ports.map(boundPort) : (definition.ports ?? []).map(declaredPort),
    mounts: mounts.filter((one) => one.type === 'bind').map((one) => `${shownPath(input.dir, one.source ?? '')} -> ${one.target}${one.read_only === true ? ' (read-only)' : ''}`),
    volumes: [...new Set(mounts.flatMap((one) => (one.type === 'volume' && one.source !== undefined ? [volumeName(model, one.source)] : [])))],
    networks: networkKeys(definition).map((key) => model.networks[key]?.name ?? key),
  };
}

function boundPort(port: ObservedPort): string {
  return `${hostOf(port.hostIp)}${String(port.hostPort)}->${String(port.containerPort)}/${port.protocol}`;
}

function declaredPort(port: ComposePort): string {
  const published = port.published ?? '';
  return `${published === '' ? '' : `${hostOf(port.host_ip ?? '')}${published}->`}${String(port.target)}/${port.protocol}`;
}

function hostOf(hostIp: string): string {
  return hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::' ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`;
}

function networkKeys(definition: ComposeService): readonly string[] {
  return definition.network_mode === undefined ? Object.keys(definition.networks ?? {}) : [];
}

function networksOf({ compose: { model }, networks }: GraphInput, names: readonly string[]): ServiceGraph['networks'] {
  const keys = [...new Set([...Object.keys(model.networks), ...names.flatMap((name) => networkKeys(model.services[name] as ComposeService))])];
  return keys
    .map((key) => ({ name: model.networks[key]?.name ?? key, external: model.networks[key]?.external === true, exists: networks.includes(model.networks[key]?.name ?? key), subnets: (model.networks[key]?.ipam.config ?? []).flatMap(({ subnet }) => subnet ?? []), services: names.filter((name) => networkKeys(model.services[name] as ComposeService).includes(key)) }))
    .sort((a, b) => compareText(a.name, b.name));
}

function volumeName(model: ComposeModel, key: string): string {
  return model.volumes[key]?.name ?? key;
}

/** Names of the volumes that services of a mode mount, with who mounts them where. */
function usersOf(model: ComposeModel): ReadonlyMap<string, GraphVolume['users']> {
  const users = new Map<string, GraphVolume['users']>();
  for (const service of Object.keys(model.services).sort(compareText)) {
    for (const mount of model.services[service]?.volumes ?? []) {
      if (mount.type !== 'volume' || mount.source === undefined) continue;
      const name = volumeName(model, mount.source);
      users.set(name, [...(users.get(name) ?? []), { service, target: mount.target, readOnly: mount.read_only === true }]);
    }
  }
  return users;
}

function sizeOf({ sizes, isMeasuring }: GraphInput, name: string, exists: boolean): Pick<GraphVolume, 'sizeBytes' | 'size'> {
  if (!exists) return { sizeBytes: null, size: 'none' };
  const sizeBytes = sizes?.get(name);
  return sizeBytes === undefined ? { sizeBytes: null, size: isMeasuring ? 'pending' : 'unknown' } : { sizeBytes, size: 'known' };
}

/** Those that any mode declares, and those that are there and carry the project's name. */
function volumesOf(input: GraphInput): readonly GraphVolume[] {
  const { model } = input.compose;
  const own = usersOf(model);
  const inModes = Object.entries(input.loaded).map(([mode, loaded]) => ({ mode, users: usersOf(loaded.model), declared: Object.values(loaded.model.volumes) }));
  const there = new Map(input.volumes.map((one) => [one.name, one]));
  const labelled = input.volumes.filter((one) => one.labels[COMPOSE_LABELS.project] === model.name && !isAnonymousVolume(one.name)).map((one) => one.name);
  const declared = [...Object.values(model.volumes), ...inModes.flatMap((one) => one.declared)];
  const names = new Set([...declared.map((one) => one.name), ...own.keys(), ...labelled]);
  return [...names].sort(compareText).map((name) => ({
    name,
    external: declared.some((one) => one.name === name && one.external === true),
    exists: there.has(name),
    ...sizeOf(input, name, there.has(name)),
    users: own.get(name) ?? [],
    modes: inModes.filter((one) => one.users.has(name)).map((one) => one.mode),
  }));
}
