import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recount } from '@main/workspaces/recount';

const counted: string[] = [];
let recount: Recount;

beforeEach(() => {
  vi.useFakeTimers();
  counted.length = 0;
  recount = new Recount(() => Date.now(), (projectId, root) => void counted.push(`${projectId} ${root}`));
});
afterEach(() => vi.useRealTimers());

test('what is saved in a row is counted once, when it is over', () => {
  for (let save = 0; save < 5; save += 1) {
    recount.later('p', '/w');
    vi.advanceTimersByTime(1_500);
  }
  expect(counted).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(counted).toEqual(['p /w']);
  vi.advanceTimersByTime(60_000);
  expect(counted).toHaveLength(1);
});

test('somebody who never stops saving is not left without a count', () => {
  for (let save = 0; save < 31; save += 1) {
    recount.later('p', '/w');
    vi.advanceTimersByTime(1_000);
  }
  expect(counted).toHaveLength(2);
});

test('projects wait for themselves only, and nothing is counted after the end', () => {
  recount.later('p', '/w');
  recount.later('q', '/v');
  vi.advanceTimersByTime(2_000);
  expect(counted).toEqual(['p /w', 'q /v']);
  recount.later('p', '/w');
  recount.close();
  vi.advanceTimersByTime(60_000);
  expect(counted).toHaveLength(2);
});
