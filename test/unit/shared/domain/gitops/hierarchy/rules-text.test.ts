import { DEFAULT_RULES } from '@shared/domain/gitops/hierarchy/rules';
import { rulesFromText, rulesToText } from '@shared/domain/gitops/hierarchy/rules-text';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const entries = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).map((text) => text.trim()).filter((text) => text !== ''), { maxLength: 12 });

describe('rules as YAML', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(entries, entries, entries, (directories, names, metadata) => {
        expect(rulesFromText(rulesToText({ directories, names, metadata }))).toEqual({ rules: { directories, names, metadata }, problem: null });
      }),
    );
  });

  it('are the default ones where a list is left out', () => {
    expect(rulesFromText('').rules).toEqual(DEFAULT_RULES);
    expect(rulesFromText('# nothing\n').rules).toEqual(DEFAULT_RULES);
    expect(rulesFromText('file_name_priority: [a.yaml, 1]\n').rules).toEqual({ ...DEFAULT_RULES, names: ['a.yaml', '1'] });
    expect(rulesFromText('file_name_priority: []\n').rules?.names).toEqual([]);
  });

  it.each([
    ['directory_priority:\n  - /a/\n  - [x]\n', 3],
    ['- a\n', 1],
    ['metadata_priority: []\nother: []\n', 2],
    ['directory_priority: /a/\n', 1],
    ['directory_priority:\n  - /a/\n  - /b/\n  - /a/\n', 4],
    ['directory_priority: [\n', 2],
    ['directory_priority: []\ndirectory_priority: []\n', 2],
    ['directory_priority:\n  - ""\n', 2],
    ['directory_priority:\n  - *none\n', 2],
    [`directory_priority:\n${Array.from({ length: 65 }, (_, index) => `  - d${String(index)}\n`).join('')}`, 1],
  ])('say the line of what is wrong in %j', (text, line) => {
    const { rules, problem } = rulesFromText(text);
    expect(rules).toBeNull();
    expect(problem?.message).toMatch(/\S/);
    expect(problem?.line).toBe(line);
  });
});
