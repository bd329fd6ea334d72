import type { ComposeModel } from '../compose/model';
import type { ProposedFix } from './check-result';
import type { CheckInput } from './facts';
import { collisions, nextFreePort, portClaims, type PortClaim } from './port-claims';

/** Whether somebody who is none of the project's has a host port. */
type IsHeld = (port: number, protocol: string, hostIp: string) => boolean;

/** Ports that are written as one and move as one: a single one, or a range. */
interface Block {
  readonly service: string;
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
}

const keyOf = ({ service, protocol, first, last }: Block): string => `${service} ${String(first).padStart(5, '0')}-${String(last)}/${protocol}`;

/** `8001-8002:80-81` is two ports of the model and one place in the file: one of them cannot be changed there by itself. */
function blockOf({ compose }: CheckInput, claim: PortClaim): Block {
  const placeOf = (index: number): string | undefined => {
    const where = compose.locate(['services', claim.service, 'ports', String(index)]);
    return where?.line === undefined ? undefined : `${where.file}:${String(where.line)}:${String(where.column)}`;
  };
  const own = placeOf(claim.index);
  const together = portClaims(compose.model).filter((one) => one.service === claim.service && one.protocol === claim.protocol && (one.index === claim.index || (own !== undefined && placeOf(one.index) === own)));
  const { service, protocol } = claim;
  return { service, protocol, first: Math.min(...together.map((one) => one.first)), last: Math.max(...together.map((one) => one.last)) };
}

/** Whether a claim is to ports of a block. */
function holds({ service, protocol, first, last }: Block, claim: PortClaim): boolean {
  return claim.service === service && claim.protocol === protocol && claim.first >= first && claim.last <= last;
}

/** Claims that cannot stay: every port of theirs is somebody's, or an earlier service of the files has it. */
function needy(model: ComposeModel, isHeld: IsHeld): readonly PortClaim[] {
  const claims = portClaims(model);
  const later = new Set(collisions(claims).map(([, one]) => one));
  return claims.filter((claim) => later.has(claim) || portsOf(claim).every((port) => isHeld(port, claim.protocol, claim.hostIp)));
}

/** So many ports of a range are looked at. */
const MOST_PORTS = 1000;

function portsOf({ first, last }: Pick<Block, 'first' | 'last'>): readonly number[] {
  return Array.from({ length: Math.min(last - first, MOST_PORTS) + 1 }, (_, offset) => first + offset);
}

/**
 * The fix "use port N": the next ports that nobody in the files of any mode, on the engine or on the host has. Every mode works out
 * the same for all of them, so that what one proposes is what is written, and no two fixes meet on one port. A service keeps in one
 * mode the port that it has in another.
 */
export function portProposals(input: CheckInput, isHeld: IsHeld): (claim: PortClaim) => readonly ProposedFix[] {
  let blocks: ReadonlyMap<string, number> | undefined;
  return (claim) => {
    blocks ??= freeBlocks(input, isHeld);
    const block = blockOf(input, claim);
    const to = blocks.get(keyOf(block));
    if (to === undefined) return [];
    const { service, index } = claim;
    if (block.first === block.last) return [{ title: `Use port ${String(to)} instead`, action: { kind: 'set-host-port', service, index, from: claim.first, to } }];
    return [{ title: `Use ports ${String(to)}-${String(to + block.last - block.first)} instead`, action: { kind: 'set-port-range', service, index, from: block.first, last: block.last, to } }];
  };
}

function freeBlocks(input: CheckInput, isHeld: IsHeld): ReadonlyMap<string, number> {
  // Where another mode writes its ports is not known here: what is a range in this mode is one there.
  const own = portClaims(input.compose.model).map((claim) => blockOf(input, claim));
  const modes = [input.compose.model, ...Object.values(input.facts.otherModes ?? {})].map((model, index) => {
    const blocks = needy(model, isHeld).map((claim) => ({ claim, block: index === 0 ? blockOf(input, claim) : (own.find((one) => holds(one, claim)) ?? claim) }));
    return { claims: portClaims(model), blocks, keys: new Set(blocks.map(({ block }) => keyOf(block))) };
  });
  const wanted = new Map(modes.flatMap(({ blocks }) => blocks).map(({ block }) => [keyOf(block), block] as const));
  const free = new Map<string, number>();
  const given = new Set<string>();
  for (const [key, block] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Where a mode is in order, the port that the same service has there is its to take.
    const targets = new Set(modes.flatMap(({ claims }) => claims.filter((one) => holds(block, one)).map((one) => one.target)));
    const written = new Set(modes.flatMap(({ claims, keys }) => claims.filter((one) => one.protocol === block.protocol && (keys.has(key) || one.service !== block.service || !targets.has(one.target))).flatMap(portsOf)));
    const isTaken = (port: number): boolean => port > 65_535 || written.has(port) || given.has(`${String(port)}/${block.protocol}`) || isHeld(port, block.protocol, '');
    const to = nextFreePort(block.first, (port) => portsOf({ first: port, last: port + block.last - block.first }).some(isTaken));
    if (to === undefined) continue;
    free.set(key, to);
    for (const port of portsOf({ first: to, last: to + block.last - block.first })) given.add(`${String(port)}/${block.protocol}`);
  }
  return free;
}
