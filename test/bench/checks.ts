import { readFile, writeFile } from 'node:fs/promises';
import { observeMode } from '@main/checks';
import { openChecksWorld } from '../integration/checks/kit';
import { ensureBusybox } from '../support/images';
import { twentyServices } from '../support/projects';

/**
 * How long the checks of a project of twenty services take on the real engine (S3.15: under 2 s): the first time, again with nothing
 * changed, and after a save. Load of the files and the look at the engine are part of it. Option: --rounds <n> (9).
 */

const at = process.argv.indexOf('--rounds');
const ROUNDS = Number(at === -1 ? 9 : process.argv[at + 1]);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

await ensureBusybox();
const ran: string[] = [];
const world = await openChecksWorld({ onCheck: (name) => ran.push(name) });
const project = await twentyServices();
try {
  const once = async (): Promise<number> => {
    ran.length = 0;
    const began = performance.now();
    const loaded = await world.projects.loadMode(project.dir, 'dev');
    await world.checks.results(loaded, await observeMode(world.engine, loaded));
    return performance.now() - began;
  };
  const first = await once();
  const firstRan = ran.length;
  const again: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) again.push(await once());
  const againRan = ran.length;
  const saved: number[] = [];
  const [file = ''] = (await world.projects.loadMode(project.dir, 'dev')).compose.files;
  const text = await readFile(file, 'utf8');
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeFile(file, `${text}# save ${round}\n`);
    saved.push(await once());
  }
  const figure = (ms: number): string => `${ms.toFixed(0)} ms`;
  process.stdout.write(
    `twenty services, ${firstRan} checks: first ${figure(first)}; again, median of ${ROUNDS}: ${figure(median(again))} (${againRan} checks made); after a save ${figure(median(saved))} (${ran.length} made)\n`,
  );
} finally {
  await project.close();
  await world.close();
}
