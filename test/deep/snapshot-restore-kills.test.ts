import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { restoreBench, type RestoreBench } from '../faults/restore-crash';
import { folderBench, type FolderBench } from '../faults/restore-folder-crash';
import { sample } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const FOLDER = resolve('docs/reliability');
const RESUME = resolve('node_modules/.cache/berth/snapshot-restore-kills.json');

/** kill -9 at every place a restore passes, and a second kill in the recovery of a sample of them. Resumable: what passed is not repeated unless BERTH_FRESH is set. */
describe('a restore that is killed anywhere', () => {
  let bench: RestoreBench;
  let folder: FolderBench;
  const passed = new Map<string, string>();
  beforeAll(async () => {
    if (process.env['BERTH_FRESH'] === undefined) for (const [point, state] of Object.entries(JSON.parse(await readFile(RESUME, 'utf8').catch(() => '{}')) as { [point: string]: string })) passed.set(point, state);
    bench = await restoreBench();
    folder = await folderBench();
  }, 300_000);
  afterAll(async () => {
    await bench.close();
    await folder.close();
  }, 120_000);

  async function pass(point: string, state: string): Promise<void> {
    passed.set(point, state);
    process.stdout.write(`${String(passed.size)}: ${point}: ${state}\n`);
    await mkdir(resolve(RESUME, '..'), { recursive: true });
    await writeFile(RESUME, JSON.stringify(Object.fromEntries(passed)));
  }

  it('leaves all as it was or all as in the snapshot, at each of them', async () => {
    for (const point of bench.points) {
      // Before it is stored there is no operation, after its end there is nothing left to recover.
      if (point.startsWith('operation.enqueue:before') || point.startsWith('operation.end:after') || passed.has(point)) continue;
      await pass(point, await bench.killAt(point));
    }
  }, 7_200_000);

  it('also while the volume program writes or exchanges for it', async () => {
    for (const command of ['write', 'exchange'] as const) {
      for (let afterMs = 0; afterMs <= 800; afterMs += 50) {
        const point = `${String(afterMs)} ms into ${command}`;
        if (!passed.has(point)) await pass(point, await bench.killDuring(command, afterMs));
      }
    }
  }, 7_200_000);

  it('of a folder outside of the project too: at each place, in the merge, and in taking it back', async () => {
    for (const place of folder.points) {
      const point = `folder: ${place}`;
      if (place.startsWith('operation.enqueue:before') || place.startsWith('operation.end:after') || passed.has(point)) continue;
      await pass(point, await folder.killAt(place));
    }
    for (let afterMs = 0; afterMs <= 1_000; afterMs += 20) {
      const point = `${String(afterMs)} ms into merge`;
      if (!passed.has(point)) await pass(point, await folder.killDuring(afterMs));
    }
    for (let afterMs = 0; afterMs <= 1_000; afterMs += 50) {
      const point = `500 ms into merge then ${String(afterMs)} ms into take-back`;
      if (!passed.has(point)) await pass(point, await folder.killDuring(500, afterMs));
    }
  }, 7_200_000);

  it('also when its recovery is killed', async () => {
    for (const point of sample(bench.points.filter((one) => /^(volume|container|file)\./.test(one)), 10, SEED)) {
      for (const again of sample(await bench.recoveryPoints(point), 4, SEED)) {
        const both = `${point} then ${again}`;
        if (!passed.has(both)) await pass(both, await bench.killAt(point, again));
      }
    }
    await mkdir(FOLDER, { recursive: true });
    const rows = [...passed].map(([point, state]) => `| \`${point}\` | ${state} |`);
    await writeFile(join(FOLDER, 'snapshot-restore-kills.md'), `# A restore killed at every place it passes\n\nDate ${new Date().toISOString().slice(0, 10)}, seed ${String(SEED)}, ${String(passed.size)} kills. After each: the next start recovers; files, containers, names of images and every byte of the volumes are as before (old) or as in the snapshot (new), and nothing is left over.\n\n| killed at | state afterwards |\n|---|---|\n${rows.join('\n')}\n`);
  }, 7_200_000);
});
