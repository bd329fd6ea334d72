import { describe, expect, it } from 'vitest';
import { spokenLanguage } from '@shared/domain/settings/language';
import { takeTranslations, translated } from '../../../src/renderer/src/locales/translated';

describe('the language that is spoken', () => {
  it.each([
    ['de', ['en-US'], 'de'],
    ['en', ['de-DE'], 'en'],
    ['system', ['de-AT', 'en'], 'de'],
    ['system', ['zh-Hans-CN'], 'zh'],
    ['system', ['fr-FR', 'zh-TW', 'de'], 'zh'],
    ['system', ['fr-FR'], 'en'],
    ['system', [], 'en'],
  ] as const)('%s on a machine that prefers %j is %s', (choice, preferred, spoken) => {
    expect(spokenLanguage(choice, preferred)).toBe(spoken);
  });
});

describe('words in another language', () => {
  const english = { title: 'Storage', tabs: { mounts: 'Mounts', sync: 'Sync jobs' }, of: (up: number) => `${String(up)} up`, rows: ['a', 'b'] };

  it('take the place of the English ones, and what is missing stays English', () => {
    takeTranslations({ storage: { title: 'Speicher', tabs: { mounts: 'Einbindungen' }, of: (up: number) => `${String(up)} bereit` } });
    const words = translated('storage', english);
    expect([words.title, words.tabs, words.of(3), words.rows]).toEqual(['Speicher', { mounts: 'Einbindungen', sync: 'Sync jobs' }, '3 bereit', ['a', 'b']]);
    expect(translated('other', english)).toBe(english);
    takeTranslations({});
    expect(translated('storage', english)).toBe(english);
  });
});
