import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCrashBench, type CreateCrashBench } from '../faults/snapshot-create-crash';

/** kill -9 at every place that making a snapshot passes, and again at every place that the recovery of two of them passes. */
describe('a snapshot whose making is killed anywhere', () => {
  let bench: CreateCrashBench;
  beforeAll(async () => {
    bench = await createCrashBench();
  });
  afterAll(() => bench.close());

  it('leaves nothing held, and lists only what is whole', async () => {
    const points = await bench.points();
    expect(points.filter((one) => one.startsWith('snapshot.')).length).toBeGreaterThanOrEqual(7 * 4);
    const ends: { [state: string]: number } = {};
    for (const point of points) {
      const state = await bench.killAt(point);
      ends[state] = (ends[state] ?? 0) + 1;
    }
    process.stdout.write(`killed at ${String(points.length)} places: ${JSON.stringify(ends)}\n`);
  });

  it('also when its recovery is killed', async () => {
    let count = 0;
    // At the first both kinds are held: two are stopped, or one is paused. At the second the manifest is there.
    for (const point of ['snapshot.start:before:1', 'snapshot.unpause:before:1', 'snapshot.finish:after:1']) {
      for (const again of await bench.recoveryPoints(point)) {
        await bench.killAt(point, again);
        count += 1;
      }
    }
    process.stdout.write(`killed twice at ${String(count)} places\n`);
  });
});
