import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inFormOf, lineEndsOf, withoutBom } from '@shared/domain/files/file-form';

const words = fc.array(fc.stringMatching(/^[a-c #:]{0,4}$/), { minLength: 1, maxLength: 6 });
const ends = fc.constantFrom('\n', '\r\n', '\r');
/** What an editor makes of a text: it knows one end of line. */
const edited = (text: string): string => withoutBom(text).text.replace(/\r\n|\r/g, '\n');

describe('the form of a file', () => {
  it('is told from its line ends', () => {
    expect(['', 'a', 'a\nb\n', 'a\r\nb', 'a\r\nb\n', 'a\rb'].map(lineEndsOf)).toEqual(['lf', 'lf', 'lf', 'crlf', 'mixed', 'mixed']);
  });

  it('stays byte for byte when nothing was changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-c]{0,3}$/), ends), { maxLength: 6 }), fc.boolean(), (lines, hasBom) => {
        const text = (hasBom ? '\uFEFF' : '') + lines.map(([line, end]) => line + end).join('');
        // Two ends that stand beside each other may be one.
        fc.pre(!/\r$/.test(text.replace(/\r\n/g, '')) || !text.includes('\r\r\n'));
        expect(inFormOf(text, edited(text))).toBe(text);
      }),
    );
  });

  it('is that of the file for new words, too', () => {
    fc.assert(
      fc.property(words, words, fc.constantFrom('\n', '\r\n'), fc.boolean(), (old, next, end, hasBom) => {
        const before = (hasBom ? '\uFEFF' : '') + [...old, ''].join(end);
        const after = inFormOf(before, next.join('\n'));
        expect(after).toBe((hasBom ? '\uFEFF' : '') + next.join(end));
      }),
    );
  });

  it('keeps the end of each line that stays, where they are mixed', () => {
    expect(inFormOf('a\r\nb\nc\nd\r\n', 'a\nB\nnew\nc\nd\n')).toBe('a\r\nB\nnew\nc\nd\r\n');
  });
});
