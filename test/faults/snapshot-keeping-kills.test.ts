import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeepingBench, type KeepingBench } from './snapshot-keeping-crash';

// Every place there is: test/deep/snapshot-keeping-kills.test.ts.
let bench: KeepingBench;

beforeAll(async () => {
  bench = await createKeepingBench();
}, 120_000);
afterAll(() => bench.close());

test.each([
  ['prune', 'snapshot.remove:after:1'],
  ['export', 'snapshot.export:after:1'],
  ['import', 'snapshot.import:after:1'],
] as const)('%s, killed at %s: everything that is listed is whole, and it goes through when it is asked for again', async (verb, point) => {
  expect(await bench.killAt(verb, point)).toBe('rolled-back');
}, 120_000);
