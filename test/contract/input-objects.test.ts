import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defaultTable } from '@shared/contract/describe';
import { inputError } from '@shared/contract/input-errors';

type Schema = z.core.$ZodTypes;
type Place = readonly PropertyKey[];

/** Every schema inside of one, each with a place where it stands. */
function* within(schema: z.core.SomeType, at: Place, seen = new Set<z.core.SomeType>()): Generator<readonly [Place, Schema]> {
  if (seen.has(schema)) return;
  seen.add(schema);
  yield [at, schema as Schema];
  const { def } = (schema as Schema)._zod;
  if (def.type === 'object') for (const [name, inner] of Object.entries(def.shape)) yield* within(inner, [...at, name], seen);
  if (def.type === 'array') yield* within(def.element, [...at, 0], seen);
  if (def.type === 'record') yield* within(def.valueType, [...at, 'any'], seen);
  if (def.type === 'union') for (const inner of def.options) yield* within(inner, at, seen);
  if (def.type === 'pipe') yield* within(def.in, at, seen);
  if ('innerType' in def) yield* within(def.innerType as z.core.SomeType, at, seen);
}

/** All that is inside of an input; the input itself is held to its names by the dispatcher. */
const inside = Object.entries(defaultTable).flatMap(([name, { input }]) => Object.entries(input.shape).flatMap(([field, schema]) => [...within(schema, [field])].map(([at, inner]) => ({ name, shape: input.shape, at, inner, def: inner._zod.def }))));
const objects = inside.flatMap(({ def, ...rest }) => (def.type === 'object' ? [{ ...rest, def }] : []));

describe('what is inside of an input', () => {
  it('has no object that takes names it does not know', () => {
    const open = objects.filter(({ def }) => def.catchall?._zod.def.type !== 'never').map(({ name, at }) => `${name} ${at.join('.')}`);
    expect(open).toEqual([]);
    expect(objects.length).toBeGreaterThan(5);
  });

  it('is told which names it takes wherever one is misspelt', () => {
    for (const { name, shape, at, def } of objects) {
      const error = inputError(new z.ZodError([{ code: 'unrecognized_keys', keys: ['zqxj'], path: [...at], message: '' }]), shape);
      expect(error.message, name).toMatch(/^There is no "zqxj" in [a-zA-Z]+(?:\[0\]|\.[a-zA-Z]+)*\.$/);
      for (const field of Object.keys(def.shape)) expect(error.hint, name).toContain(field);
    }
  });

  it('has no text whose form is told only as a regular expression', () => {
    const raw = inside.filter(({ def }) => (def.checks ?? []).some((check) => check._zod.def.check === 'string_format' && check._zod.def.error === undefined)).map(({ name, at }) => `${name} ${at.join('.')}`);
    expect(raw).toEqual([]);
  });

  it.each([
    [{ action: 'move', path: 'a.yaml' }, '"actions[0].to" is missing.'],
    [{ action: 'mvoe', path: 'a.yaml' }, '"actions[0].action" must be one of create, replace, move, duplicate, archive, comment, delete, restore.'],
    [{ action: 'move', path: 'a.yaml', to: 'b.yaml', too: 'c.yaml' }, 'There is no "too" in actions[0].'],
    [{ action: 'delete', path: 7 }, '"actions[0].path" must be text.'],
  ])('is named with its place: %j', (action, message) => {
    const entry = defaultTable['gitops.batch'];
    const parsed = entry?.input.safeParse({ actions: [action] });
    expect(parsed?.success === false && inputError(parsed.error, entry?.input.shape ?? {}).message).toBe(message);
  });
});
