import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDuration, newDurationRecord, REMEMBERED_DURATIONS, summarize } from '@shared/domain/metrics/durations';

describe('durations', () => {
  it('are counted all, and remembered up to a bound', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ ms: fc.double({ min: 0, max: 1e6, noNaN: true }), failed: fc.boolean() }), { maxLength: 1_500 }), (given) => {
        const record = newDurationRecord();
        for (const { ms, failed } of given) addDuration(record, ms, failed);
        const summary = summarize(record);
        const newest = given.slice(-REMEMBERED_DURATIONS).map((one) => one.ms);
        expect(record.recentMs.length).toBeLessThanOrEqual(REMEMBERED_DURATIONS);
        expect(summary.count).toBe(given.length);
        expect(summary.failed).toBe(given.filter((one) => one.failed).length);
        expect(summary.maxMs).toBe(Math.max(0, ...newest));
        expect(summary.p50Ms).toBeLessThanOrEqual(summary.p95Ms);
        expect(summary.p95Ms).toBeLessThanOrEqual(summary.maxMs);
      }),
      { numRuns: 50 },
    );
  });

  it('give the nearest rank', () => {
    const record = newDurationRecord();
    for (let ms = 1; ms <= 100; ms += 1) addDuration(record, ms, false);
    expect(summarize(record)).toEqual({ count: 100, failed: 0, sumMs: 5_050, p50Ms: 50, p95Ms: 95, maxMs: 100 });
  });

  it('take what is no duration as zero', () => {
    const record = newDurationRecord();
    for (const ms of [NaN, -5, Infinity]) addDuration(record, ms, true);
    expect(summarize(record)).toEqual({ count: 3, failed: 3, sumMs: 0, p50Ms: 0, p95Ms: 0, maxMs: 0 });
  });
});
