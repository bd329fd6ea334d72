import { LANGUAGES, spokenLanguage, type Language } from '@shared/domain/settings/language';
import { remembered } from '../lib/remember';
import { takeTranslations } from './translated';

/** A copy of the setting `window.language`, because the page needs it before it has asked for anything. */
const KEY = 'berth.language';

/** The choice the page was loaded with. */
export function chosenLanguage(): Language {
  const kept = remembered(KEY);
  return LANGUAGES.find((one) => one === kept) ?? 'system';
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
