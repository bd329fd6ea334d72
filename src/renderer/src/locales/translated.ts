import { inOtherWords, type Translation } from '@shared/kernel/translation';

export type { Translation };

/** What is chosen, by area ("shell", "storage"). Set once, before the first page is loaded. */
let chosen: { readonly [area: string]: unknown } = {};

export function takeTranslations(all: { readonly [area: string]: unknown }): void {
  chosen = all;
}

/** The words of an area in the chosen language, and in English where it has none. Read when a module is loaded, so a change of language loads the page anew. */
export function translated<T extends object>(area: string, english: T): T {
  return Object.hasOwn(chosen, area) ? inOtherWords(english, chosen[area] as Translation<T>) : english;
}
