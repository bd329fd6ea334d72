import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashBench, type CrashBench } from './switch-crash';
import { sample } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const POINTS = 4;

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

  it('is decided by its commit', async () => {
    expect(await bench.killAt('commit:before:1')).toBe('dev');
    expect(await bench.killAt('commit:after-result:1')).toBe('prod');
  });

  it('leaves one mode whole, whichever place it is killed at', async () => {
    for (const point of sample(bench.points.filter((one) => !one.startsWith('operation.')), POINTS, SEED)) await bench.killAt(point);
  });
});
