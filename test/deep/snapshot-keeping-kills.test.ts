import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeepingBench, KEEPING, type KeepingBench } from '../faults/snapshot-keeping-crash';

/** kill -9 at every place that a prune, an export and an import pass. */
describe('an operation on a repository that is killed anywhere', () => {
  let bench: KeepingBench;
  beforeAll(async () => {
    bench = await createKeepingBench();
  });
  afterAll(() => bench.close());

  it.each(KEEPING)('%s leaves everything whole', async (verb) => {
    const points = (await bench.points(verb)).filter((one) => !one.startsWith('operation.enqueue:before') && !one.startsWith('operation.end:after'));
    expect(points.length).toBeGreaterThanOrEqual(10);
    const ends: { [state: string]: number } = {};
    for (const point of points) {
      const state = await bench.killAt(verb, point);
      ends[state] = (ends[state] ?? 0) + 1;
    }
    process.stdout.write(`${verb}: killed at ${String(points.length)} places: ${JSON.stringify(ends)}\n`);
  });
});
