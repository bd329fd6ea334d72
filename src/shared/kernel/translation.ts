/**
 * Words in another language: texts are texts, what takes arguments takes the same ones. A part that is missing is said in English; a test names each of
 * them, so that none is missing in a release.
 */
export type Translation<T> = T extends string ? string : T extends (...given: infer Given) => string ? (...given: Given) => string : T extends readonly (infer One)[] ? readonly Translation<One>[] : { readonly [Key in keyof T]?: Translation<T[Key]> };

/** The English words with those that another language has in their places. */
export function inOtherWords<T extends object>(english: T, other: Translation<T>): T {
  return merged(english, other) as T;
}

function merged(english: unknown, other: unknown): unknown {
  if (other === undefined) return english;
  if (typeof english !== 'object' || english === null || Array.isArray(english)) return other;
  const given = other as { readonly [key: string]: unknown };
  return Object.fromEntries(Object.entries(english).map(([key, value]) => [key, merged(value, Object.hasOwn(given, key) ? given[key] : undefined)]));
}
