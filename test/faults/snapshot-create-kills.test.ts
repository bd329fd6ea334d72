import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCrashBench, type CreateCrashBench } from './snapshot-create-crash';

// Every place there is: test/deep/snapshot-create-kills.test.ts.
let bench: CreateCrashBench;

beforeAll(async () => {
  bench = await createCrashBench();
}, 120_000);
afterAll(() => bench.close());

test.each([
  ['snapshot.pause:after:1', 'rolled-back'],
  ['snapshot.unpause:after-intent:1', 'rolled-back'],
  ['snapshot.stop:after-intent:1', 'rolled-back'],
  ['snapshot.stop:after:2', 'rolled-back'],
  ['snapshot.start:after-intent:1', 'rolled-back'],
  ['snapshot.finish:after:1', 'rolled-back'],
  ['commit:after-result:1', 'succeeded'],
])('killed at %s: nothing stays held, only what is whole is listed', async (point, state) => {
  expect(await bench.killAt(point)).toBe(state);
}, 120_000);

test('killed while a volume is read that is held', async () => {
  expect(await bench.killWhileReading()).toBe('rolled-back');
}, 120_000);
