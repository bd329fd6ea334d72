import { expect, test } from 'vitest';
import { inTurns } from '@main/platform/in-turns';
import type { Steps } from '@shared/kernel/steps';

const busy = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

function* work(steps: number, ms: number): Steps<number> {
  for (let step = 0; step < steps; step += 1) {
    busy(ms);
    yield;
  }
  return steps;
}

test('everything else has its turn while long work goes on', async () => {
  let turns = 0;
  const others = setInterval(() => (turns += 1), 1);
  expect(await inTurns(work(100, 1))).toBe(100);
  clearInterval(others);
  expect(turns).toBeGreaterThanOrEqual(5);
});

test('short work is done at once, and what is aborted ends with the reason', async () => {
  let turns = 0;
  const other = setImmediate(() => (turns += 1));
  expect(await inTurns(work(3, 0))).toBe(3);
  expect(turns).toBe(0);
  clearImmediate(other);
  const abort = new AbortController();
  const ended = inTurns(work(1_000, 1), abort.signal);
  abort.abort(new Error('Enough.'));
  await expect(ended).rejects.toThrow('Enough.');
});
