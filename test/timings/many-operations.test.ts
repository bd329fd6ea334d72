import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replayJournal } from '@shared/domain/operations/journal';
import { OPERATION_DEFAULTS } from '@shared/domain/operations/operation';
import { createEventStream, createOperations } from '@main/operations/index';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { COUNT, expectOrder, manyOperations, type Ended } from '../support/many-operations-run';

const program = manyOperations();

it('1,000 queued operations all end, in order per project, without holding the process up or filling it', async () => {
  const ended = (await program.run(join(program.root(), 'whole'))) as Ended;
  expectOrder(ended);
  expect(new Set(ended.ended.map((one) => one.state))).toEqual(new Set(['succeeded']));
  expect(ended.diaries.map((one) => one.length)).toEqual(Array.from({ length: 10 }, () => COUNT / 10));
  process.stdout.write(`many-operations: ${COUNT} in ${ended.tookMs.toFixed(0)} ms, loop delay p99 ${ended.loopP99Ms.toFixed(1)} ms, max ${ended.loopMaxMs.toFixed(1)} ms, memory +${ended.rssGrowthMb.toFixed(0)} MB\n`);
  expect(ended.loopP99Ms).toBeLessThan(50);
  expect(ended.loopMaxMs).toBeLessThan(200);
  expect(ended.rssGrowthMb).toBeLessThan(150);
});

it('a journal of 10,000 records is replayed within a second', async () => {
  const home = join(program.root(), 'journal');
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
