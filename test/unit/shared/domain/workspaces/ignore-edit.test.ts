import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { withPatterns } from '@shared/domain/workspaces/ignore-edit';

describe('patterns at the end of an ignore file', () => {
  it('are added once, each on a line of its own', () => {
    expect(withPatterns('', ['temp/', '*.tmp', 'temp/'])).toBe('temp/\n*.tmp\n');
    expect(withPatterns('# mine\nold/', ['temp/'])).toBe('# mine\nold/\ntemp/\n');
    expect(withPatterns('temp/\n', ['temp/'])).toBe('temp/\n');
  });

  it('keep the line ends of the file', () => {
    expect(withPatterns('a\r\nb\r\n', ['c'])).toBe('a\r\nb\r\nc\r\n');
  });

  it('leave every byte that was there', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.stringMatching(/^[a-z*./]{1,8}$/), { minLength: 1, maxLength: 5 }), (text, patterns) => {
        const after = withPatterns(text, patterns);
        expect(after.startsWith(text)).toBe(true);
        expect(withPatterns(after, patterns)).toBe(after);
      }),
    );
  });
});
