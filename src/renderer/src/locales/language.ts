import { LANGUAGES, spokenLanguage, type Language } from '@shared/domain/settings/language';
import { remember, remembered } from '../lib/remember';
import { takeTranslations } from './translated';

/** A copy of the setting `window.language`, because the page needs it before it has asked for anything. */
const KEY = 'berth.language';

/** The choice this page was loaded with. Another window may have kept another one since. */
let loaded: Language = 'system';
/** Something would be lost if the page were loaded anew. */
let held = false;

/** The choice that is kept for the next page. */
function chosenLanguage(): Language {
  const kept = remembered(KEY);
  return LANGUAGES.find((one) => one === kept) ?? 'system';
}

/** Takes over the words of the language, before anything that shows words is loaded. Only English is in the first chunk. */
export async function loadLanguage(): Promise<void> {
  loaded = chosenLanguage();
  const language = spokenLanguage(loaded, navigator.languages);
  document.documentElement.lang = language;
  if (language === 'zh') takeTranslations((await import('./zh/index')).zh);
  if (language === 'de') takeTranslations((await import('./de/index')).de);
}

/** Keeps what the setting says and loads the page anew when it speaks another one. False where that has to wait. */
export function takeLanguage(value: unknown): boolean {
  const choice = LANGUAGES.find((one) => one === value);
  if (choice !== undefined) remember(KEY, choice);
  return loadAnew();
}

/** While something would be lost with the page, another language waits. */
export function holdLanguage(on: boolean): void {
  held = on;
  loadAnew();
}

/** Without a memory of the choice the page would be loaded in the old language again, so what was kept decides. */
function loadAnew(): boolean {
  if (chosenLanguage() === loaded) return true;
  if (!held) location.reload();
  return !held;
}
