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
  const name = field === '' ? 'The input' : nameOf(field);
  return new AppError('input-invalid', `${name} ${predicate(issue)}.`, { details: { field } });
}

function unknownInside(key: string, path: readonly PropertyKey[], known: readonly string[]): AppError {
  const place = path.map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
  const near = closest(key, known);
  const hint = near === undefined ? `It takes ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return new AppError('input-invalid', `There is no "${key}" in ${place}.`, { details: { field: String(path[0]) }, ...(known.length === 0 ? {} : { hint }) });
}

/** Names of the fields that an object inside of an input takes; none where it may be one of several. */
function fieldsAt(shape: z.ZodRawShape, path: readonly PropertyKey[]): readonly string[] {
  let here: z.core.SomeType | undefined = shape[String(path[0])];
  for (const part of path.slice(1)) {
    const def = definitionOf(here);
    if (def?.type === 'array') here = def.element;
    else if (def?.type === 'record') here = def.valueType;
    else here = def?.type === 'object' ? def.shape[String(part)] : undefined;
  }
  const def = definitionOf(here);
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}

function definitionOf(schema: z.core.SomeType | undefined): z.core.$ZodTypes['_zod']['def'] | undefined {
  if (schema === undefined) return undefined;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' || def.type === 'nullable' || def.type === 'default' ? definitionOf(def.innerType) : def;
}

function predicate(issue: z.core.$ZodIssue): string {
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
