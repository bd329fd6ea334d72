import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIgnored, mayHoldExceptions, parseDockerignore, type IgnorePattern } from '@shared/domain/engine/dockerignore';

function patterns(...lines: string[]): readonly IgnorePattern[] {
  const parsed = parseDockerignore(lines.join('\n'));
  if (!parsed.ok) throw new Error(`line ${parsed.line} is not a pattern`);
  return parsed.patterns;
}

describe('.dockerignore', () => {
  it.each<[string[], string, boolean]>([
    [['node_modules'], 'node_modules', true],
    [['node_modules'], 'node_modules/a/b', true],
    [['node_modules'], 'web/node_modules', false],
    [['**/node_modules'], 'web/node_modules/x', true],
    [['**/node_modules'], 'node_modules', true],
    [['*.log'], 'a.log', true],
    [['*.log'], 'logs/a.log', false],
    [['**/*.log'], 'logs/deep/a.log', true],
    [['/dist/'], 'dist/app.js', true],
    [['./dist'], 'dist', true],
    [['a/../b'], 'b', true],
    [['*', '!src'], 'src/main.ts', false],
    [['*', '!src'], 'other', true],
    [['*', '!src', 'src/secret'], 'src/secret', true],
    [['docs', '!docs/README.md'], 'docs/README.md', false],
    [['docs', '!docs/README.md'], 'docs/other.md', true],
    [['temp?'], 'temp1', true],
    [['temp?'], 'temp12', false],
    [['temp?'], 'temp/x', false],
    [['[ab]c'], 'bc', true],
    [['[^ab]c'], 'bc', false],
    [['[a-c]x'], 'bx', true],
    [['a**b'], 'a/x/b', true],
    [['a/**/b'], 'a/b', true],
    [['a/**/b'], 'a/x/y/b', true],
    [['a/**'], 'a/x', true],
    [['a/**'], 'a', false],
    [['**'], 'anything/at/all', true],
    [['# comment', '', '  spaced  '], 'spaced', true],
    [['\\*'], '*', true],
    [['\\*'], 'x', false],
    [['a.b'], 'axb', false],
  ])('%j %s -> %s', (lines, path, expected) => {
    expect(isIgnored(patterns(...lines), path)).toBe(expected);
  });

  it('names the line that is no pattern', () => {
    expect(parseDockerignore('a\n[b\n')).toEqual({ ok: false, line: 2, text: '[b' });
    expect(parseDockerignore('!\n')).toMatchObject({ ok: false, line: 1 });
  });

  it('knows which ignored folders may hold exceptions', () => {
    const list = patterns('node_modules', 'docs', '!docs/keep/*.md');
    expect(mayHoldExceptions(list, 'docs')).toBe(true);
    expect(mayHoldExceptions(list, 'docs/keep')).toBe(true);
    expect(mayHoldExceptions(list, 'docs/other')).toBe(false);
    expect(mayHoldExceptions(list, 'node_modules')).toBe(false);
  });

  it('equals a regular expression on patterns without tricks', () => {
    const segment = fc.stringMatching(/^[ab*?]{1,4}$/).filter((text) => !text.includes('**'));
    const path = fc.array(fc.stringMatching(/^[abc]{1,4}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), path, (pattern, segments) => {
        const expression = new RegExp(`^${pattern.join('/').replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`);
        const expected = segments.some((_item, index) => expression.test(segments.slice(0, index + 1).join('/')));
        expect(isIgnored(patterns(pattern.join('/')), segments.join('/'))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('holds: what may not have exceptions has none', () => {
    const line = fc.stringMatching(/^!?[ab*?/]{1,8}$/);
    const path = fc.array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), path, (lines, segments) => {
        const parsed = parseDockerignore(lines.join('\n'));
        if (!parsed.ok) return;
        const folder = segments.slice(0, -1).join('/');
        if (isIgnored(parsed.patterns, folder) && !mayHoldExceptions(parsed.patterns, folder)) expect(isIgnored(parsed.patterns, segments.join('/'))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no time for hostile patterns', () => {
    const hostile = patterns(`${'**/*/'.repeat(14)}b`, `${'*a'.repeat(60)}`, `${'**a'.repeat(60)}`, `!${'a**/'.repeat(40)}`);
    const paths = ['a/'.repeat(200) + 'c', 'a'.repeat(2000), `${'a'.repeat(30)}/`.repeat(30) + 'x'];
    const before = performance.now();
    for (const path of paths) isIgnored(hostile, path);
    expect(performance.now() - before).toBeLessThan(1500);
  });
});
