import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample } from '../support/random';
import { storageCrashBench, type StorageCrashBench } from './storage-crash';

const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
/** Each takes more than a minute of a busy machine: two of them in each run. */
const SCENARIOS = sample(['start', 'server', 'rotate', 'use', 'strategies'], 2, SEED);

/** kill -9 in the middle of operations of storage, at a seeded sample of the places they pass; all of them, and all operations: `npm run test:deep -- storage-crash`. */
describe(`operations of storage that are killed (seed ${String(SEED)})`, () => {
  let bench: StorageCrashBench;
  beforeAll(async () => {
    bench = await storageCrashBench();
  });
  afterAll(async () => {
    await bench.close();
  });

  it.each(SCENARIOS)('%s: the state is old or new, nothing is left over, and the next start works', async (name) => {
    const scenario = bench.scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`There is no ${name}.`);
    const points = await bench.points(scenario);
    const names = new Set(points.map((one) => one.split(':')[0]));
    for (const passed of scenario.passes) expect([...names]).toContain(passed);
    for (const point of sample(points.filter((one) => !one.startsWith('operation.')), 1, SEED)) await bench.killAt(scenario, point);
  }, 600_000);
});
