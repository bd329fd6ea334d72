import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_QUERY_CHARS, patternQuery, textQuery, type LogQuery } from '@shared/domain/logs/query';

const found = (query: LogQuery | null, text: string): readonly string[] => (query?.spans(text, 100) ?? []).map(({ start, end }) => text.slice(start, end));

describe('a text', () => {
  it('is found in upper and lower case, every time', () => {
    expect(found(textQuery('get'), 'GET /get Get')).toEqual(['GET', 'get', 'Get']);
    expect(found(textQuery('a.*b|'), 'a.*b| ab')).toEqual(['a.*b|']);
    expect(textQuery('')).toBeNull();
    expect(textQuery('x')?.spans('xxxx', 2)).toEqual([{ start: 0, end: 1 }, { start: 1, end: 2 }]);
  });

  it('is found where it stands also where case changes lengths', () => {
    expect(found(textQuery('x'), 'İİİ x')).toEqual(['x']);
  });
});

describe('a pattern', () => {
  it.each([
    ['GET *500', 'GET /a 200, GET /b 500', ['GET /a 200, GET /b 500']],
    ['err?r', 'error errer err', ['error', 'errer']],
    ['[4-5][0-9][0-9]', '200 404 503 601', ['404', '503']],
    ['[!a-z]z', 'az 1z', ['1z']],
    ['warn|error', 'Warn then ERROR', ['Warn', 'ERROR']],
    ['^GET', 'GET GET', ['GET']],
    ['ms$', '1 ms 2 ms', ['ms']],
    ['^ok$', 'ok', ['ok']],
    ['^ok$', 'ok ', []],
    ['^*b', 'ab', ['b']],
    ['a*$', 'xay', ['a']],
    ['\\*\\|\\\\', 'a *|\\', ['*|\\']],
    ['100\\$', '100$', ['100$']],
    ['[]]', 'a]', [']']],
    ['[A-C]x', 'bx', ['bx']],
  ])('%s in %s', (pattern, text, expected) => {
    expect(found(patternQuery(pattern), text)).toEqual(expected);
    expect(patternQuery(pattern)?.matches(text)).toBe(expected.length > 0);
  });

  it('is refused while it is not finished', () => {
    expect(['', '[a', 'a|', '|', '\\', 'x'.repeat(MAX_QUERY_CHARS + 1)].map(patternQuery)).toEqual([null, null, null, null, null, null]);
    expect(patternQuery('*')?.matches('anything')).toBe(true);
    expect(patternQuery('^$')?.matches('')).toBe(true);
    expect(patternQuery('^$')?.matches('x')).toBe(false);
  });

  it('says what the same regular expression says', () => {
    const piece = fc.constantFrom('a', 'b', 'c', '?', '*', '[ab]', '[!a]', '\\*', '.');
    const alternative = fc.tuple(fc.constantFrom('', '^'), fc.array(piece, { minLength: 1, maxLength: 6 }), fc.constantFrom('', '$')).map(([from, parts, to]) => from + parts.join('') + to);
    fc.assert(
      fc.property(fc.array(alternative, { minLength: 1, maxLength: 3 }), fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'B', '*', '.'), maxLength: 14 }), (alternatives, text) => {
        expect(patternQuery(alternatives.join('|'))?.matches(text)).toBe(regularOf(alternatives).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for a pattern that makes others slow', () => {
    const line = 'a'.repeat(256 * 1024);
    const started = process.cpuUsage();
    for (const pattern of ['a*a*a*a*a*a*a*a*a*a*a*b', `${'[ab]'.repeat(24)}c`, '?*?*?*?*?*?*?*c', 'a*|a*|a*|b']) patternQuery(pattern)?.matches(line);
    // A search that tries and takes back would not end at all. Time of the processor: others at work do not count.
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1_000);
  });

  it('survives anything', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }), (pattern, text) => (patternQuery(pattern)?.spans(text, 10) ?? []).every(({ start, end }) => start < end && end <= text.length)));
  });
});

function regularOf(alternatives: readonly string[]): RegExp {
  const read = (pattern: string): string =>
    pattern.replace(/\\\*|\[!a\]|\[ab\]|[*?.^$]/g, (token) => ({ '\\*': '\\*', '[!a]': '[^a]', '[ab]': '[ab]', '*': '.*', '?': '.', '.': '\\.', '^': '^', $: '$' })[token] ?? token);
  return new RegExp(alternatives.map((one) => `(?:${read(one)})`).join('|'), 'is');
}
