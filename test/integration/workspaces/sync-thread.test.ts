import { createSyncEngine } from '@main/workspaces/engine';
import type { SyncProgress } from '@main/workspaces/engine-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCleanups } from '../../support/cleanups';
import type { StorageStage } from '../../support/storage';
import { openStore, syncStage } from './sync-kit';

const later = useCleanups();
let store: StorageStage;

beforeAll(async () => {
  store = await openStore();
});
afterAll(async () => store?.close());

describe('an engine in its thread', () => {
  it('runs, plans and watches, and says what is wrong as it would here', async () => {
    const s = await syncStage(store);
    later(() => s.close());
    await s.write('api/app.js', '1');
    const engine = createSyncEngine(s.options);
    later(() => engine.close());
    expect(await engine.plan({ workspace: null })).toMatchObject({ counts: { upload: 1 } });
    const progress: SyncProgress[] = [];
    expect((await engine.run({ workspace: null }, (one) => progress.push(one))).workspaces).toMatchObject([{ name: 'api', uploaded: 1 }]);
    expect(progress.length).toBeGreaterThan(0);
    const seen: string[] = [];
    const watch = await engine.watch({ workspace: null }, (event) => void (event.kind === 'run' && seen.push(...event.keys)));
    await s.write('api/app.js', '22');
    await expect.poll(() => seen).toContain('api/app.js');
    await watch.stop();
    expect(await s.there()).toEqual(await s.here());
    await engine.close();
    await expect(engine.run({ workspace: null }, () => undefined)).rejects.toMatchObject({ code: 'cancelled' });
    const elsewhere = createSyncEngine({ ...s.options, destination: { ...s.options.destination, bucket: 'no-such-bucket' } });
    later(() => elsewhere.close());
    await expect(elsewhere.run({ workspace: null }, () => undefined)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops when it is told to, and completes the next time', async () => {
    const s = await syncStage(store);
    later(() => s.close());
    for (let index = 0; index < 400; index += 1) await s.write(`api/f${String(index)}`, 'x'.repeat(1_000));
    const engine = createSyncEngine({ ...s.options, settings: { ...s.options.settings, concurrency: 1 } });
    later(() => engine.close());
    const cancel = new AbortController();
    await expect(engine.run({ workspace: null }, () => cancel.abort(), cancel.signal)).rejects.toMatchObject({ code: 'cancelled' });
    const report = await engine.run({ workspace: null }, () => undefined);
    expect(report).toMatchObject({ conflicts: [], halt: null });
    expect(await s.there()).toEqual(await s.here());
  });
});
