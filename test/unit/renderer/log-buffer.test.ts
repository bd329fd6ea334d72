import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogBuffer, createLogFilter, levelOf, LOG_CAPACITY, type LevelFilter } from '../../../src/renderer/src/features/services/log-buffer';

const line = (text: string): { text: string; time: string; stream: 'stdout' } => ({ text, time: '2026-01-01T00:00:00Z', stream: 'stdout' });

describe('the log buffer', () => {
  it('keeps the newest lines and says how many are gone', () => {
    const buffer = createLogBuffer(3);
    buffer.append(['a', 'b', 'c', 'd'].map(line));
    expect([buffer.start, buffer.end]).toEqual([1, 4]);
    expect([1, 2, 3].map((index) => buffer.text(index))).toEqual(['b', 'c', 'd']);
  });

  it('filters bit by bit as if it had filtered everything at once', () => {
    const texts = fc.array(fc.constantFrom('GET /files 200', 'error: no', 'Warning: slow', 'error GET', '\u001b[31mfatal\u001b[0m'), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom('', 'get', 'fatal'), fc.constantFrom<LevelFilter>('all', 'warn', 'error'), (all, capacity, step, search, level) => {
        const buffer = createLogBuffer(capacity);
        const filter = createLogFilter(search, level);
        let shown: readonly number[] = [];
        for (let from = 0; from < all.length; from += step) {
          buffer.append(all.slice(from, from + step).map(line));
          shown = filter.update(buffer);
        }
        expect(shown).toEqual(createLogFilter(search, level).update(buffer));
      }),
    );
  });

  it('takes 50,000 lines and filters them within a second', () => {
    const buffer = createLogBuffer();
    const started = performance.now();
    for (let from = 0; from < LOG_CAPACITY; from += 500) buffer.append(Array.from({ length: 500 }, (_, index) => line(`GET /files/${from + index} 200 in 12 ms`)));
    expect(createLogFilter('/files/49999', 'all').update(buffer)).toEqual([49_999]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('hears errors and warnings', () => {
    expect(['Error: no', 'a WARN b', 'terror', 'fine'].map(levelOf)).toEqual(['error', 'warn', 'info', 'info']);
  });
});
