import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DotenvError, parseDotenv, parseRawEnv } from '@shared/domain/compose/dotenv';
import { emptyEnvironment } from '@shared/domain/compose/environment';

function read(text: string, outside: { readonly [name: string]: string } = {}): { readonly [name: string]: string } {
  const into = emptyEnvironment();
  parseDotenv(text, into, (name) => outside[name]);
  return { ...into };
}

describe('parseDotenv', () => {
  it.each([
    ['A=1', { A: '1' }], ['export A=1', { A: '1' }], ['A: 1', { A: '1' }], ['A = spaced ', { A: 'spaced' }], ['A=', { A: '' }], ['# A=1\nB=2', { B: '2' }],
    ['A=x # note', { A: 'x' }], ['A=x#y', { A: 'x#y' }], ["A='$B # x'", { A: '$B # x' }], ['A="x\\ny"', { A: 'x\ny' }], ['A="a \\"b\\""', { A: 'a "b"' }],
    ['A=1\nB=$A-${C:-3}', { A: '1', B: '1-3' }], ['A="\\$B"', { A: '$B' }], ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }], ['A.b-c[0]=1', { 'A.b-c[0]': '1' }],
    ['\uFEFFA=1', { A: '1' }], ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('takes a bare name from outside, and outside goes first in expansion', () => {
    expect(read('A\nMISSING\nB=2\nC=$B\n', { A: 'out', B: 'outer' })).toEqual({ A: 'out', B: '2', C: 'outer' });
  });

  it.each([['A B=1', 1], ['OK=1\nA="open', 2], ['OK=1\n\nB%=1', 3], ['A=${', 1], ['__proto__=1', 1]])('%j is refused at line %i', (text, line) => {
    try {
      read(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DotenvError);
      expect((error as DotenvError).line).toBe(line);
    }
  });

  it('throws nothing but DotenvError, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('A', '=', ':', '"', "'", '\\', '$', '{', '}', '\n', ' ', '#', 'export ', '\t', 'é', '\r'), { maxLength: 40 }), (parts) => {
        try {
          read(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(DotenvError);
        }
      }),
    );
  });

  it('gives back any value in single quotes', () => {
    fc.assert(
      fc.property(fc.string().filter((text) => !/['\\]/.test(text)), (text) => {
        expect(read(`A='${text}'`)).toEqual({ A: text });
      }),
    );
  });
});

describe('parseRawEnv', () => {
  it('keeps values as they are', () => {
    const into = emptyEnvironment();
    parseRawEnv('# note\nA="x" $Y # z\n  B=1\nC\n', into, (name) => (name === 'C' ? 'out' : undefined));
    expect({ ...into }).toEqual({ A: '"x" $Y # z', B: '1', C: 'out' });
  });
});
