import type * as z from 'zod';
import type { AppServices } from '@main/app/app-services';
import { contract, type ContractName } from '@shared/contract/contract';
import { event as eventSchema } from '@shared/contract/events';
import { HOSTILE_STRINGS } from './hostile-strings';

type Place = readonly PropertyKey[];

/** What Berth itself makes: names by which the page asks again, and times. */
const OWN = /^(id|.*Id|.*Ids|type|seq|at|.*At|revision|planId|sha256|base|text|digest)$/;

/** Each hostile text that went to the page so far. */
export const given = new Set<string>();

/** The same text is always made hostile in the same way, so that names still fit each other. */
function hostile(text: string): string {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  const one = HOSTILE_STRINGS[hash % HOSTILE_STRINGS.length] ?? '';
  given.add(one);
  return `${text}${one}`;
}

function changed(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return OWN.test(key) || value === '' ? value : hostile(value);
  if (Array.isArray(value)) return value.map((one) => changed(one, key));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, changed(one, name)]));
  return value;
}

function at(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** With what stands at a place of `from` put back. */
function restored(value: unknown, from: unknown, place: Place): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return from;
  const inner = (from as Record<PropertyKey, unknown>)[key];
  if (Array.isArray(value)) return value.map((one: unknown, index) => (index === key ? restored(one, inner, rest) : one));
  return { ...(value as Record<PropertyKey, unknown>), [key]: restored((value as Record<PropertyKey, unknown>)[key], inner, rest) };
}

/** Every text of an answer that the contract leaves free is made hostile. */
export function hostileAnswer<T>(schema: z.ZodType, value: T): T {
  let next: unknown = changed(value);
  for (let tries = 0; tries < 50; tries += 1) {
    const parsed = schema.safeParse(next);
    if (parsed.success) return next as T;
    for (const { path } of parsed.error.issues) {
      // A key that may not be so stands for its whole object.
      const place = at(value, path) === undefined ? path.slice(0, -1) : path;
      next = restored(next, value, place);
    }
  }
  return value;
}

/** The services with hostile texts in everything that the page is told. */
export function hostileServices(services: AppServices): AppServices {
  const { dispatcher, events } = services;
  return {
    ...services,
    dispatcher: {
      ...dispatcher,
      call: async (name, input, call) => {
        const result = await dispatcher.call(name, input, call);
        const entry = contract[name as ContractName];
        return result.ok && entry.kind !== 'operation' ? { ...result, value: hostileAnswer(entry.output, result.value) } : result;
      },
      stream: (name, input, call, push) => dispatcher.stream(name, input, call, (item) => push(hostileAnswer(contract[name as ContractName].output, item))),
    },
    events: { ...events, subscribe: (listener) => events.subscribe((batch) => listener(batch.map((one) => ({ ...one, event: hostileAnswer(eventSchema, one.event) })))) },
  };
}
