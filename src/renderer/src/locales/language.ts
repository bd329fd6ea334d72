import { takeTranslations } from './translated';

/** The languages Berth speaks; `system` takes the one of this machine where it is among them, else English. */
export const LANGUAGES = ['system', 'en', 'zh', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A copy of the setting `window.language`, because the page needs it before it has asked for anything. */
const KEY = 'berth.language';

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** The choice the page was loaded with. */
export function chosenLanguage(): Language {
  const kept = remembered();
  return LANGUAGES.find((one) => one === kept) ?? 'system';
}

/** What is spoken for a choice, by the languages the machine prefers (`de-AT` is German). */
export function spokenLanguage(choice: Language, preferred: readonly string[]): Exclude<Language, 'system'> {
  if (choice !== 'system') return choice;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'zh' || base === 'de') return base;
  }
  return 'en';
}

/** Takes over the words of the language, before anything that shows words is loaded. Only English is in the first chunk. */
export async function loadLanguage(): Promise<void> {
  const language = spokenLanguage(chosenLanguage(), navigator.languages);
  document.documentElement.lang = language;
  if (language === 'zh') takeTranslations((await import('./zh/index')).zh);
  if (language === 'de') takeTranslations((await import('./de/index')).de);
}

/** Keeps the choice and loads the page anew when it is another one. */
export function takeLanguage(choice: Language): void {
  if (choice === chosenLanguage()) return;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    return; // Without a memory of it the page would be loaded in the old language again.
  }
  location.reload();
}
