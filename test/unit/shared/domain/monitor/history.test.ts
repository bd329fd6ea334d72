import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageColumns, historyColumns, ratePerSecond, type Held, type HistorySample } from '@shared/domain/monitor/history';

function sample(atMs: number, more: Partial<HistorySample> = {}): HistorySample {
  return { atMs, cpu: 0.5, memoryBytes: 100, networkReceivedBytes: 0, networkSentBytes: 0, blockReadBytes: 0, blockWrittenBytes: 0, ...more };
}

/** Values that hold one after the other, with pauses. */
const heldArbitrary = fc
  .array(fc.record({ pause: fc.integer({ min: 0, max: 5_000 }), lasts: fc.integer({ min: 1, max: 60_000 }), value: fc.double({ min: 0, max: 1e9, noNaN: true }) }), { maxLength: 60 })
  .map((parts) => {
    let at = 0;
    return parts.map(({ pause, lasts, value }): Held => {
      const fromMs = at + pause;
      at = fromMs + lasts;
      return { fromMs, toMs: at, value };
    });
  });

describe('averages of columns', () => {
  it('lie between the smallest and the largest value, and there are as many as asked for', () => {
    fc.assert(
      fc.property(heldArbitrary, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2_000_000 }), (held, points, toMs) => {
        const columns = averageColumns(held, { fromMs: 0, toMs, points });
        expect(columns).toHaveLength(points);
        const values = held.map((one) => one.value);
        for (const one of columns) {
          if (one === null) continue;
          expect(one).toBeGreaterThanOrEqual(Math.min(...values) * (1 - 1e-9));
          expect(one).toBeLessThanOrEqual(Math.max(...values) * (1 + 1e-9));
        }
      }),
    );
  });

  it('keep the whole: value times time is the same before and after', () => {
    fc.assert(
      fc.property(heldArbitrary, fc.integer({ min: 1, max: 100 }), (held, points) => {
        const toMs = Math.max(1, held.at(-1)?.toMs ?? 1);
        const width = toMs / points;
        const covered = (index: number): number => held.reduce((sum, one) => sum + Math.max(0, Math.min(one.toMs, (index + 1) * width) - Math.max(one.fromMs, index * width)), 0);
        const before = held.reduce((sum, one) => sum + one.value * (one.toMs - one.fromMs), 0);
        const after = averageColumns(held, { fromMs: 0, toMs, points }).reduce<number>((sum, one, index) => sum + (one ?? 0) * covered(index), 0);
        expect(Math.abs(after - before)).toBeLessThanOrEqual(Math.max(1, before) * 1e-6);
      }),
    );
  });

  it('are null exactly where nothing holds', () => {
    const held = [{ fromMs: 0, toMs: 10, value: 2 }, { fromMs: 30, toMs: 35, value: 4 }];
    expect(averageColumns(held, { fromMs: 0, toMs: 40, points: 4 })).toEqual([2, null, null, 4]);
  });
});

describe('rates', () => {
  it('begin at zero when a counter fell', () => {
    expect(ratePerSecond(1_000, 3_000, 2_000)).toBe(1_000);
    expect(ratePerSecond(1_000_000, 500, 1_000)).toBe(500);
  });

  it('are never negative', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1 }), (before, after, elapsedMs) => ratePerSecond(before, after, elapsedMs) >= 0));
  });
});

describe('columns of a service', () => {
  it('show what was measured, the first rate from a sample before the window', () => {
    const columns = historyColumns(
      [sample(-30_000, { networkReceivedBytes: 1_000 }), sample(30_000, { networkReceivedBytes: 4_000, networkSentBytes: 3_000, cpu: 1 }), sample(60_000, { networkReceivedBytes: 600, networkSentBytes: 3_000, cpu: null, memoryBytes: 300 })],
      { fromMs: 0, toMs: 60_000, points: 2, holdMs: 75_000 },
    );
    expect(columns.at).toEqual([0, 30_000]);
    expect(columns.cpu).toEqual([1, null]);
    expect(columns.memoryBytes).toEqual([100, 300]);
    // 3,000 received and 3,000 sent in a minute; then the container began anew.
    expect(columns.networkBytesPerSecond).toEqual([100, 20]);
    expect(columns.blockBytesPerSecond).toEqual([0, 0]);
  });

  it('say nothing of a time in which nothing was sampled', () => {
    const columns = historyColumns([sample(0), sample(600_000)], { fromMs: 0, toMs: 600_000, points: 10, holdMs: 60_000 });
    expect(columns.memoryBytes).toEqual([null, null, null, null, null, null, null, null, null, 100]);
  });

  it('are of equal length for any samples, in any order of times', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: fc.integer({ min: -1_000, max: 100_000 }), cpu: fc.option(fc.double({ min: 0, max: 8, noNaN: true })), networkSentBytes: fc.nat() }), { maxLength: 50 }), fc.integer({ min: 10, max: 288 }), (parts, points) => {
        const columns = historyColumns(parts.map((one) => sample(one.atMs, one)), { fromMs: 0, toMs: 100_000, points, holdMs: 10_000 });
        for (const column of Object.values(columns) as (number | null)[][]) {
          expect(column).toHaveLength(points);
          expect(column.every((one) => one === null || (Number.isFinite(one) && one >= 0))).toBe(true);
        }
      }),
    );
  });
});
