import { AppError } from '@shared/kernel/app-error';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useCleanups } from '../../support/cleanups';
import { engineRequest } from '../../support/images';
import { answers, waitUntil, type StorageStage } from '../../support/storage';
import { badNetwork, type BadNetwork } from '../../support/toxiproxy';
import { between, busy } from './quick-s3-kit';
import { openStore, syncStage, type SyncStage } from './sync-kit';

const later = useCleanups();
const FILES = 160;
let store: StorageStage;
let network: BadNetwork;

beforeAll(async () => {
  store = await openStore();
  network = await badNetwork(store);
});
afterAll(async () => {
  await network?.stop();
  await store?.close();
});

afterEach(() => network.heal());

/** Files with some to keep back, synced once; then most of them are written anew, some go and some come: what a fault meets in the middle. */
async function changedStage(endpoint: string): Promise<SyncStage> {
  const s = await syncStage(store, {}, endpoint);
  later(() => s.close());
  for (let index = 0; index < FILES; index += 1) await s.write(`w${String(index % 3)}/d${String(index % 7)}/f${String(index)}.txt`, `one ${String(index)} ${'x'.repeat(2_000)}`);
  await s.write('w0/.gitignore', '*.tmp\n');
  await s.write('w0/kept-back.tmp', 'stays here');
  await s.write('w1/node_modules/p/index.js', 'stays here');
  expect((await s.sync()).conflicts).toEqual([]);
  for (let index = 0; index < FILES; index += 1) await s.write(`w${String(index % 3)}/d${String(index % 7)}/f${String(index)}.txt`, `two ${String(index)} ${'y'.repeat(9_000)}`);
  for (let index = 0; index < 20; index += 1) await s.write(`w2/new/f${String(index)}.txt`, `new ${String(index)}`);
  await s.write('w1/large.bin', Buffer.alloc(5 * 1024 * 1024, 'z'));
  return s;
}

/** One plain sentence: no code of a library, no stack, no list. */
async function saysOneSentence(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(() => null, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  const { code, message } = error as AppError;
  expect(['service-unreachable', 'timeout']).toContain(code);
  expect(message).toMatch(/^[A-Z][^\n]*\.$/);
  expect(message).not.toMatch(/undici|at Object|\bundefined\b|socket/i);
  return message;
}

async function completes(s: SyncStage): Promise<void> {
  const report = await s.sync();
  expect(report).toMatchObject({ conflicts: [], halt: null, deletesDeferred: 0 });
  const expected = new Map([...(await s.here())].filter(([key]) => !key.endsWith('.tmp') && !key.includes('node_modules/')));
  expect(await s.there()).toEqual(expected);
}

/** Resolves when the run has begun to send. */
async function underWay(s: SyncStage, act: () => Promise<void>): Promise<{ readonly run: Promise<unknown> }> {
  let acted: Promise<void> | null = null;
  const run = s.core.run({ workspace: null }, ({ uploaded }) => {
    if (uploaded > 0) acted ??= act();
  });
  void run.catch(() => undefined);
  await waitUntil(async () => acted !== null, 30_000, 'the run sends');
  await acted;
  return { run };
}

describe('a run whose store', () => {
  it('goes away under way says so in one sentence, and the next completes it', async () => {
    const s = await changedStage(network.endpoint);
    await network.add({ type: 'bandwidth', stream: 'upstream', attributes: { rate: 400 } });
    const { run } = await underWay(s, () => network.cut());
    expect(await saysOneSentence(run)).toContain(network.endpoint);
    await network.heal();
    await completes(s);
  });

  it('stands still between two runs is told, and taken up again', async () => {
    const s = await changedStage(store.endpoint);
    await engineRequest('POST', `/containers/${store.server}/pause`);
    try {
      await saysOneSentence(s.sync());
    } finally {
      await engineRequest('POST', `/containers/${store.server}/unpause`);
    }
    await waitUntil(() => answers(`${store.endpoint}/minio/health/live`), 20_000, 'the server answers again');
    await completes(s);
  });

  it('is slow is waited for', async () => {
    const s = await changedStage(network.endpoint);
    await network.add({ type: 'latency', attributes: { latency: 60, jitter: 20 } });
    await completes(s);
  });

  it('takes connections and says nothing is given up on', async () => {
    const s = await changedStage(network.endpoint);
    await network.add({ type: 'bandwidth', stream: 'upstream', attributes: { rate: 400 } });
    const { run } = await underWay(s, () => network.add({ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } }));
    await saysOneSentence(run);
    await network.heal();
    await completes(s);
  });

  it('cuts answers off in the middle', async () => {
    const s = await changedStage(network.endpoint);
    await network.add({ type: 'limit_data', stream: 'downstream', attributes: { bytes: 700 } });
    // Connections that end after a few answers are made anew: it may also get through.
    await s.sync().catch((error: unknown) => saysOneSentence(Promise.reject(error as Error)));
    await network.heal();
    await completes(s);
  });

  it('answers 503 for a while is asked again, and one that never stops is given up on', async () => {
    let calls = 0;
    let always = false;
    const proxy = await between(store, () => {
      calls += 1;
      return always || calls % 5 === 0 ? busy() : 'pass';
    });
    later(() => proxy.stop());
    const s = await changedStage(proxy.endpoint);
    always = true;
    await saysOneSentence(s.sync());
    always = false;
    await completes(s);
  });

  it('loses answers of writes that took place has nothing twice and no conflict with itself', async () => {
    let writes = 0;
    let losing = false;
    const proxy = await between(store, (method, path) => {
      if (!losing || method !== 'PUT' || path.includes('.berth')) return 'pass';
      writes += 1;
      return writes % 4 === 0 ? 'lose-answer' : 'pass';
    });
    later(() => proxy.stop());
    const s = await changedStage(proxy.endpoint);
    losing = true;
    await completes(s);
    expect(writes).toBeGreaterThan(FILES);
  });
});
