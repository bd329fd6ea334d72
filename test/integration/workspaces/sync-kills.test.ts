import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, type Bundle } from '../../support/bundle';
import { DEEP, seededRandom } from '../../support/random';
import type { StorageStage } from '../../support/storage';
import { openStore, syncStage, type SyncStage } from './sync-kit';

const KILLS = DEEP ? 100 : 20;
const FILES = 90;
const SEED = 20_261_121;
const RECORD = resolve('docs/reliability/sync-kills.md');
/** Each of them is a process, a run, a look at everything. */
const TIMEOUT_MS = KILLS * 20_000;

let store: StorageStage;
let built: Bundle;

beforeAll(async () => {
  built = await bundle({ 'sync-main': 'test/support/sync-main.ts' });
  store = await openStore();
});
afterAll(async () => {
  await store?.close();
});

/** Runs the process; with `killAfterMs` it is killed so long after its run began. Answers how long the run took, and whether it ended by itself. */
async function process_(options: string, killAfterMs: number | null): Promise<{ readonly tookMs: number; readonly ended: boolean; readonly output: string }> {
  const child = spawn(process.execPath, [join(built.dir, 'sync-main.cjs'), options], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let beganMs = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '' && killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    if (output === '') beganMs = performance.now();
    output += chunk.toString('utf8');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { tookMs: performance.now() - beganMs, ended: code === 0, output };
}

describe('a sync that is killed', () => {
  it(`is completed by the next one, ${String(KILLS)} times`, async () => {
    const s = await syncStage(store);
    try {
      const options = `${s.options.stateDir}.json`;
      await writeFile(options, JSON.stringify(s.options));
      const next = seededRandom(SEED);
      await change(s, next, 0);
      const whole = await process_(options, null);
      expect(whole.ended, whole.output).toBe(true);
      expect(await s.there()).toEqual(await s.here());
      let killed = 0;
      let rounds = 0;
      let spanMs = whole.tookMs * 0.8;
      // Some are done before their moment comes; they count as nothing.
      for (let round = 1; killed < KILLS && round <= 3 * KILLS; round += 1) {
        rounds = round;
        await change(s, next, round);
        const { ended, tookMs } = await process_(options, next() * spanMs);
        if (ended) spanMs = tookMs * 0.8;
        else killed += 1;
        // Every other time somebody works on before the next run, which meets what was half done and is old already.
        if (round % 2 === 0) await change(s, next, round + 1_000);
        await s.restart();
        const report = await s.sync();
        expect(report.conflicts, `round ${String(round)}`).toEqual([]);
        expect(await s.there(), `round ${String(round)}`).toEqual(await s.here());
        await s.core.close();
      }
      process.stdout.write(`${String(killed)} of ${String(rounds)} runs were killed under way (a whole one takes ${String(Math.round(whole.tookMs))} ms)\n`);
      expect(killed).toBe(KILLS);
      if (DEEP) await writeFile(RECORD, recordOf({ killed, rounds, wholeMs: whole.tookMs }));
    } finally {
      await s.close();
    }
  }, TIMEOUT_MS);
});

/** What is kept of a whole enumeration; it is only written when nothing was wrong. */
function recordOf({ killed, rounds, wholeMs }: { readonly killed: number; readonly rounds: number; readonly wholeMs: number }): string {
  return `# A sync killed at any moment

Date ${new Date().toISOString().slice(0, 10)}, seed ${String(SEED)}. \`npm run test:deep -- sync-kills\` kills a process that syncs ${String(FILES)} changing files to a real MinIO with SIGKILL at a random moment of its run;
every other time files change again before the next run. After each: the next run completes, the bucket has exactly the files that are here, byte for byte, and nothing is told as a conflict.

| rounds | killed under way | undisturbed run | failures |
|---|---|---|---|
| ${String(rounds)} | ${String(killed)} | ${String(Math.round(wholeMs))} ms | 0 |
`;
}

/** Writes most files anew, removes some and makes others: what a run has to do takes long enough to be killed in it. */
async function change(s: SyncStage, next: () => number, round: number): Promise<void> {
  for (let index = 0; index < FILES; index += 1) {
    const key = `w${String(index % 3)}/d${String(index % 7)}/f${String(index)}.txt`;
    const chance = next();
    if (chance < 0.1) await rm(join(s.root, key), { force: true });
    else if (chance < 0.8) await s.write(key, `round ${String(round)} file ${String(index)} ${'x'.repeat(Math.floor(next() * 8_000))}`);
  }
}
