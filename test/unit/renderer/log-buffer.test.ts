import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packLines, type LogLine, type PackedLines } from '@shared/domain/logs/packed-lines';
import { patternQuery, textQuery } from '@shared/domain/logs/query';
import { LogResume } from '@shared/domain/logs/resume';
import { ansiSpans } from '../../../src/renderer/src/lib/ansi';
import { LOG_CAPACITY, LogBuffer } from '../../../src/renderer/src/lib/log-buffer';
import { markedSpans } from '../../../src/renderer/src/lib/log-marks';
import { allRows, FilteredRows, LEVEL_FILTERS, shownText, type LogRows } from '../../../src/renderer/src/lib/log-rows';

const NO_SERVICES: ReadonlySet<string> = new Set();
const TIME = '2026-01-01T00:00:00.000000000Z';

function packed(texts: readonly string[], more: Partial<LogLine> = {}): PackedLines {
  return packLines(texts.map((text) => ({ service: 'api', containerId: 'a'.repeat(64), stream: 'stdout', time: TIME, text, ...more })));
}

function linesOf(rows: LogRows): readonly number[] {
  return Array.from({ length: rows.count }, (_, place) => rows.at(place));
}

function textsOf(buffer: LogBuffer): readonly string[] {
  return linesOf(allRows(buffer)).map((line) => buffer.text(line));
}

describe('the log buffer', () => {
  it('keeps the newest lines and says how many are gone', () => {
    const buffer = new LogBuffer(3);
    buffer.append(packed(['a', 'b', 'c', 'd']));
    expect([buffer.start, buffer.end]).toEqual([1, 4]);
    expect(textsOf(buffer)).toEqual(['b', 'c', 'd']);
  });

  it('gives back every line it keeps, however they came', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '€', ''), maxLength: 4 }), { maxLength: 700 }), { maxLength: 5 }), fc.integer({ min: 1, max: 1_500 }), (batches, capacity) => {
        const buffer = new LogBuffer(capacity);
        for (const batch of batches) if (batch.length > 0) buffer.append(packed(batch));
        expect(textsOf(buffer)).toEqual(batches.flat().slice(-capacity));
      }),
      { numRuns: 40 },
    );
  });

  it('stays small where lines are long, and says what it cut', () => {
    const buffer = new LogBuffer();
    const long = 'x'.repeat(256 * 1024);
    for (let batch = 0; batch < 40; batch += 1) buffer.append(packed(Array.from({ length: 50 }, () => long)));
    expect(buffer.end).toBe(2_000);
    expect(buffer.end - buffer.start).toBeLessThan(1_500);
    expect(buffer.text(buffer.end - 1)).toBe(`${'x'.repeat(32_768)}… +${String(256 * 1024 - 32_768)}`);
  });

  it('marks where another container goes on, and where lines are missing', () => {
    const buffer = new LogBuffer();
    buffer.append(packed(['one']));
    buffer.append(packed(['db'], { service: 'db', containerId: 'd' }));
    buffer.append(packed(['two'], { containerId: 'b'.repeat(64) }));
    // The old one still ends in peace.
    buffer.append(packed(['last words']));
    buffer.skip(12);
    expect(linesOf(allRows(buffer)).map((line) => [buffer.kind(line), buffer.service(line), buffer.text(line)])).toEqual([
      ['line', 'api', 'one'],
      ['line', 'db', 'db'],
      ['replaced', 'api', 'b'.repeat(12)],
      ['line', 'api', 'two'],
      ['line', 'api', 'last words'],
      ['skipped', 'api', '12'],
    ]);
    expect(buffer.skipped).toBe(12);
  });

  it('takes nothing twice', () => {
    const buffer = new LogBuffer();
    const resume = new LogResume();
    const at = (second: number): PackedLines => packed([`line ${String(second)}`], { time: `2026-01-01T00:00:0${String(second)}.000000000Z` });
    for (const second of [1, 2, 3]) buffer.append(at(second), (line) => resume.isNew(line));
    resume.again();
    for (const second of [2, 3, 4]) buffer.append(at(second), (line) => resume.isNew(line));
    expect(textsOf(buffer)).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
  });

  it('hears levels, and gives a stack trace the level of its error', () => {
    const buffer = new LogBuffer();
    buffer.append(packed(['Error: no', '    at run (a.js:1)', 'a WARN b', 'fine', '  indented', '{"level":20}']));
    expect(linesOf(allRows(buffer)).map((line) => buffer.level(line))).toEqual(['error', 'error', 'warn', null, null, 'debug']);
  });
});

