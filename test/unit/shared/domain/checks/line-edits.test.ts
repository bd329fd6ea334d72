import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropVariable, editLines, writtenValues, type LineEdit } from '@shared/domain/checks/line-edits';

describe('changing lines of a text', () => {
  it('puts words in place of others, as a word by itself first', () => {
    expect(editLines('COPY a.txt a /x\n', [{ kind: 'put', line: 1, find: 'a', to: 'b' }])).toBe('COPY a.txt b /x\n');
    expect(editLines('RUN x\r\nRUN y\r\n', [{ kind: 'put', line: 1, find: '', to: ' \\' }])).toBe('RUN x \\\r\nRUN y\r\n');
  });

  it('takes lines out and puts lines in, by the numbers of the text as it is', () => {
    const edits: readonly LineEdit[] = [{ kind: 'drop', line: 1, text: 'a' }, { kind: 'drop', line: 3, text: 'c' }, { kind: 'add', line: 4, text: 'd' }];
    expect(editLines('a\nb\nc\n', edits)).toBe('b\nd\n');
    expect(editLines('a\r\nb', [{ kind: 'add', line: 3, text: 'c' }])).toMatch(/^a\r\nb\r?\nc/);
    expect(editLines('', [{ kind: 'add', line: 1, text: 'A=1' }])).toBe('A=1\n');
  });

  it('makes the same change once, and none where the text is another one', () => {
    const drop = { kind: 'drop', line: 1, text: 'a' } as const;
    expect(editLines('a\nb\n', [drop, { ...drop }])).toBe('b\n');
    expect(editLines('x\nb\n', [drop])).toBeUndefined();
    expect(editLines('a\n', [{ kind: 'put', line: 1, find: 'b', to: 'c' }])).toBeUndefined();
    expect(editLines('a\n', [{ kind: 'drop', line: 7, text: '' }])).toBeUndefined();
  });

  it('leaves every other line byte for byte', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ -~]*$/), { minLength: 1 }), fc.nat(), fc.boolean(), (lines, at, ends) => {
        const line = at % lines.length;
        const text = lines.join('\n') + (ends ? '\n' : '');
        fc.pre(ends || (lines.at(-1) !== '' && lines.length > 1));
        const after = editLines(text, [{ kind: 'drop', line: line + 1, text: lines[line] ?? '' }]);
        const left = lines.filter((_, index) => index !== line);
        expect(after).toBe(left.length === 0 ? '' : left.join('\n') + (ends ? '\n' : ''));
      }),
    );
  });
});

describe('an env file', () => {
  it('loses a variable with every line of its value, each time it is written', () => {
    expect(dropVariable('A=1\nB="x\ny"\nexport A=2\nC=3\n', 'A')).toBe('B="x\ny"\nC=3\n');
    expect(dropVariable('A=1\nB="x\nA=2\ny"\nC=3\n', 'B')).toBe('A=1\nC=3\n');
    expect(dropVariable('A=1\nB="x\nA=2\ny"\n', 'A')).toBe('B="x\nA=2\ny"\n');
    expect(dropVariable('A=1\n', 'B')).toBeUndefined();
  });

  it('that shows how another is filled is read as written, values over several lines aside', () => {
    expect({ ...writtenValues('A=1\nexport B="x y" \n# C=3\nD="a\nb"\nE=\n') }).toEqual({ A: '1', B: '"x y"', E: '' });
  });
});
