import { splitColons } from '../checks/compose-edit';
import { movePointers, unambiguousMoves, type PortMoves } from '../checks/port-pointers';
import { portClaims, publishedRange } from '../checks/port-claims';
import type { ComposeModel } from '../compose/model';
import { variablesIn } from '../compose/interpolate';
import type { YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars } from '../yaml/rewrite-scalars';
import { ByHand } from '../yaml/yaml-places';

/** Which ports move how far; without services those of every service. */
export interface PortShift {
  readonly offset: number;
  readonly services: readonly string[];
}

/** A compose file with its ports moved, and the variables that decide some of them. */
export interface RemappedFile {
  readonly outcome: YamlEditOutcome;
  /** Names whose values must move where they are set. */
  readonly variables: ReadonlySet<string>;
}

const isMeant = ({ services }: PortShift, service: string): boolean => services.length === 0 || services.includes(service);

/** Moves every published port where it is written, short and long, ranges and defaults of variables. `isSet`: an env file gives the variable its value. */
export function remapPorts(text: string, shift: PortShift, isSet: (variable: string) => boolean): RemappedFile {
  const variables = new Set<string>();
  const outcome = rewriteScalars(text, [['services', '*', 'ports', '*'], ['services', '*', 'ports', '*', 'published']], ({ path, value }) => {
    if (!isMeant(shift, String(path[1]))) return undefined;
    if (path.length === 5) return movedHost(value, shift.offset, isSet, variables);
    const parts = [...splitColons(value)];
    const host = parts.length - 2;
    if (host < 0) return undefined;
    parts[host] = movedHost(parts[host] ?? '', shift.offset, isSet, variables);
    return parts.join(':');
  });
  return { outcome, variables };
}

/** A host port as written: digits, a range, or variables of which each stands for one of these. */
function movedHost(written: string, offset: number, isSet: (variable: string) => boolean, variables: Set<string>): string {
  if (!written.includes('$')) return movedPort(written, offset);
  const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^${}]*))?\})(?:-(.+))?$/.exec(written);
  const name = found?.[1] ?? found?.[2];
  const operator = found?.[3] ?? '';
  if (found === null || name === undefined || operator.endsWith('+')) throw new ByHand(`The port ${written} is put together from variables.`);
  if (isSet(name)) variables.add(name);
  const rest = found[5] === undefined ? '' : `-${movedHost(found[5], offset, isSet, variables)}`;
  if (isSet(name)) return `${written.slice(0, written.length - (found[5] === undefined ? 0 : found[5].length + 1))}${rest}`;
  const fallback = found[4] ?? '';
  if (!operator.endsWith('-') || fallback === '') throw new ByHand(`The port ${written} comes from the variable ${variablesIn(written)[0]?.name ?? name}, which no file sets.`);
  return `\${${name}${operator}${movedPort(fallback, offset)}}${rest}`;
}

/** A port or a range, moved. What is neither (an empty part, 0 for any free port) stays. Throws ByHand beyond the ports there are. */
export function movedPort(written: string, offset: number): string {
  const range = publishedRange(written.trim());
  if (range === undefined) return written;
  const [first, last] = [range.first + offset, range.last + offset];
  if (first < 1 || last > 65_535) throw new ByHand(`Port ${written} plus ${String(offset)} is no port.`);
  return range.first === range.last && !written.includes('-') ? String(first) : `${String(first)}-${String(last)}`;
}

/** Old and new host ports of every model together; those that somebody else still has after the move are left out, because a value may point to them. */
export function portMovesOf(models: readonly ComposeModel[], shift: PortShift): PortMoves {
  const claims = models.flatMap((model) => portClaims(model)).filter(({ service }) => isMeant(shift, service));
  const moves = new Map(claims.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => [first + index, first + index + shift.offset] as const)));
  return unambiguousMoves(moves, models.map((model) => ({ ...model, services: Object.fromEntries(Object.entries(model.services).filter(([name]) => !isMeant(shift, name))) })));
}

/** What the model must be afterwards: ports and the values that point to them, and nothing else. */
export function remappedModel(model: ComposeModel, shift: PortShift, moves: PortMoves): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => {
    const ports = service.ports === undefined || !isMeant(shift, name) ? service.ports : service.ports.map((port) => (port.published === undefined ? port : { ...port, published: movedPort(port.published, shift.offset) }));
    const environment = service.environment === undefined ? undefined : Object.fromEntries(Object.entries(service.environment).map(([key, value]) => [key, value === null ? null : movePointers(value, moves)]));
    return [name, { ...service, ...(ports === undefined ? {} : { ports }), ...(environment === undefined ? {} : { environment }) }] as const;
  });
  return { ...model, services: Object.fromEntries(services) };
}