describe('the lines that are shown', () => {
  it('are those that one look at everything would find, also while the oldest go', () => {
    const texts = fc.array(fc.constantFrom('GET /files 200', 'error: no', 'Warning: slow', 'error GET', '\u001b[31mfatal\u001b[0m', 'DEBUG get'), { maxLength: 60 });
    const queries = fc.constantFrom(null, textQuery('get'), textQuery('fatal'), patternQuery('e*t'));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), queries, fc.constantFrom(...LEVEL_FILTERS), (all, capacity, step, query, level) => {
        const buffer = new LogBuffer(capacity);
        const rows = new FilteredRows({ level, services: NO_SERVICES, query });
        for (let from = 0; from < all.length; from += step) {
          buffer.append(packed(all.slice(from, from + step)));
          while (!rows.update(buffer, 0));
        }
        const fresh = new FilteredRows({ level, services: NO_SERVICES, query });
        while (!fresh.update(buffer, 0));
        expect(linesOf(rows)).toEqual(linesOf(fresh));
        for (const [place, line] of linesOf(rows).entries()) expect(rows.placeOf(line)).toBe(place);
      }),
    );
  });

  it('are of the services that are chosen', () => {
    const buffer = new LogBuffer();
    buffer.append(packed(['one']));
    buffer.append(packed(['two'], { service: 'db', containerId: 'd' }));
    const rows = new FilteredRows({ level: 'all', services: new Set(['db']), query: null });
    rows.update(buffer, 1_000);
    expect(linesOf(rows).map((line) => buffer.text(line))).toEqual(['two']);
  });

  it('are found a few at a time where there is no time, and all of 50,000 soon', () => {
    const buffer = new LogBuffer();
    const started = process.cpuUsage();
    for (let from = 0; from < LOG_CAPACITY; from += 1_000) buffer.append(packed(Array.from({ length: 1_000 }, (_, index) => `\u001b[32mGET\u001b[0m /files/${String(from + index)} 200 in 12 ms`)));
    const rows = new FilteredRows({ level: 'info', services: NO_SERVICES, query: patternQuery('/files/4999? *ms') });
    let turns = 0;
    for (let done = false; !done; turns += 1) done = rows.update(buffer, turns < 100 ? 0 : 6);
    expect(rows.count).toBe(10);
    // Without any time left it stops after a few lines, whatever there is.
    expect(turns).toBeGreaterThan(100);
    // Time of the processor: others at work do not count.
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(2_000);
  });
});

describe('what is found in a line', () => {
  it('is marked over colours, and the rest stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('ab', 'b', '\u001b[31m', '\u001b[0m', '\u202e', '\u0000', 'é'), { maxLength: 12 }), fc.integer({ min: 0, max: 20 }), (parts, most) => {
        const spans = ansiSpans(parts.join(''));
        const plain = spans.map((span) => span.text).join('');
        const marks = textQuery('b')?.spans(plain, 100) ?? [];
        const pieces = markedSpans(spans, marks, most);
        expect(pieces.map((piece) => piece.text).join('')).toBe(plain.slice(0, most));
        expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text.toLowerCase())).toEqual(marks.filter(({ start }) => start < most).map(() => 'b'));
        expect(pieces.every((piece) => piece.text !== '')).toBe(true);
      }),
    );
  });

  it('is harmless text whatever was printed', () => {
    const buffer = new LogBuffer();
    const hostile = ['\u001b[2J\u001b[1;1Hmoved', '\u001b]0;title\u0007named', '\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'a\u202Eb', 'nul\u0000l', 'bad \uFFFD utf', '<script>x</script>'];
    buffer.append(packed(hostile));
    expect(linesOf(allRows(buffer)).map((line) => shownText(buffer, line))).toEqual(['moved', 'named', 'link', 'a⟨U+202E⟩b', 'nul⟨U+0000⟩l', 'bad \uFFFD utf', '<script>x</script>']);
  });
});
