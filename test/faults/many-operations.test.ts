import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replayJournal } from '@shared/domain/operations/journal';
import { OPERATION_DEFAULTS } from '@shared/domain/operations/operation';
import { createEventStream, createOperations } from '@main/operations/index';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { bundle, type Bundle } from '../support/bundle';
import { DEEP, seededRandom } from '../support/random';

const COUNT = 1_000;
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
const KILLS = DEEP ? 50 : 10;

interface Ended {
  readonly ended: readonly { readonly number: number; readonly state: string; readonly code: string | null }[];
  readonly diaries: readonly (readonly number[])[];
  readonly tookMs: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly rssGrowthMb: number;
}

let built: Bundle;
let root: string;

beforeAll(async () => {
  built = await bundle({ 'many-operations': resolve('test/support/many-operations.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') });
  root = await mkdtemp(join(tmpdir(), 'berth-many-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Null when it was killed, so long after it had opened its store. */
function run(base: string, killAfterMs?: number): Promise<Ended | null> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(built.dir, 'many-operations.cjs'), join(base, 'home'), join(base, 'world'), String(COUNT)], { env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: built.dir }, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let armed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (killAfterMs === undefined || armed || !text.startsWith('started\n')) return;
      armed = true;
      setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('error', fail);
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') return done(null);
      const answer = JSON.parse(text.replace('started\n', '')) as Ended & { readonly failed?: string };
      if (answer.failed === undefined) done(answer);
      else fail(new Error(answer.failed));
    });
  });
}

/** All are there, each ended, and those of one project were begun in the order they were queued in. */
function expectOrder({ ended, diaries }: Ended): void {
  expect(ended.map((one) => one.number).sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_unused, number) => number));
  for (const diary of diaries) expect(diary).toEqual([...new Set(diary)].sort((a, b) => a - b));
}

it('1,000 queued operations all end, in order per project, without holding the process up or filling it', async () => {
  const ended = (await run(join(root, 'whole'))) as Ended;
  expectOrder(ended);
  expect(new Set(ended.ended.map((one) => one.state))).toEqual(new Set(['succeeded']));
  expect(ended.diaries.map((one) => one.length)).toEqual(Array.from({ length: 10 }, () => COUNT / 10));
  process.stdout.write(`many-operations: ${COUNT} in ${ended.tookMs.toFixed(0)} ms, loop delay p99 ${ended.loopP99Ms.toFixed(1)} ms, max ${ended.loopMaxMs.toFixed(1)} ms, memory +${ended.rssGrowthMb.toFixed(0)} MB\n`);
  expect(ended.loopP99Ms).toBeLessThan(50);
  expect(ended.loopMaxMs).toBeLessThan(200);
  expect(ended.rssGrowthMb).toBeLessThan(150);
});

it(`after ${String(KILLS)} kills all of them have ended all the same, none twice`, { timeout: 900_000 }, async () => {
  const base = join(root, 'killed');
  const random = seededRandom(SEED);
  let kills = 0;
  let last: Ended | null = null;
  const beganMs = performance.now();
  while (last === null) {
    last = await run(base, kills < KILLS ? random() * 80 : undefined);
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

it('a journal of 10,000 records is replayed within a second', async () => {
  const home = join(root, 'journal');
  const at = new Date().toISOString();
  const store = await openStore({ home, inProcess: true });
  await store.putOperation({ ...OPERATION_DEFAULTS, id: 'op_long', kind: 'toy.write', key: 'toy', title: 'Long', projectId: null, state: 'running', progress: { step: 0, of: 0, message: '' }, input: {}, result: null, error: null, cancellable: true, createdAt: at, startedAt: at, finishedAt: null });
  for (let seq = 1; seq <= 5_000; seq += 1) {
    void store.appendJournal({ operationId: 'op_long', seq, name: 'toy.act', phase: 'intent', at, data: { path: `file-${String(seq)}` } });
    await store.appendJournal({ operationId: 'op_long', seq, name: 'toy.act', phase: 'result', at, data: null });
  }
  await store.close();
  const again = await openStore({ home, inProcess: true });
  try {
    const beganMs = performance.now();
    const rows = await again.journal('op_long');
    const { records } = replayJournal(rows);
    const replayedMs = performance.now() - beganMs;
    expect([rows.length, records.length]).toEqual([10_000, 5_000]);
    let seen = 0;
    const operations = await createOperations({ store: again, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text });
    operations.register({ kind: 'toy.write', key: () => 'toy', title: () => 'Long', projectId: () => null, run: () => Promise.resolve(null), rollback: (context) => Promise.resolve(void (seen = context.records.length)), finish: () => Promise.resolve(null) });
    const recoverMs = performance.now();
    expect(await operations.recover()).toMatchObject([{ id: 'op_long', state: 'rolled-back' }]);
    process.stdout.write(`many-operations: 10,000 journal records replayed in ${replayedMs.toFixed(0)} ms, recovered in ${(performance.now() - recoverMs).toFixed(0)} ms\n`);
    expect(performance.now() - recoverMs).toBeLessThan(1_000);
    expect(replayedMs).toBeLessThan(1_000);
    expect(seen).toBe(5_000);
  } finally {
    await again.close();
  }
});
