import { spokenLanguage, type Language, type SpokenLanguage } from '@shared/domain/settings/language';
import { inOtherWords } from '@shared/kernel/translation';
import { german } from './de';
import { english } from './en';
import { chinese } from './zh';

/** What the app says outside its window, in one language. */
export type AppWords = typeof english;

const WORDS: { readonly [language in SpokenLanguage]: AppWords } = { en: english, de: inOtherWords(english, german), zh: inOtherWords(english, chinese) };

/** The words for a choice of language, by the languages the machine prefers. */
export function wordsFor(choice: Language, preferred: readonly string[]): AppWords {
  return WORDS[spokenLanguage(choice, preferred)];
}
