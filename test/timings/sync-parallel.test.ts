import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, syncStage } from '../integration/workspaces/sync-kit';
import { useCleanups } from '../support/cleanups';
import { countedRequests, type CountedRequests } from '../support/counted-requests';
import type { StorageStage } from '../support/storage';
import { badNetwork, type BadNetwork } from '../support/toxiproxy';

const FILES = 500;
const FILE_BYTES = 20_000;
const LATENCY_MS = 20;
const later = useCleanups();
let store: StorageStage;
let slow: BadNetwork;
let counted: CountedRequests;

beforeAll(async () => {
  store = await openStore();
  slow = await badNetwork(store);
  await slow.add({ type: 'latency', attributes: { latency: LATENCY_MS } });
  counted = await countedRequests(slow.endpoint, (path) => path.includes('/api/src/'));
}, 120_000);
afterAll(async () => {
  await counted?.close();
  await slow?.stop();
  await store?.close();
});

/** Every file is there and is edited, so that each is a request of its own. */
async function resend(concurrency: number): Promise<{ readonly ms: number; readonly peak: number; readonly puts: number }> {
  const s = await syncStage(store, { concurrency }, counted.endpoint);
  later(() => s.close());
  for (let file = 0; file < FILES; file += 1) await s.write(`api/src/f${String(file)}.js`, Buffer.alloc(FILE_BYTES, `one ${String(file)}\n`));
  await s.sync();
  for (let file = 0; file < FILES; file += 1) await writeFile(join(s.root, `api/src/f${String(file)}.js`), Buffer.alloc(FILE_BYTES, `two ${String(file)}\n`));
  counted.reset();
  const began = performance.now();
  const report = await s.sync();
  const ms = performance.now() - began;
  expect(report.workspaces[0]).toMatchObject({ uploaded: FILES });
  return { ms, peak: counted.peak('PUT'), puts: counted.count('PUT') };
}

describe(`${String(FILES)} files of ${String(FILE_BYTES)} bytes over a line with ${String(LATENCY_MS)} ms`, () => {
  it('are sent ten at once at least twice as fast as one by one, and never more at once', async () => {
    const one = await resend(1);
    const ten = await resend(10);
    process.stdout.write(`parallel uploads: one by one ${(one.ms / 1000).toFixed(2)} s (peak ${String(one.peak)}), ten at once ${(ten.ms / 1000).toFixed(2)} s (peak ${String(ten.peak)}), ${(one.ms / ten.ms).toFixed(1)} times as fast; ${String(ten.puts)} uploads\n`);
    expect(one.ms / ten.ms).toBeGreaterThanOrEqual(2);
    expect(one.peak).toBe(1);
    expect(ten.peak).toBeGreaterThanOrEqual(5);
    expect(ten.peak).toBeLessThanOrEqual(10);
  }, 180_000);
});
