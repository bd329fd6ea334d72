import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COUNT, expectOrder, manyOperations, type Ended } from '../support/many-operations-run';
import { DEEP, seededRandom } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
const KILLS = DEEP ? 50 : 10;
const program = manyOperations();

it(`after ${String(KILLS)} kills all of them have ended all the same, none twice`, { timeout: 900_000 }, async () => {
  const base = join(program.root(), 'killed');
  const random = seededRandom(SEED);
  let kills = 0;
  let last: Ended | null = null;
  const beganMs = performance.now();
  while (last === null) {
    last = await program.run(base, kills < KILLS ? random() * 80 : undefined);
    if (last === null) kills += 1;
  }
  expectOrder(last);
  const undone = last.ended.filter((one) => one.state !== 'succeeded');
  // At most four run at a time; what a kill caught before its commit is told, and nothing else.
  for (const one of undone) expect([one.state, one.code]).toEqual(['rolled-back', 'interrupted']);
  expect(undone.length).toBeLessThanOrEqual(kills * 4);
  const written = new Set(last.diaries.flat());
  for (const one of last.ended) if (one.state === 'succeeded') expect(written.has(one.number)).toBe(true);
  process.stdout.write(`many-operations: BERTH_SEED=${String(SEED)}, ${String(kills)} kills, ${String(undone.length)} of ${String(COUNT)} told as interrupted, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s\n`);
  expect(kills).toBe(KILLS);
});
