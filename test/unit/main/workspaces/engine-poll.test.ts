import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { SyncWatchEvent } from '@main/workspaces/engine-types';
import { afterEach, expect, it, vi } from 'vitest';
import { syncWorld } from './sync-world';

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

it('looks through the folder every few seconds when the system gives no more watches', async () => {
  const { watch: realWatch } = fs;
  let left = 2;
  vi.spyOn(fs, 'watch').mockImplementation(((...args: Parameters<typeof realWatch>) => {
    left -= 1;
    if (left < 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    return realWatch(...args);
  }) as typeof realWatch);
  syncBuiltinESMExports();
  const w = await syncWorld();
  for (const folder of ['a', 'b', 'c']) await w.write(`api/${folder}/f.js`, '1');
  const events: SyncWatchEvent[] = [];
  const watch = await w.core.watch({ workspace: null }, (event) => events.push(event));
  expect(events).toContainEqual({ kind: 'mode', mode: 'polling', folders: 0 });
  await w.write('api/c/f.js', '2');
  await expect.poll(() => w.s3.text('api/c/f.js'), { timeout: 15_000 }).toBe('2');
  await watch.stop();
  await w.close();
}, 30_000);
