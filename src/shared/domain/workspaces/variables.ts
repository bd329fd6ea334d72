import { objectOf, textOf } from '../engine/read-json';

/** A variable that was given to a workspace, as it may be told: never its value. */
export interface VariableName {
  readonly name: string;
  readonly setAt: string;
}

interface KeptVariable extends VariableName {
  readonly value: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** What the container itself lives by. */
const RESERVED: ReadonlySet<string> = new Set(['HOME', 'HOSTNAME', 'PATH', 'PORT']);

/** Why a name cannot be that of a variable; null when it can. */
export function variableObstacle(name: string): string | null {
  if (!NAME.test(name)) return 'The name of a variable has letters, digits and underscores, and does not begin with a digit.';
  if (name.startsWith('BERTH_')) return 'Names that begin with BERTH_ are Berth’s own.';
  if (name === 'PORT') return 'PORT is where the container hands requests on to: say `port: …` in .workspace.yml instead.';
  return RESERVED.has(name) ? `${name} belongs to the container itself.` : null;
}

/** Kept variables by name; what cannot be read, or was removed, is not there. */
export function readVariables(kept: unknown): readonly KeptVariable[] {
  return Object.entries(objectOf(kept))
    .map(([name, one]) => ({ name, value: objectOf(one)['value'], setAt: textOf(objectOf(one)['setAt']) }))
    .filter((one): one is KeptVariable => typeof one.value === 'string' && variableObstacle(one.name) === null)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
