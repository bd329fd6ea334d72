import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPacedBatches, type Pace, type PacedBatches } from '@main/ipc/paced-batches';

let sent: { items: readonly number[]; skipped: number }[] = [];

function paced(mostWaiting: Pace<number>['mostWaiting'], weightOf: (item: number) => number = () => 1): PacedBatches<number> {
  return createPacedBatches<number>({ intervalMs: 40, mostWaiting, weightOf, send: (items, skipped) => sent.push({ items, skipped }) });
}

const all = (): readonly number[] => sent.flatMap(({ items }) => items);
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

beforeEach(() => {
  sent = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('sends what came within a moment together, in order', () => {
  const batches = paced(null);
  for (const item of [1, 2, 3]) batches.push(item);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(40);
  expect(sent).toEqual([{ items: [1, 2, 3], skipped: 0 }]);
  batches.push(4);
  batches.flush();
  expect(all()).toEqual([1, 2, 3, 4]);
});

it('waits for a page that does not take anything, and loses nothing of what has to arrive', () => {
  const batches = paced(null);
  for (const item of numbers(20_000)) batches.push(item);
  vi.advanceTimersByTime(10_000);
  expect(all()).toHaveLength(4_000);
  batches.taken();
  expect(all()).toHaveLength(5_000);
  for (let tries = 0; tries < 40; tries += 1) {
    batches.taken();
    vi.advanceTimersByTime(40);
  }
  expect(all()).toEqual(numbers(20_000));
});

it('drops the oldest of a log, and says how many', () => {
  const batches = paced({ items: 10_000, weight: 1_000_000 });
  for (const item of numbers(50_000)) batches.push(item);
  for (let tries = 0; tries < 40; tries += 1) {
    batches.taken();
    vi.advanceTimersByTime(40);
  }
  const got = all();
  const skipped = sent.reduce((sum, batch) => sum + batch.skipped, 0);
  expect(got.slice(0, 4_000)).toEqual(numbers(4_000));
  expect(got.at(-1)).toBe(49_999);
  expect(got.length + skipped).toBe(50_000);
  expect(sent[4]?.skipped).toBeGreaterThan(0);
  expect(got).toEqual([...got].sort((a, b) => a - b));
});

it('keeps batches and what waits small also where items are large', () => {
  const batches = paced({ items: 50_000, weight: 8_000_000 }, () => 250_000);
  for (const item of numbers(400)) batches.push(item);
  vi.advanceTimersByTime(40);
  expect(Math.max(...sent.map(({ items }) => items.length))).toBeLessThanOrEqual(5);
  batches.flush();
  expect(all().length).toBeLessThan(60);
  expect(all().at(-1)).toBe(399);
});

it('forgets everything when it is disposed', () => {
  const batches = paced(null);
  batches.push(1);
  batches.dispose();
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([]);
});

it('loses and reorders nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 2_500 }), (items) => {
      sent = [];
      const batches = paced(null);
      for (const item of items) batches.push(item);
      batches.flush();
      batches.dispose();
      expect(all()).toEqual(items);
      expect(batches.sent()).toBe(sent.length);
    }),
    { numRuns: 30 },
  );
});
