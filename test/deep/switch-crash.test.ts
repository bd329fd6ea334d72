import { afterAll, beforeAll, describe, it } from 'vitest';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crashBench, type CrashBench } from '../faults/switch-crash';
import { sample } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const FOLDER = resolve('docs/reliability');
const RESUME = resolve('node_modules/.cache/berth/switch-crash.json');

/** kill -9 at every place a switch passes, and a second kill in the recovery of a sample of them. Resumable: what passed is not repeated unless BERTH_FRESH is set. */
describe('a switch that is killed anywhere', () => {
  let bench: CrashBench;
  const passed = new Map<string, string>();
  beforeAll(async () => {
    if (process.env['BERTH_FRESH'] === undefined) for (const [point, mode] of Object.entries(JSON.parse(await readFile(RESUME, 'utf8').catch(() => '{}')) as { [point: string]: string })) passed.set(point, mode);
    bench = await crashBench();
  }, 300_000);
  afterAll(async () => {
    await bench.close();
  }, 120_000);

  async function pass(point: string, mode: string): Promise<void> {
    passed.set(point, mode);
    await mkdir(resolve(RESUME, '..'), { recursive: true });
    await writeFile(RESUME, JSON.stringify(Object.fromEntries(passed)));
  }

  it('leaves one mode whole at each of them', async () => {
    for (const point of bench.points) {
      // Before it is stored there is no operation, after its end there is nothing left to recover.
      if (point.startsWith('operation.enqueue:before') || passed.has(point)) continue;
      await pass(point, await bench.killAt(point));
    }
  }, 7_200_000);

  it('also when its recovery is killed', async () => {
    for (const point of sample(bench.points.filter((one) => one.startsWith('container.')), 10, SEED)) {
      for (const again of sample(await bench.recoveryPoints(point), 4, SEED)) {
        const both = `${point} then ${again}`;
        if (!passed.has(both)) await pass(both, await bench.killAt(point, again));
      }
    }
    await mkdir(FOLDER, { recursive: true });
    const rows = [...passed].map(([point, mode]) => `| \`${point}\` | ${mode} |`);
    await writeFile(join(FOLDER, 'switch-crash.md'), `# A switch killed at every place it passes\n\nDate ${new Date().toISOString().slice(0, 10)}, seed ${String(SEED)}, ${String(passed.size)} kills. After each: the next start recovers, one mode is whole, nothing is left over, \`docker compose up -d\` recreates nothing, every row of data is there.\n\n| killed at | mode afterwards |\n|---|---|\n${rows.join('\n')}\n`);
  }, 7_200_000);
});
