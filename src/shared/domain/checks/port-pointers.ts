import type { ComposeModel } from '../compose/model';
import { rewriteEnvFile } from '../compose/rewrite-env-file';
import type { YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars, type ScalarPattern } from '../yaml/rewrite-scalars';
import { portClaims } from './port-claims';

/** Old host port to new host port. */
export type PortMoves = ReadonlyMap<number, number>;

/** This machine, as an address of it is written: from a browser, or from inside a container. */
const POINTER = /(?<![A-Za-z0-9_.-])(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal):([0-9]{1,5})(?![0-9])/gi;

export const ENVIRONMENT_VALUES: readonly ScalarPattern[] = [['services', '*', 'environment', '*']];

/** A value in which each address of this machine with a moved port has the new one. */
export function movePointers(value: string, moves: PortMoves): string {
  return value.replace(POINTER, (whole, host: string, port: string) => {
    const to = moves.get(Number(port));
    return to === undefined ? whole : `${host}:${String(to)}`;
  });
}

/** The same in the environments of a compose file. */
export function movePointersInCompose(text: string, moves: PortMoves): YamlEditOutcome {
  return rewriteScalars(text, ENVIRONMENT_VALUES, ({ value }) => movePointers(value, moves));
}

/** The same in the values of an env file. */
export function movePointersInEnvFile(text: string, moves: PortMoves): string {
  return rewriteEnvFile(text, (_name, value) => movePointers(value, moves));
}

/** Of the moves, those after which nobody has the old port any more: a value may point to whom it still belongs. */
export function unambiguousMoves(moves: PortMoves, modelsLeft: readonly ComposeModel[]): PortMoves {
  const kept = new Set(modelsLeft.flatMap((model) => portClaims(model)).flatMap(({ first, last }) => [...moves.keys()].filter((port) => port >= first && port <= last)));
  return new Map([...moves].filter(([from]) => !kept.has(from)));
}
