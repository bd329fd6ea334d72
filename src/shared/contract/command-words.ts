import type { EntryDescription, FormField } from './describe';

type WordField = Pick<FormField, 'name' | 'flag' | 'type' | 'secret'> & Partial<Pick<FormField, 'hasJsonItems'>>;

/** The words of the command line that do the same as an input; secrets are left out, the command asks for them. */
export function commandWords(entry: Pick<EntryDescription, 'name' | 'positional'> & { readonly fields: readonly WordField[] }, input: { readonly [field: string]: unknown }, project: string | null): readonly string[] {
  const at = entry.name.indexOf('.');
  const words = ['berth', entry.name.slice(0, at), dashed(entry.name.slice(at + 1))];
  const flags: string[] = [];
  let inOrder = true;
  for (const name of entry.positional) {
    const field = entry.fields.find((one) => one.name === name);
    const value = input[name];
    // What follows one that is left out would be taken for it.
    if (field === undefined || value === undefined) inOrder = false;
    else if (inOrder && fitsPositional(field, value)) words.push(...(name === 'command' ? ['--'] : []), ...plainWords(field, value));
    else flags.push(...flagWords(field, value));
  }
  for (const field of entry.fields) {
    if (field.name === 'project') flags.push(...(project === null ? [] : ['--project', project]));
    else if (!entry.positional.includes(field.name) && !field.secret && input[field.name] !== undefined) flags.push(...flagWords(field, input[field.name]));
  }
  // Everything behind `--` belongs to the other program.
  const end = words.indexOf('--');
  return end === -1 ? [...words, ...flags] : [...words.slice(0, end), ...flags, ...words.slice(end)];
}

/** Words as they are typed into a shell: quoted where it would read them otherwise. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function textOf(field: WordField, value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  return field.type === 'json' ? jsonWord(value) : value;
}

/** A text that would be read as JSON is written as JSON. */
function jsonWord(text: string): string {
  try {
    JSON.parse(text);
    return JSON.stringify(text);
  } catch {
    return /^\s*[[{"]/.test(text) ? JSON.stringify(text) : text;
  }
}

function itemsOf(field: WordField, value: unknown): readonly string[] {
  const item = (one: unknown): string => (typeof one === 'object' ? JSON.stringify(one) : field.hasJsonItems === true ? jsonWord(String(one)) : String(one));
  return Array.isArray(value) ? value.map(item) : [item(value)];
}

function fitsPositional(field: WordField, value: unknown): boolean {
  if (field.name === 'command') return true;
  if (field.type === 'boolean') return false;
  const words = field.type === 'list' ? itemsOf(field, value) : [textOf(field, value)];
  return words.length > 0 && words.every((word) => word !== '' && !word.startsWith('-'));
}

function plainWords(field: WordField, value: unknown): readonly string[] {
  return field.type === 'list' ? itemsOf(field, value) : [textOf(field, value)];
}

function flagWords(field: WordField, value: unknown): readonly string[] {
  if (field.type === 'boolean') return [value === false ? `--no-${field.flag}` : `--${field.flag}`];
  const words = field.type === 'list' ? itemsOf(field, value) : [textOf(field, value)];
  if (words.length === 0 && field.hasJsonItems === true) return [`--${field.flag}`, '[]'];
  return words.flatMap((word) => (word === '' || word.startsWith('-') ? [`--${field.flag}=${word}`] : [`--${field.flag}`, word]));
}
