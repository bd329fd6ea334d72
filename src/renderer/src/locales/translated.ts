/**
 * The words of a page in another language: texts are texts, what takes arguments takes the same ones. A part that is missing is said in English; a test names
 * each of them, so that none is missing in a release.
 */
export type Translation<T> = T extends string ? string : T extends (...given: infer Given) => string ? (...given: Given) => string : T extends readonly (infer One)[] ? readonly Translation<One>[] : { readonly [Key in keyof T]?: Translation<T[Key]> };

/** What is chosen, by area ("shell", "storage"). Set once, before the first page is loaded. */
let chosen: { readonly [area: string]: unknown } = {};

export function takeTranslations(all: { readonly [area: string]: unknown }): void {
  chosen = all;
}

/** The words of an area in the chosen language, and in English where it has none. Read when a module is loaded, so a change of language loads the page anew. */
export function translated<T extends object>(area: string, english: T): T {
  return Object.hasOwn(chosen, area) ? (merged(english, chosen[area]) as T) : english;
}

function merged(english: unknown, other: unknown): unknown {
  if (other === undefined) return english;
  if (typeof english !== 'object' || english === null || Array.isArray(english)) return other;
  const given = other as { readonly [key: string]: unknown };
  return Object.fromEntries(Object.entries(english).map(([key, value]) => [key, merged(value, Object.hasOwn(given, key) ? given[key] : undefined)]));
}
