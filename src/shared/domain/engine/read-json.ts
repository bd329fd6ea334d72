/** The engine's JSON as it really arrives: every field may be missing, null or of another type. These read without ever throwing. */

export function objectOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: unknown }) : {};
}

/** An own field of an object; undefined when there is none. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  let current: unknown = value;
  for (const key of path) {
    const holder = objectOf(current);
    current = Object.hasOwn(holder, key) ? holder[key] : undefined;
  }
  return current;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string');
}

/** A map of strings without a prototype, so that labels named `__proto__` are only labels. */
export function textMapOf(value: unknown): { readonly [key: string]: string } {
  const map = Object.create(null) as { [key: string]: string };
  for (const [key, item] of Object.entries(objectOf(value))) if (typeof item === 'string') map[key] = item;
  return map;
}
