import type { ComposeModel, ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';

/** Why two containers cannot run side by side; null when they can. */
export interface Conflict {
  readonly kind: 'port' | 'address' | 'volume' | 'folder' | 'device' | 'namespace' | 'network';
  readonly text: string;
}

interface PortRange {
  readonly from: number;
  readonly to: number;
  readonly protocol: string;
  readonly hostIp: string;
}

/** The host ports a service asks for; those the engine may choose are left out. */
export function fixedPorts(service: ComposeService): readonly PortRange[] {
  return (service.ports ?? []).flatMap((port) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(port.published ?? '');
    if (match === null || match[1] === '0') return [];
    return [{ from: Number(match[1]), to: Number(match[2] ?? match[1]), protocol: port.protocol, hostIp: port.host_ip ?? '' }];
  });
}

/** What only one of them can hold: host ports and fixed addresses. True of containers of different services as well. */
export function hostConflict(next: ComposeService, old: ObservedContainer): Conflict | null {
  for (const range of fixedPorts(next)) {
    for (const port of [...old.requestedPorts, ...old.ports]) {
      if (port.hostPort >= range.from && port.hostPort <= range.to && port.protocol === range.protocol && addressesMeet(range.hostIp, port.hostIp)) {
        return { kind: 'port', text: `both use port ${String(port.hostPort)}` };
      }
    }
  }
  const addresses = new Set(Object.values(next.networks ?? {}).flatMap((one) => (one === null ? [] : [one.ipv4_address, one.ipv6_address])).filter((one) => one !== undefined));
  const shared = old.networks.find((one) => one.ipAddress !== '' && addresses.has(one.ipAddress));
  return shared === undefined ? null : { kind: 'address', text: `both use the address ${shared.ipAddress}` };
}

/** Why a replacement cannot start while the container it replaces runs. */
export function replacementConflict(model: ComposeModel, next: ComposeService, old: ObservedContainer): Conflict | null {
  const host = hostConflict(next, old);
  if (host !== null) return host;
  if (next.network_mode === 'host' || old.networkMode === 'host') return { kind: 'namespace', text: 'it uses the network of the host' };
  if (/^(service|container):/.test(next.network_mode ?? '')) return { kind: 'namespace', text: 'it shares the network of another container' };
  if (next.pid === 'host' || next.ipc === 'host') return { kind: 'namespace', text: 'it uses namespaces of the host' };
  if ((next.devices ?? []).length > 0) return { kind: 'device', text: 'it uses a device' };
  const written = new Map(old.mounts.filter((one) => !one.readOnly && (one.type === 'volume' || one.type === 'bind')).map((one) => [`${one.type}:${one.source}`, one]));
  for (const mount of next.volumes ?? []) {
    if (mount.read_only === true || mount.source === undefined) continue;
    const name = mount.type === 'volume' ? (model.volumes[mount.source]?.name ?? mount.source) : mount.source;
    if (!written.has(`${mount.type}:${name}`)) continue;
    return mount.type === 'volume' ? { kind: 'volume', text: `both write the volume ${name}` } : { kind: 'folder', text: `both write ${name}` };
  }
  return null;
}

function addressesMeet(a: string, b: string): boolean {
  return isWildcard(a) || isWildcard(b) || a === b;
}

function isWildcard(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}
