/** The languages Berth speaks; `system` takes the one of this machine where it is among them, else English. */
export const LANGUAGES = ['system', 'en', 'zh', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
/** One that words are written in. */
export type SpokenLanguage = Exclude<Language, 'system'>;

/** What is spoken for a choice, by the languages the machine prefers (`de-AT` is German). */
export function spokenLanguage(choice: Language, preferred: readonly string[]): SpokenLanguage {
  if (choice !== 'system') return choice;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'zh' || base === 'de') return base;
  }
  return 'en';
}
