import { portClaims } from '@shared/domain/checks/port-claims';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';

/** The same port of the same service gets the same new one in every mode, so that what points to it can follow: one that no mode has written. */
export function onePortEach(modes: readonly LoadedMode[], chosen: readonly ChosenFix[]): readonly ChosenFix[] {
  const written = new Set(modes.flatMap(({ compose }) => portClaims(compose.model)).flatMap(({ first, last }) => (first === last ? [first] : [first, last])));
  const given = new Map<string, number>();
  return chosen.map((one) => {
    const { action } = one.fix;
    if (action.kind !== 'set-host-port') return one;
    const key = `${action.service}:${String(action.from)}`;
    const to = given.get(key) ?? freeOf(proposals(chosen, action.service, action.from), written, new Set(given.values()));
    given.set(key, to);
    return to === action.to ? one : { ...one, fix: { ...one.fix, title: `Use port ${String(to)} instead`, action: { ...action, to } } };
  });
}

function proposals(chosen: readonly ChosenFix[], service: string, from: number): readonly number[] {
  return chosen.flatMap(({ fix: { action } }) => (action.kind === 'set-host-port' && action.service === service && action.from === from ? [action.to] : []));
}

/** Each proposal is free on this machine; beyond the highest the checks that run afterwards decide. */
function freeOf(proposed: readonly number[], written: ReadonlySet<number>, given: ReadonlySet<number>): number {
  const isFree = (port: number): boolean => !written.has(port) && !given.has(port);
  const found = proposed.find(isFree);
  if (found !== undefined) return found;
  let port = Math.max(...proposed);
  while (!isFree(port) && port < 65_535) port += 1;
  return port;
}
