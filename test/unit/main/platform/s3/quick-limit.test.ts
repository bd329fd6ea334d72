import { describe, expect, test } from 'vitest';
import { whenCancelled } from '@main/platform/s3/quick-cancel';
import { CallLimit, type CallPlace } from '@main/platform/s3/quick-limit';

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

async function entered(limit: CallLimit, count: number): Promise<CallPlace[]> {
  return Promise.all(Array.from({ length: count }, () => limit.enter(undefined)));
}

describe('how many calls are under way at once', () => {
  test('is kept, in order', async () => {
    const limit = new CallLimit(8);
    const places = await entered(limit, 8);
    const order: number[] = [];
    for (const number of [1, 2, 3]) void limit.enter(undefined).then(() => order.push(number));
    await settled();
    expect(order).toEqual([]);
    for (const place of places.slice(0, 2)) limit.leave(place, 'failed');
    await settled();
    expect(order).toEqual([1, 2]);
  });

  test('grows to 32 while calls wait and succeed, and not while none waits', async () => {
    const limit = new CallLimit(16);
    for (let round = 0; round < 100; round += 1) for (const place of await entered(limit, 16)) limit.leave(place, 'done');
    expect(limit.atOnce).toBe(16);
    let left = 2_000;
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const place = await limit.enter(undefined);
        await settled();
        limit.leave(place, 'done');
      }
    };
    await Promise.all(Array.from({ length: 64 }, lane));
    expect(limit.atOnce).toBe(32);
  });

  test('is halved once for all that were under way, and never below 8', async () => {
    let now = 0;
    const limit = new CallLimit(32, () => (now += 1));
    for (const place of await entered(limit, 32)) limit.leave(place, 'busy');
    expect(limit.atOnce).toBe(16);
    for (let round = 0; round < 5; round += 1) for (const place of await entered(limit, 8)) limit.leave(place, 'busy');
    expect(limit.atOnce).toBe(8);
  });

  test('is none for as long as the store asks', async () => {
    const limit = new CallLimit(16);
    limit.pause(120);
    const from = performance.now();
    await entered(limit, 20 - 4);
    expect(performance.now() - from).toBeGreaterThanOrEqual(119);
  });

  test('who is cancelled while waiting gives the turn to the next', async () => {
    const limit = new CallLimit(1);
    const place = await limit.enter(undefined);
    const cancel = new AbortController();
    const waiting = limit.enter(cancel.signal);
    const next = limit.enter(undefined);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    limit.leave(place, 'done');
    await next;
  });
});

describe('a cancel', () => {
  test('is heard by all that still wait for it, and by who comes later at once', () => {
    const cancel = new AbortController();
    const heard: string[] = [];
    const forget = whenCancelled(cancel.signal, () => heard.push('forgotten'));
    whenCancelled(cancel.signal, () => heard.push('one'));
    whenCancelled(cancel.signal, () => heard.push('two'));
    forget();
    cancel.abort();
    whenCancelled(cancel.signal, () => heard.push('late'));
    expect(heard).toEqual(['one', 'two', 'late']);
  });
});
