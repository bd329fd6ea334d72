import { describe, expect, it } from 'vitest';
import { german } from '@main/app/words/de';
import { english } from '@main/app/words/en';
import { wordsFor } from '@main/app/words/words';
import { chinese } from '@main/app/words/zh';
import { inOtherWords } from '@shared/kernel/translation';

/** Every word by its path. */
function pathsOf(words: unknown, path: string): readonly string[] {
  if (typeof words !== 'object' || words === null || Array.isArray(words)) return [path];
  return Object.entries(words).flatMap(([key, value]) => pathsOf(value, `${path}.${key}`));
}

describe('the words outside the window', () => {
  it.each([
    ['de', german],
    ['zh', chinese],
  ] as const)('are all there in %s', (_language, words) => {
    expect(pathsOf(words, '')).toEqual(pathsOf(english, ''));
  });

  it('are those of the chosen language, of the machine where the choice is the system, else English', () => {
    expect(wordsFor('de', ['en-US']).tray.start).toBe('Starten');
    expect(wordsFor('system', ['zh-Hans-CN']).tray.start).toBe('启动');
    expect(wordsFor('system', ['fr-FR']).tray.start).toBe('Start');
    expect(wordsFor('zh', []).quit.one('dev')).toContain('“dev”');
  });

  it('are English where another language has none', () => {
    const words = inOtherWords(english, { tray: { start: 'Los' } });
    expect([words.tray.start, words.tray.stop, words.quit]).toEqual(['Los', 'Stop', english.quit]);
  });
});
