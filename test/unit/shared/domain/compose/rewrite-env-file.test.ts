import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rewriteEnvFile } from '@shared/domain/compose/rewrite-env-file';

const grow = (_name: string, value: string): string => `${value}!`;

it('changes values and keeps names, quotes, comments and line ends', () => {
  expect(rewriteEnvFile('# head\nA=1\nexport B = "x y" # note\r\nC=\'z\'\nD=a b # note\n\nE\nF=', grow)).toBe('# head\nA=1!\nexport B = "x y!" # note\r\nC=\'z!\'\nD=a b! # note\n\nE\nF=!');
});

it('leaves values that go over several lines alone', () => {
  const text = 'A="one\nB=two\nthree"\nC=1\n';
  expect(rewriteEnvFile(text, grow)).toBe('A="one\nB=two\nthree"\nC=1!\n');
});

it('tells the line, and gives back what nobody changes byte for byte', () => {
  const lines: string[] = [];
  rewriteEnvFile('A=1\n\nB=2', (name, value, line) => void lines.push(`${name}${value}@${String(line)}`) as undefined);
  expect(lines).toEqual(['A1@1', 'B2@3']);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('A', '=', ':', '"', "'", '#', ' ', '\n', '\r', '\\', 'é', '1') }), { maxLength: 40 }), (parts) => {
      expect(rewriteEnvFile(parts.join(''), (_name, value) => value)).toBe(parts.join(''));
    }),
  );
});
