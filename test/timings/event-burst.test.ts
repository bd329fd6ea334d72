import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateWorld, type PrivateWorld } from '../integration/reconcile/sleepers';
import { bundle, type Bundle } from '../support/bundle';
import { BUSYBOX_IMAGE } from '../support/images';
import { privateEngineObstacle } from '../support/private-engine';

const run = promisify(execFile);

describe('a flood of events', async () => {
  const obstacle = await privateEngineObstacle();
  let flood: Bundle;
  let made: PrivateWorld;
  beforeAll(async () => {
    if (obstacle !== null) return;
    flood = await bundle({ 'event-flood': resolve('test/support/event-flood.ts') });
    made = await privateWorld();
  });
  afterAll(() => made?.close());

  it.skipIf(obstacle !== null)('keeps memory bounded and answers while 10,000 events come in a burst', async () => {
    const { socketPath } = made.engine;
    const { id } = await made.seen.world.projects.resolve(made.shop.dir);
    let heard = 0;
    const listening = made.seen.world.engine.onEvent(() => void (heard += 1));
    const rssBefore = process.memoryUsage().rss;
    let rssPeak = rssBefore;
    const tookMs: number[] = [];
    let done = false;
    const asking = (async () => {
      while (!done) {
        const begun = performance.now();
        await Promise.all([made.seen.eventLog.list({ limit: 10 }), made.seen.world.operations.list({ limit: 10 }), made.seen.world.projects.resolve(id)]);
        tookMs.push(performance.now() - begun);
        rssPeak = Math.max(rssPeak, process.memoryUsage().rss);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await run(process.execPath, [join(flood.dir, 'event-flood.cjs'), socketPath, BUSYBOX_IMAGE, `${made.shop.name}-ends-1`, '8', '640']);
    done = true;
    await asking;
    listening.dispose();
    const slowestMs = Math.max(...tookMs);
    const grownMiB = (rssPeak - rssBefore) / 1024 / 1024;
    process.stdout.write(`${String(heard)} events heard, RSS grew by ${grownMiB.toFixed(0)} MiB at most, ${String(tookMs.length)} queries, slowest ${slowestMs.toFixed(0)} ms\n`);
    expect(heard).toBeGreaterThan(10_000);
    expect(grownMiB).toBeLessThan(150);
    expect(slowestMs).toBeLessThan(100);
  });
});
