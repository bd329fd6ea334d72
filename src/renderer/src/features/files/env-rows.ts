import type { OutputOf } from '@shared/contract/contract';
import { scanEnv, type EnvEntry } from '@shared/domain/files/env-text';

export type VariableEntry = OutputOf<'compose.variables'>[number];

/** What becomes of a variable of the file at one place that wants its name. */
export interface EnvUse {
  /** Null: a `${NAME}` of the compose files. */
  readonly service: string | null;
  /** Everybody who gives it a value, strongest first, in words. */
  readonly chain: readonly string[];
  /** Which of them is this file; -1 when it is none. */
  readonly own: number;
}

/** A row of the table of an env file. */
export interface EnvRow {
  readonly entry: EnvEntry;
  /** The line that says it again, further down, and decides; null for the one that counts. */
  readonly overruledBy: number | null;
  readonly uses: readonly EnvUse[];
}

/** The variables of a text with what becomes of them in a mode. `path` is the file's, as the sources say it. */
export function envRows(text: string, path: string, variables: readonly VariableEntry[]): readonly EnvRow[] {
  const { entries } = scanEnv(text);
  return entries.map((entry) => {
    const last = entries.findLast((one) => one.name === entry.name);
    return { entry, overruledBy: last === undefined || last === entry ? null : last.line, uses: variables.filter((one) => one.name === entry.name).flatMap((one) => useOf(one, path)) };
  });
}

function useOf(variable: VariableEntry, path: string): readonly EnvUse[] {
  const chain = [variable.source, ...variable.shadowed.map((one) => one.source)].filter((source) => source !== 'not set');
  const own = chain.findIndex((source) => isOf(source, path));
  // A service that has the name from elsewhere alone says nothing of this file.
  return own === -1 && variable.service !== null ? [] : [{ service: variable.service, chain, own }];
}

/** `.env:3`, `env_file api.env:2`: whether a source in words is this file. */
function isOf(source: string, path: string): boolean {
  return source === path || new RegExp(`(^|\\s)${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(:\\d+)?$`).test(source);
}
