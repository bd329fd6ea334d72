import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextNews } from '@main/platform/next-news';
import type { Disposable } from '@shared/kernel/disposable';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

let listeners = new Set<() => void>();
beforeEach(() => {
  listeners = new Set();
});

function listen(news: () => void): Disposable {
  listeners.add(news);
  return { dispose: () => void listeners.delete(news) };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => Promise.resolve()).then(() => false)]);
}

it('waits for news', async () => {
  const next = nextNews(listen, 1_000);
  expect(await isSettled(next)).toBe(false);
  for (const tell of listeners) tell();
  await next;
  expect(listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('waits no longer than it is told', async () => {
  const next = nextNews(listen, 1_000);
  vi.advanceTimersByTime(999);
  expect(await isSettled(next)).toBe(false);
  vi.advanceTimersByTime(1);
  await next;
  expect(listeners.size).toBe(0);
});

it('ends with the signal, and does not begin after it', async () => {
  const end = new AbortController();
  const next = nextNews(listen, 1_000, end.signal);
  end.abort();
  await next;
  expect(listeners.size).toBe(0);
  await nextNews(listen, 1_000, end.signal);
  expect(listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('hears what is told while it begins to listen', async () => {
  await nextNews((news) => {
    const listening = listen(news);
    news();
    return listening;
  }, 1_000);
  expect(listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
