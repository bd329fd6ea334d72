import { AppError } from '../kernel/app-error';
import { usageLine } from './command-help';
import type { ContractEntry } from './define';
import { defaultTable, describeFields, nounOf, verbOf, type ContractTable, type FieldDescription } from './describe';

/** Flags every command takes. */
export interface GlobalFlags {
  readonly project: string | undefined;
  readonly json: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly watch: boolean;
}

/** What a command line is read against. */
export interface CommandLineOptions {
  /** The folder the user is in: the default project, and what relative paths count from. */
  readonly cwd: string;
  /** Makes a path absolute against cwd. */
  readonly resolvePath: (path: string) => string;
  /** Whether an absolute path is a folder: a word without a slash is a folder where there is one, else a project's name. */
  readonly isFolder?: (path: string) => boolean;
  readonly table?: ContractTable;
}

/** Flags as they were written, by their long names. */
export type FlagValues = Map<string, string | boolean | string[]>;

const PROJECT_ID = /^p_[0-9a-z]{13}$/;

export function buildInput(
  name: string,
  entry: ContractEntry,
  fields: readonly FieldDescription[],
  positionals: readonly FieldDescription[],
  plain: readonly string[],
  values: FlagValues,
  globals: GlobalFlags,
  options: CommandLineOptions,
): { [field: string]: unknown } {
  const input: { [field: string]: unknown } = {};
  for (const field of fields) {
    const value = values.get(field.flag);
    if (value !== undefined && field.name !== 'project') input[field.name] = typed(field, value);
  }
  placePositionals(name, positionals, plain, input);
  for (const field of fields) {
    if (!field.isPath || input[field.name] === undefined) continue;
    const value = input[field.name];
    input[field.name] = Array.isArray(value) ? value.map((path: string) => options.resolvePath(path)) : options.resolvePath(String(value));
  }
  const reference = (text: string): string => {
    if (PROJECT_ID.test(text)) return text;
    const path = options.resolvePath(text);
    return /[\\/]/.test(text) || text === '.' || text === '..' || options.isFolder?.(path) === true ? path : text;
  };
  const project = fields.find((field) => field.name === 'project');
  if (project !== undefined) {
    if (globals.project !== undefined) input['project'] = reference(globals.project);
    else if (project.required) input['project'] = options.cwd;
  }
  // A project named by its folder may be given wherever its id is asked for.
  if (nounOf(name) === 'projects' && typeof input['id'] === 'string') input['id'] = reference(input['id']);
  const dir = fields.find((field) => field.name === 'dir');
  if (dir !== undefined && dir.isPath && !dir.required && input['dir'] === undefined) {
    // A command that takes both finds the folder of the project by itself.
    if (globals.project !== undefined) Object.assign(input, project === undefined ? { dir: options.resolvePath(globals.project) } : {});
    // As docker compose: with -f the folder of the first file is the project's, otherwise the current one.
    else if (input['file'] === undefined || !entry.paths.includes('file')) input['dir'] = options.cwd;
  }
  if (name === 'schedules.set') scheduleForProject(input, options.table ?? defaultTable, globals.project === undefined ? options.cwd : reference(globals.project));
  const missing = fields.find((field) => field.required && input[field.name] === undefined);
  if (missing !== undefined) throw new AppError('input-invalid', entry.positional.includes(missing.name) ? `The ${missing.flag} is missing.` : `--${missing.flag} is missing.`, { hint: `Usage: ${usageLine(name, entry)}` });
  return input;
}

/** What is scheduled is about the project it would be about if it were run at once. */
function scheduleForProject(input: { [field: string]: unknown }, table: ContractTable, project: string): void {
  const scheduled = typeof input['kind'] === 'string' && Object.hasOwn(table, input['kind']) ? table[input['kind']] : undefined;
  const given = input['input'] ?? {};
  if (scheduled === undefined || typeof given !== 'object' || Array.isArray(given) || Object.hasOwn(given, 'project')) return;
  if (describeFields(scheduled).some((field) => field.name === 'project' && field.required)) input['input'] = { project, ...given };
}

function placePositionals(name: string, positionals: readonly FieldDescription[], plain: readonly string[], input: { [field: string]: unknown }): void {
  let index = 0;
  for (const field of positionals) {
    if (field.type === 'list') {
      const rest = plain.slice(index);
      index = plain.length;
      if (rest.length > 0) input[field.name] = rest;
    } else if (plain[index] !== undefined && input[field.name] === undefined) {
      input[field.name] = typed(field, plain[index] ?? '');
      index += 1;
    }
  }
  const extra = plain[index];
  if (extra !== undefined) throw new AppError('input-invalid', `\`berth ${usageName(name)}\` takes no "${shorten(extra)}".`, { hint: `See \`berth ${usageName(name)} --help\`.` });
}

function typed(field: FieldDescription, value: string | boolean | readonly string[]): unknown {
  if (field.type === 'json' && typeof value === 'string') return jsonOrText(field, value);
  if (field.hasJsonItems && typeof value === 'object') return value.flatMap((item) => itemsOf(jsonOrText(field, item)));
  if (field.type !== 'number' || typeof value !== 'string') return value;
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new AppError('input-invalid', `--${field.flag} must be a number, not "${shorten(value)}".`);
  return number;
}

/** Several may be given as one list; an empty one is none at all. */
function itemsOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? (given as readonly unknown[]) : [given];
}

/** A word that is no JSON is a text, unless it begins like a document. */
function jsonOrText(field: FieldDescription, value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    if (!/^\s*[[{"]/.test(value)) return value;
    throw new AppError('input-invalid', `--${field.flag} is not JSON: "${shorten(value)}".`);
  }
}

/** A command as people write it. */
export function usageName(name: string): string {
  return `${nounOf(name)} ${verbOf(name)}`;
}

/** A word of a message, not longer than a line takes. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
