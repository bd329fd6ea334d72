import type { Json, JsonObject } from '../../../kernel/json';

/** Names that mean more than themselves to JavaScript. */
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 64;

/** A context as templates get it: plain data with every mapping in the order of its names, so that walking one gives the same in every run. Rejects names with a meaning of their own by leaving them out. */
export function plainContext(context: JsonObject): JsonObject {
  return plain(context, 0) as JsonObject;
}

function plain(value: Json, depth: number): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1));
  const entries = Object.entries(value as JsonObject).filter(([name]) => !REFUSED.has(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, plain(one ?? null, depth + 1)]));
}
