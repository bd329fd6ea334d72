import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellQuoted, shellWord } from '@shared/kernel/shell-word';
import { anyCharacter } from '../../../support/code-points';

it('is one word of exactly this text to a shell', () => {
  const texts = fc.sample(fc.string({ unit: anyCharacter, maxLength: 12 }).filter((text) => !text.includes('\0')), { numRuns: 200, seed: 7 });
  const all = ['', "it's", '$HOME', 'a b', '`x`', '\\', 'plain/path:1', ...texts];
  const printed = (words: readonly string[]): string[] => execFileSync('sh', ['-c', `printf '%s\\000' ${words.join(' ')}`], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(printed([...all.map(shellQuoted), ...all.map(shellWord)])).toEqual([...all, ...all]);
}, 30_000);

it('leaves alone what needs no quotes', () => {
  expect(['/srv/a-b_c.txt', '127.0.0.1:80', 'a@b=c,d%e+f'].map(shellWord)).toEqual(['/srv/a-b_c.txt', '127.0.0.1:80', 'a@b=c,d%e+f']);
});
