import type { ComposeModel, ComposeService } from '../compose/model';

/** Where a socket listens, per address family: nowhere, everywhere, or on one address. */
interface Reach {
  readonly v4: string | null;
  readonly v6: string | null;
}

const ANY = '*';

/** A published port of a service: one fixed port (first = last) or a range of which the engine takes a free one. */
export interface PortClaim {
  readonly service: string;
  /** Index in the service's `ports`. */
  readonly index: number;
  readonly hostIp: string;
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
  readonly target: number;
}

function plainAddress(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '').toLowerCase();
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(bare) ? bare.slice('::ffff:'.length) : bare;
}

/** The families and addresses that a host IP of a compose file or a listener stands for. An empty one is every address of both families. */
function reachOf(address: string, wildcardTakesIpv4: boolean): Reach {
  const plain = plainAddress(address);
  if (plain === '') return { v4: ANY, v6: ANY };
  if (plain === '0.0.0.0') return { v4: ANY, v6: null };
  if (plain === '::') return { v4: wildcardTakesIpv4 ? ANY : null, v6: ANY };
  return plain.includes(':') ? { v4: null, v6: plain } : { v4: plain, v6: null };
}

function meets(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && (a === ANY || b === ANY || a === b);
}

/**
 * True when two sockets of these addresses cannot share a port: a family in common, with the same address or a
 * wildcard on either side. `wildcardTakesIpv4` says of each whether its `::` also takes IPv4 (most programs; not a
 * published port).
 */
export function addressesOverlap(a: string, b: string, wildcardTakesIpv4: { readonly a: boolean; readonly b: boolean } = { a: false, b: false }): boolean {
  const left = reachOf(a, wildcardTakesIpv4.a);
  const right = reachOf(b, wildcardTakesIpv4.b);
  return meets(left.v4, right.v4) || meets(left.v6, right.v6);
}

/** True for addresses that only this machine can reach. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || plain === 'localhost' || /^127\./.test(plain);
}

/** Ports a `published` text stands for: `8000` or `8000-8010`; undefined for none, 0 (any free port) and nonsense. */
export function publishedRange(published: string | undefined): { readonly first: number; readonly last: number } | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(published ?? '');
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first < 1 || last > 65_535 || last < first ? undefined : { first, last };
}

/** How many containers a service runs. */
export function replicasOf(service: ComposeService): number {
  return service.scale ?? service.deploy?.replicas ?? 1;
}

/** The host ports a model asks for. Services on the host's own network publish nothing. */
export function portClaims(model: ComposeModel): readonly PortClaim[] {
  return Object.entries(model.services).flatMap(([service, definition]) => {
    if (definition.network_mode === 'host' || definition.network_mode === 'none' || replicasOf(definition) === 0) return [];
    return (definition.ports ?? []).flatMap((port, index) => {
      const range = publishedRange(port.published);
      return range === undefined ? [] : [{ service, index, hostIp: port.host_ip ?? '', ...range, protocol: port.protocol === '' ? 'tcp' : port.protocol, target: port.target }];
    });
  });
}

/** Two claims that can never both be met: fixed ports that are equal, with overlapping addresses and the same protocol. Ranges leave the engine a choice. */
export function claimsCollide(a: PortClaim, b: PortClaim): boolean {
  const fixed = a.first === a.last && b.first === b.last;
  return fixed && a.first === b.first && a.protocol === b.protocol && addressesOverlap(a.hostIp, b.hostIp);
}

/** Every pair that collides, each once, in file order. */
export function collisions(claims: readonly PortClaim[]): readonly (readonly [PortClaim, PortClaim])[] {
  const byPort = new Map<string, PortClaim[]>();
  const pairs: (readonly [PortClaim, PortClaim])[] = [];
  for (const claim of claims) {
    if (claim.first !== claim.last) continue;
    const key = `${claim.first}/${claim.protocol}`;
    const before = byPort.get(key) ?? [];
    for (const other of before) if (claimsCollide(other, claim)) pairs.push([other, claim]);
    byPort.set(key, [...before, claim]);
  }
  return pairs;
}

/** The first port after `from` that `isTaken` does not refuse, wrapping to 1024 at the end; undefined when there is none. */
export function nextFreePort(from: number, isTaken: (port: number) => boolean): number | undefined {
  for (let port = from + 1; port <= 65_535; port += 1) if (!isTaken(port)) return port;
  for (let port = 1024; port < from; port += 1) if (!isTaken(port)) return port;
  return undefined;
}

/** A claim as a compose file would write its host side: `8000`, `127.0.0.1:8000`, `53/udp`. */
export function claimText(claim: Pick<PortClaim, 'hostIp' | 'first' | 'last' | 'protocol'>): string {
  const ip = claim.hostIp === '' ? '' : `${claim.hostIp.includes(':') ? `[${claim.hostIp}]` : claim.hostIp}:`;
  const range = claim.first === claim.last ? String(claim.first) : `${claim.first}-${claim.last}`;
  return `${ip}${range}${claim.protocol === 'tcp' ? '' : `/${claim.protocol}`}`;
}
