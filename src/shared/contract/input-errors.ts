import type * as z from 'zod';
import { AppError } from '../kernel/app-error';
import { closest } from './closest';

/** Turns what a schema has to say into one plain sentence that names the field, in the words of the door that asks. */
export function inputError(error: z.ZodError, shape: z.ZodRawShape, nameOf: (field: string) => string = (field) => `"${field}"`): AppError {
  const issue = error.issues[0];
  if (issue === undefined) return new AppError('input-invalid', 'This cannot be understood.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    if (issue.path.length > 0) return unknownInside(key, issue.path, fieldsAt(shape, issue.path));
    const near = closest(key, Object.keys(shape));
    return new AppError('input-invalid', `There is no ${nameOf(key)} here.`, { details: { field: key }, ...(near === undefined ? {} : { hint: `Did you mean ${nameOf(near)}?` }) });
  }
  const field = String(issue.path[0] ?? '');
  const name = field === '' ? 'The input' : issue.path.length === 1 ? nameOf(field) : `"${placeText(issue.path)}"`;
  return new AppError('input-invalid', `${name} ${predicate(issue, shape)}.`, { details: { field } });
}

function unknownInside(key: string, path: readonly PropertyKey[], known: readonly string[]): AppError {
  const near = closest(key, known);
  const hint = near === undefined ? `It takes ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return new AppError('input-invalid', `There is no "${key}" in ${placeText(path)}.`, { details: { field: String(path[0]) }, ...(known.length === 0 ? {} : { hint }) });
}

/** `rules[0].directory` */
function placeText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}

type Definition = z.core.$ZodTypes['_zod']['def'];

/** Names of the fields that an object inside of an input takes, whichever it is of several. */
function fieldsAt(shape: z.ZodRawShape, path: readonly PropertyKey[]): readonly string[] {
  return [...new Set(definitionsAt(shape, path).flatMap((def) => (def.type === 'object' ? Object.keys(def.shape) : [])))];
}

/** Words that may stand at a place; none where anything may. */
function wordsAt(shape: z.ZodRawShape, path: readonly PropertyKey[]): readonly string[] {
  return definitionsAt(shape, path).flatMap((def) => (def.type === 'enum' ? Object.values(def.entries) : def.type === 'literal' ? def.values : [])).map(String);
}

/** What may stand at a place inside of an input: several where it is one of several. */
function definitionsAt(shape: z.ZodRawShape, path: readonly PropertyKey[]): readonly Definition[] {
  let here = definitionsOf(shape[String(path[0])]);
  for (const part of path.slice(1)) {
    here = here.flatMap((def) => {
      if (def.type === 'array') return definitionsOf(def.element);
      if (def.type === 'record') return definitionsOf(def.valueType);
      return def.type === 'object' ? definitionsOf(def.shape[String(part)]) : [];
    });
  }
  return here;
}

function definitionsOf(schema: z.core.SomeType | undefined): readonly Definition[] {
  if (schema === undefined) return [];
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default') return definitionsOf(def.innerType);
  return def.type === 'union' ? def.options.flatMap(definitionsOf) : [def];
}

function predicate(issue: z.core.$ZodIssue, shape: z.ZodRawShape): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && /undefined/.test(issue.message)) return 'is missing';
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      if (issue.origin === 'string') return Number(issue.minimum) <= 1 ? 'must not be empty' : `must have at least ${String(issue.minimum)} characters`;
      if (issue.origin === 'array') return Number(issue.minimum) <= 1 ? 'is missing' : `needs at least ${String(issue.minimum)} entries`;
      return `must be at least ${String(issue.minimum)}`;
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${String(issue.maximum)} characters`;
      if (issue.origin === 'array') return `may have at most ${String(issue.maximum)} entries`;
      return `must be at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union': {
      const words = wordsAt(shape, issue.path);
      return words.length === 0 ? 'is not valid' : `must be one of ${words.join(', ')}`;
    }
    case 'invalid_format':
    case 'custom':
      return `is not valid: ${issue.message}`;
    default:
      return 'is not valid';
  }
}

const TYPE_WORDS: { readonly [expected: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
