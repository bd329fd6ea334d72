import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ansiSpans, withoutAnsi } from '../../../src/renderer/src/lib/ansi';
import { ago } from '../../../src/renderer/src/lib/ago';
import { capitalised, count, duration, inProject, uptime } from '../../../src/renderer/src/lib/format';
import { visibleJson, visibleText } from '../../../src/renderer/src/lib/visible-text';
import { anyCharacter } from '../../support/code-points';

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe('text from outside', () => {
  it('never keeps a control or direction character', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(HIDDEN.test(visibleText(text))).toBe(false);
      }),
    );
    const escapes = fc.string({ unit: fc.constantFrom('\u001b', '[', ']', ';', '3', '1', 'm', 'a', '\u0007', '\u202e', '\\') });
    fc.assert(
      fc.property(escapes, (text) => {
        expect(HIDDEN.test([...ansiSpans(text).map((span) => span.text), withoutAnsi(text)].join(''))).toBe(false);
      }),
    );
  });

  it('writes out what is hidden', () => {
    expect(visibleText('invoice\u202Efdp.exe')).toBe('invoice⟨U+202E⟩fdp.exe');
    expect(visibleText('tab\tand\nline')).toBe('tab\tand\nline');
  });

  it('goes through plain data and leaves clean data as it is', () => {
    const clean = { name: 'api', ports: [8000], nested: { text: 'ok' } };
    expect(visibleJson(clean)).toBe(clean);
    expect(visibleJson({ name: 'a\u0007', list: ['\u001b[31mred\u001b[0m'] })).toEqual({ name: 'a⟨U+0007⟩', list: ['red'] });
  });

  it('reads colours and drops every other sequence', () => {
    expect(ansiSpans('\u001b[1;31merror\u001b[0m done')).toEqual([{ text: 'error', color: 1, bold: true }, { text: ' done', color: undefined, bold: false }]);
    expect(ansiSpans('\u001b]8;;http://evil\u0007link\u001b]8;;\u0007').map((span) => span.text).join('')).toBe('link');
    expect(ansiSpans('\u001b[38;5;196mx')).toEqual([{ text: 'x', color: undefined, bold: false }]);
    expect(withoutAnsi('\u001b[2Kprogress')).toBe('progress');
  });
});

describe('words for numbers', () => {
  it.each([[0, '0 ms'], [840, '840 ms'], [2_400, '2.4 s'], [72_000, '1 min 12 s'], [11_100_000, '3 h 5 min']])('says a duration of %d ms', (ms, text) => expect(duration(ms)).toBe(text));
  it.each([[12_400, '12 s'], [240_000, '4 min'], [11_100_000, '3 h 5 min'], [187_200_000, '2 d 4 h']])('says an uptime of %d ms', (ms, text) => expect(uptime(ms)).toBe(text));
  it.each([[0, 'just now'], [12_000, '12 s ago'], [7_200_000, '2 h ago'], [90_000_000, 'yesterday'], [260_000_000, '3 days ago']])('says how long ago %d ms is', (ms, text) => expect(ago(ms)).toBe(text));
  it('counts things', () => {
    expect([count(1, 'service'), count(2, 'service'), count(0, 'thing')]).toEqual(['1 service', '2 services', '0 things']);
    expect(capitalised('prod')).toBe('Prod');
  });
  it('shortens paths inside the project and no others', () => {
    expect(inProject('/home/a/shop/api/src', '/home/a/shop')).toBe('./api/src');
    expect(inProject('/home/a/shop', '/home/a/shop')).toBe('.');
    expect(inProject('/home/a/shopping/x', '/home/a/shop')).toBe('/home/a/shopping/x');
  });
});
