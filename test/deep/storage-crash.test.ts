import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { storageCrashBench, type StorageCrashBench } from '../faults/storage-crash';

const FOLDER = resolve('docs/reliability');
/** The quick ones first. */
const NAMES = ['strategies', 'server', 'start', 'rotate', 'use'];
const RESUME = resolve('node_modules/.cache/berth/storage-crash.json');

/** kill -9 at every place operations of storage pass. Resumable: what passed is not repeated unless BERTH_FRESH is set. */
describe('operations of storage that are killed anywhere', () => {
  let bench: StorageCrashBench;
  const passed = new Map<string, string>();
  const places = new Map<string, number>();
  beforeAll(async () => {
    if (process.env['BERTH_FRESH'] === undefined) for (const [point, state] of Object.entries(JSON.parse(await readFile(RESUME, 'utf8').catch(() => '{}')) as { [point: string]: string })) passed.set(point, state);
    bench = await storageCrashBench();
  }, 300_000);
  afterAll(async () => {
    await record();
    await bench.close();
  }, 120_000);

  async function record(): Promise<void> {
    await mkdir(FOLDER, { recursive: true });
    const rows = [...passed].map(([point, state]) => `| ${point.split(' ')[0] ?? ''} | \`${point.split(' ')[1] ?? ''}\` | ${state} |`);
    const killed = (name: string): string => String([...passed.keys()].filter((one) => one.startsWith(`${name} `)).length);
    const counts = NAMES.map((name) => `${name} ${killed(name)} of ${places.has(name) ? String(places.get(name)) : 'all, not run to its end yet'}`).join(', ');
    await writeFile(
      join(FOLDER, 'storage-crash.md'),
      `# Operations of storage, killed at every place they pass\n\nDate ${new Date().toISOString().slice(0, 10)}, ${String(passed.size)} kills: ${counts}. After each: the next start recovers, the state is old or new, no container, mount or volume is left over, keys and files are whole, and the next \`storage start\` brings every mount up.\n\n| operation | killed at | state afterwards |\n|---|---|---|\n${rows.join('\n')}\n`,
    );
  }

  it.each(NAMES)('%s: the state is old or new at each of them', async (name) => {
    const scenario = bench.scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`There is no ${name}.`);
    const points = await bench.points(scenario);
    places.set(name, points.length);
    for (const point of points) {
      if (passed.has(`${name} ${point}`)) continue;
      passed.set(`${name} ${point}`, await bench.killAt(scenario, point));
      await mkdir(resolve(RESUME, '..'), { recursive: true });
      await writeFile(RESUME, JSON.stringify(Object.fromEntries(passed)));
      await record();
    }
  }, 7_200_000);
});
