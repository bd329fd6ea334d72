import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFreeTimer } from '@main/app/free-timer';

const FIVE_MINUTES_MS = 300_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('gives back once the time has passed, and not before', () => {
  const free = vi.fn();
  const timer = createFreeTimer(() => FIVE_MINUTES_MS, free);
  timer.start();
  vi.advanceTimersByTime(FIVE_MINUTES_MS - 1);
  expect(free).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(free).toHaveBeenCalledTimes(1);
});

it('keeps what is wanted again, and counts anew from the next start with the time that is set then', () => {
  const free = vi.fn();
  let afterMs = FIVE_MINUTES_MS;
  const timer = createFreeTimer(() => afterMs, free);
  timer.start();
  vi.advanceTimersByTime(FIVE_MINUTES_MS - 1);
  timer.stop();
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  expect(free).not.toHaveBeenCalled();
  afterMs = 1_000;
  timer.start();
  timer.start();
  vi.advanceTimersByTime(1_000);
  expect(free).toHaveBeenCalledTimes(1);
});
