import { describe, expect, it } from 'vitest';
import { operationFolders } from '@main/platform/operation-folders';
import { AppError } from '@shared/kernel/app-error';
import { eventually, toy, useQueue } from './queue-kit';

const queue = useQueue();

describe('trying again', () => {
  const retry = { attempts: 2, codes: ['engine-lost'] };

  it('undoes everything, waits, and counts the tries; each undoes its own only', async () => {
    const undone: number[][] = [];
    const kind = toy(
      async (context) => {
        await context.effect('thing.make', {}, async () => null);
        throw new AppError('engine-lost', 'The engine went away.');
      },
      { retry, rollback: async (context) => void undone.push(context.records.map((one) => one.seq)) },
    );
    const operations = await queue.open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    for (const attempt of [2, 3]) {
      await eventually(async () => expect(await queue.store.getOperation(id)).toMatchObject({ state: 'queued', attempt, error: { code: 'engine-lost' } }));
      await operations.whenIdle();
      const { notBefore } = await operations.get(id);
      expect(Date.parse(notBefore ?? '') - Date.now() - queue.aheadMs).toBeLessThanOrEqual(attempt === 2 ? 1_000 : 2_000);
      expect((await operations.get(id)).progress.message).toBe(`Waiting for try ${attempt}`);
      queue.aheadMs += 2_000;
      operations.engineChanged();
    }
    expect(await operations.wait(id, 5_000)).toMatchObject({ state: 'rolled-back', attempt: 3, error: { code: 'engine-lost' } });
    expect(undone).toEqual([[1], [3], [5]]);
    expect((await operations.steps(id)).filter((step) => step.phase === 'attempt').map((step) => step.text)).toEqual(['Everything was undone; try 2 follows.', 'Everything was undone; try 3 follows.']);
    expect(operations.counters()).toMatchObject({ retried: 2, rolledBack: 1, started: 3 });
  });

  it('succeeds when the failure has passed, and can be cancelled while it waits', async () => {
    let fails = true;
    const kind = toy(
      async () => {
        if (fails) throw new AppError('engine-lost', 'The engine went away.');
        return 'done';
      },
      { retry },
    );
    const operations = await queue.open([kind]);
    const first = await operations.enqueue('toy.run', {});
    await eventually(async () => expect((await queue.store.getOperation(first.id))?.attempt).toBe(2));
    await operations.whenIdle();
    expect(await operations.cancel(first.id)).toMatchObject({ state: 'cancelled', error: { message: 'Cancelled while it waited for another try.' } });
    const second = await operations.enqueue('toy.run', {});
    await eventually(async () => expect((await queue.store.getOperation(second.id))?.attempt).toBe(2));
    fails = false;
    // Its own timer wakes it: nobody asks.
    expect(await operations.wait(second.id, 5_000)).toMatchObject({ state: 'succeeded', result: 'done', attempt: 2, error: null });
  });
});

describe('cleaning up', () => {
  it('removes ended operations by itself after a while, and temporary folders of all that ended', async () => {
    const folders = operationFolders(queue.home);
    const operations = await queue.open([toy((context) => folders.make(context.operationId))]);
    operations.pause();
    const waiting = await operations.enqueue('toy.run', { key: 'w' }, { notBefore: new Date(Date.now() + 60_000).toISOString() });
    await folders.make(waiting.id);
    for (let n = 0; n < 50; n += 1) await operations.enqueue('toy.run', {});
    operations.resume();
    await operations.whenIdle();
    await eventually(async () => expect((await operations.list({ limit: 500 })).length).toBe(11));
    expect(await operations.cleanup({ keepCount: 3, keepDays: 30, keepFailedDays: 90 })).toEqual({ removed: 7, kept: 3 });
    expect(await folders.list()).toEqual([waiting.id]);
    expect((await operations.list({ limit: 500 })).map((one) => one.state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'queued']);
    await operations.shutdown(1_000);
  });

  it('keeps a change that another writer made to an operation while it ran', async () => {
    const operations = await queue.open([
      toy(async (context) => {
        await queue.store.patchOperation(context.operationId, { undoable: true });
        return null;
      }),
    ]);
    const { id } = await operations.enqueue('toy.run', {});
    await operations.wait(id, 5_000);
    expect(await queue.store.getOperation(id)).toMatchObject({ state: 'succeeded', undoable: true, version: 4 });
  });
});
