import type { FixAction } from '@shared/domain/checks/facts';
import { portClaims } from '@shared/domain/checks/port-claims';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';

type PortAction = Extract<FixAction, { readonly kind: 'set-host-port' | 'set-port-range' }>;

const isPortAction = (action: FixAction): action is PortAction => action.kind === 'set-host-port' || action.kind === 'set-port-range';
const countOf = (action: PortAction): number => (action.kind === 'set-port-range' ? action.last - action.from + 1 : 1);
const keyOf = (action: PortAction): string => `${action.service}:${String(action.from)}+${String(countOf(action))}`;

/** The same port of the same service gets the same new one in every mode, so that what points to it can follow: one that no other service of any mode has written. */
export function onePortEach(modes: readonly LoadedMode[], chosen: readonly ChosenFix[]): readonly ChosenFix[] {
  const actions = chosen.flatMap(({ fix: { action } }) => (isPortAction(action) ? [action] : []));
  const given = new Map<string, number>();
  const taken = new Set<number>();
  for (const action of actions) {
    if (given.has(keyOf(action))) continue;
    const proposed = actions.filter((one) => keyOf(one) === keyOf(action)).map((one) => one.to);
    const written = portsOfOthers(modes, action.service);
    const to = freeOf(proposed, countOf(action), (port) => written.has(port) || taken.has(port));
    given.set(keyOf(action), to);
    for (let port = to; port < to + countOf(action); port += 1) taken.add(port);
  }
  return chosen.map((one) => {
    const { action } = one.fix;
    const to = isPortAction(action) ? (given.get(keyOf(action)) ?? action.to) : undefined;
    if (to === undefined || !isPortAction(action) || to === action.to) return one;
    const title = action.kind === 'set-host-port' ? `Use port ${String(to)} instead` : `Use ports ${String(to)}-${String(to + countOf(action) - 1)} instead`;
    return { ...one, fix: { ...one.fix, title, action: { ...action, to } } };
  });
}

/** What a service may have in one mode it may have in another: the checks of each mode see to its own. */
function portsOfOthers(modes: readonly LoadedMode[], service: string): ReadonlySet<number> {
  const claims = modes.flatMap(({ compose }) => portClaims(compose.model)).filter((one) => one.service !== service);
  return new Set(claims.flatMap(({ first, last }) => (first === last ? [first] : [first, last])));
}

/** Each proposal is free on this machine; beyond the highest the checks that run afterwards decide. */
function freeOf(proposed: readonly number[], count: number, isTaken: (port: number) => boolean): number {
  const isFree = (port: number): boolean => Array.from({ length: count }, (_, offset) => port + offset).every((one) => !isTaken(one));
  const found = proposed.find(isFree);
  if (found !== undefined) return found;
  let port = Math.max(...proposed);
  while (!isFree(port) && port < 65_535) port += 1;
  return port;
}
