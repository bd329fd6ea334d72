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

it('ends what runs after the time that is set anew meanwhile, counted from its start', () => {
  const free = vi.fn();
  let afterMs = FIVE_MINUTES_MS;
  const timer = createFreeTimer(() => afterMs, free);
  // Nothing runs: nothing begins.
  timer.setAnew();
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  expect(free).not.toHaveBeenCalled();
  timer.start();
  vi.advanceTimersByTime(1_000);
  afterMs = 3_000;
  timer.setAnew();
  vi.advanceTimersByTime(1_999);
  expect(free).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(free).toHaveBeenCalledTimes(1);
  timer.start();
  vi.advanceTimersByTime(1_000);
  // So much has passed already.
  afterMs = 0;
  timer.setAnew();
  vi.advanceTimersByTime(0);
  expect(free).toHaveBeenCalledTimes(2);
  timer.setAnew();
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  expect(free).toHaveBeenCalledTimes(2);
  timer.start();
  timer.stop();
  timer.setAnew();
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  expect(free).toHaveBeenCalledTimes(2);
});

it('gives nothing back that holds something unsaved, and does once it holds nothing, unless it is wanted again', () => {
  const free = vi.fn();
  const timer = createFreeTimer(() => FIVE_MINUTES_MS, free);
  timer.hold(true);
  timer.start();
  vi.advanceTimersByTime(FIVE_MINUTES_MS * 10);
  expect(free).not.toHaveBeenCalled();
  timer.hold(true);
  timer.hold(false);
  expect(free).toHaveBeenCalledTimes(1);
  timer.hold(false);
  vi.advanceTimersByTime(FIVE_MINUTES_MS * 10);
  expect(free).toHaveBeenCalledTimes(1);

  timer.hold(true);
  timer.start();
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  timer.stop();
  timer.hold(false);
  timer.start();
  timer.hold(true);
  timer.hold(false);
  expect(free).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(FIVE_MINUTES_MS);
  expect(free).toHaveBeenCalledTimes(2);
});
