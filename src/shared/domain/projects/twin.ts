import type { ComposeBuild, ComposeMount, ComposeNetwork, ComposePort, ComposeService, ComposeVolume, LoadedCompose } from '../compose/model';
import type { TwinOf } from './project';

/** Networks that the engine itself has. */
const BUILT_IN_NETWORKS: readonly string[] = ['bridge', 'host', 'none'];
const LAST_PORT = 65_535;

/** The compose project name of a twin. */
export function twinName(name: string, twin: Pick<TwinOf, 'suffix'>): string {
  return `${name}${twin.suffix}`;
}

/**
 * What a twin runs instead of what its files say, so that it shares nothing with the original: names of its own for
 * containers, networks, volumes and built images, other host ports, no fixed addresses, nothing of the host outside its
 * folder writable. `loaded` was loaded from the twin's folder `dir` under the twin's name.
 */
export function asTwin(loaded: LoadedCompose, twin: TwinOf, dir: string = loaded.projectDir): LoadedCompose {
  const { model } = loaded;
  const entries = <T>(map: { readonly [key: string]: T }, change: (one: T, key: string) => T): { readonly [key: string]: T } => Object.fromEntries(Object.entries(map).map(([key, one]) => [key, change(one, key)]));
  return {
    ...loaded,
    model: {
      ...model,
      services: entries(model.services, (service) => twinService(service, twin, dir)),
      networks: entries(model.networks, (network, key) => twinNetwork(network, `${model.name}_${key}`, twin)),
      volumes: entries(model.volumes, (volume, key) => twinVolume(volume, `${model.name}_${key}`, twin)),
    },
  };
}

/** Volumes whose data a twin starts with: name on the engine of the original, name of the twin's. */
export function volumeCopies(original: LoadedCompose, twin: LoadedCompose): readonly { readonly from: string; readonly to: string }[] {
  return Object.entries(twin.model.volumes).flatMap(([key, volume]) => {
    const from = original.model.volumes[key]?.name;
    return from === undefined || from === volume.name ? [] : [{ from, to: volume.name }];
  });
}

function twinService(service: ComposeService, twin: TwinOf, dir: string): ComposeService {
  const { container_name: name, image, build, networks, ports, volumes, mac_address: _mac, ...rest } = service;
  return {
    ...rest,
    ...(name === undefined ? {} : { container_name: `${name}${twin.suffix}` }),
    // A build of the twin must not take over the tag the original runs from.
    ...(image === undefined || build !== undefined ? {} : { image }),
    ...(build === undefined ? {} : { build: withoutTags(build) }),
    ...(networks === undefined ? {} : { networks: Object.fromEntries(Object.entries(networks).map(([key, one]) => [key, one === null ? null : withoutAddresses(one)])) }),
    ...(ports === undefined ? {} : { ports: ports.map((port) => shifted(port, twin.portOffset)) }),
    ...(volumes === undefined ? {} : { volumes: volumes.map((mount) => twinMount(mount, dir)) }),
  };
}

function withoutTags(build: ComposeBuild): ComposeBuild {
  const { tags: _tags, ...rest } = build;
  return rest;
}

function withoutAddresses<T extends { readonly ipv4_address?: string; readonly ipv6_address?: string; readonly mac_address?: string }>(network: T): Omit<T, 'ipv4_address' | 'ipv6_address' | 'mac_address'> {
  const { ipv4_address: _v4, ipv6_address: _v6, mac_address: _mac, ...rest } = network;
  return rest;
}

/** A published port or range moved by the offset; beyond the last port it goes down instead. Ports the engine chooses stay so. */
export function shifted(port: ComposePort, offset: number): ComposePort {
  if (port.published === undefined || port.published === '') return port;
  const bounds = port.published.split('-').map(Number);
  if (bounds.some((bound) => !Number.isInteger(bound) || bound === 0)) return port;
  const by = Math.max(...bounds) + offset > LAST_PORT ? -offset : offset;
  return { ...port, published: bounds.map((bound) => String(bound + by)).join('-') };
}

/** What lies outside the twin's folder is the user's own: it may be read, not written. Sockets and devices cannot be told from here and stay as they are. */
function twinMount(mount: ComposeMount, dir: string): ComposeMount {
  if (mount.type !== 'bind' || mount.source === undefined) return mount;
  const inside = mount.source === dir || mount.source.startsWith(`${dir}/`);
  return inside || mount.source.endsWith('.sock') ? mount : { ...mount, read_only: true };
}

function twinNetwork(network: ComposeNetwork, ownName: string, twin: TwinOf): ComposeNetwork {
  if (BUILT_IN_NETWORKS.includes(network.name)) return network;
  const { external, ...rest } = network;
  // A fixed subnet would overlap with the one the original has.
  return { ...rest, name: external === true ? ownName : ownNameOf(network.name, ownName, twin), ipam: {} };
}

function twinVolume(volume: ComposeVolume, ownName: string, twin: TwinOf): ComposeVolume {
  // Without driver and options: they may name a place of the host or a server that the original uses.
  const { external, driver: _driver, driver_opts: _options, ...rest } = volume;
  return { ...rest, name: external === true ? ownName : ownNameOf(volume.name, ownName, twin) };
}

function ownNameOf(name: string, ownName: string, twin: TwinOf): string {
  return name === ownName ? name : `${name}${twin.suffix}`;
}

/**
 * The trust of a twin: what the user agreed to for the original, said of the copy's paths too. `root` is the folder under
 * which the copy repeats the paths of this computer; what may be written is only read by a twin.
 */
export function twinTrust(trustedFacts: readonly string[], root: string): readonly string[] {
  const moved = trustedFacts.flatMap((key) => {
    const match = /^(bind-outside:[^:]*:|bind-shared:[^:]*:|build-outside:|reads-outside:)(\/.*)$/.exec(key);
    return match === null ? [] : [`${match[1] ?? ''}${root}${match[2] ?? ''}`];
  });
  const all = [...trustedFacts, ...moved];
  const read = all.filter((key) => key.startsWith('bind-outside:') && key.endsWith(':rw')).map((key) => `${key.slice(0, -':rw'.length)}:ro`);
  return [...new Set([...all, ...read])].sort();
}

/** Every host port that models publish once moved by an offset; null when two of them would meet. */
export function portsOfTwin(loaded: readonly LoadedCompose[], offset: number): readonly number[] | null {
  const ports = new Map<number, number>();
  for (const { model } of loaded) {
    for (const port of Object.values(model.services).flatMap((service) => service.ports ?? [])) {
      const before = boundsOf(port);
      const after = boundsOf(shifted(port, offset));
      for (let index = 0; index < after.length; index += 1) {
        const [from, to] = [before[index] ?? 0, after[index] ?? 0];
        if ((ports.get(to) ?? from) !== from) return null;
        ports.set(to, from);
      }
    }
  }
  return [...ports.keys()];
}

/** Every port of a published port or range; none when the engine chooses it. */
function boundsOf(port: ComposePort): readonly number[] {
  const [first, last = first] = (port.published ?? '').split('-').map(Number);
  if (first === undefined || last === undefined || !Number.isInteger(first) || !Number.isInteger(last) || first === 0) return [];
  return Array.from({ length: Math.max(0, last - first) + 1 }, (_, index) => first + index);
}

/** A suffix that no project on the engine has, beginning with the wanted one. */
export function freeSuffix(name: string, suffix: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? suffix : `${suffix}${String(count)}`;
    if (!taken.has(`${name}${candidate}`)) return candidate;
  }
}
