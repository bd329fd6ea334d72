import type { OutputOf } from '@shared/contract/contract';
import { commandsWords as words } from '../../locales/en/commands';

export type Entry = OutputOf<'contract.describe'>[number];
export type Field = Entry['fields'][number];

/** What was typed, by input: lists are one item a line, and a switch that was not touched is not there. */
export type Typed = { readonly [field: string]: string | boolean };

/** The inputs a form asks for: positional ones first, as on the command line. The project is the one the window is on, and paths are only sent for what was picked. */
export function shownFields(entry: Entry): readonly Field[] {
  const own = entry.fields.filter((field) => field.name !== 'project' && !field.isPath);
  const rank = (field: Field): number => (entry.positional.includes(field.name) ? entry.positional.indexOf(field.name) : field.required ? 100 : 200);
  return [...own].sort((a, b) => rank(a) - rank(b));
}

/** What a switch shows before it is touched. */
export function isOn(field: Field, typed: Typed): boolean {
  const value = typed[field.name];
  return typeof value === 'boolean' ? value : field.defaultText === 'true';
}

/** What was typed as the input of the command, or what is still missing or wrong with it. */
export function inputOf(entry: Entry, typed: Typed, projectId: string | null): { readonly input: { readonly [field: string]: unknown } | null; readonly problems: readonly string[] } {
  const input: { [field: string]: unknown } = {};
  const missing: string[] = [];
  const problems: string[] = [];
  const project = entry.fields.find((field) => field.name === 'project');
  if (project !== undefined) {
    if (projectId !== null) input['project'] = projectId;
    else if (project.required) problems.push(words.form.noProject);
  }
  for (const field of shownFields(entry)) {
    const value = valueOf(field, typed[field.name]);
    if (value === undefined) {
      if (field.required) missing.push(field.name);
    } else if (field.type === 'number' && !Number.isFinite(value)) problems.push(words.form.notNumber(field.name));
    else input[field.name] = value;
  }
  if (missing.length > 0) problems.push(words.form.missing(missing));
  return { input: problems.length === 0 ? input : null, problems };
}

/** Undefined where nothing was typed: then the default of the command holds. */
function valueOf(field: Field, value: string | boolean | undefined): unknown {
  if (field.type === 'boolean') return typeof value === 'boolean' ? value : field.required ? isOn(field, {}) : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  if (field.type === 'number') return Number(value);
  if (field.type === 'list') return value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return field.type === 'json' ? jsonOrText(value) : value;
}

/** As on the command line: what is no JSON is a text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
