import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashBench, sample, type CrashBench } from './switch-crash';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const POINTS = 6;

/** kill -9 in the middle of a switch, at a seeded sample of the places it passes; all of them: `npm run test:deep -- switch-crash`. */
describe(`a switch that is killed (seed ${String(SEED)})`, () => {
  let bench: CrashBench;
  beforeAll(async () => {
    bench = await crashBench();
  });
  afterAll(async () => {
    await bench.close();
  });

  it('passes every kind of effect, so that the list of kills has them', () => {
    const names = new Set(bench.points.map((one) => one.split(':')[0]));
    for (const name of ['image.build', 'network.create', 'volume.create', 'container.create', 'restart-policy.set', 'image.retag', 'container.stop', 'container.start', 'container.remove', 'container.rename', 'commit', 'switch.prepared', 'switch.cutover']) {
      expect([...names]).toContain(name);
    }
  });

  it('leaves one mode whole, whichever place it is killed at', async () => {
    const chosen = sample(bench.points.filter((one) => !one.startsWith('operation.')), POINTS, SEED);
    for (const point of chosen) {
      const mode = await bench.killAt(point);
      const at = bench.points.indexOf(point);
      const commit = bench.points.indexOf('commit:after-result:1');
      expect(mode, point).toBe(at >= commit ? 'prod' : 'dev');
    }
  });
});
