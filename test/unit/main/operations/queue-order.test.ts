import { describe, expect, it } from 'vitest';
import type { OperationKind } from '@main/operations/types';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { eventually, named, toy, useQueue } from './queue-kit';

const queue = useQueue();

describe('the order of the queue', () => {
  it('runs the larger priority first, within a key and among keys, and says who asked', async () => {
    const order: string[] = [];
    const operations = await queue.open([named(order)], 1);
    operations.pause();
    expect(operations.paused).toBe(true);
    const all = await Promise.all([
      operations.enqueue('toy.run', { name: 'heal', key: 'a' }, { origin: 'drift' }),
      operations.enqueue('toy.run', { name: 'schedule', key: 'b' }, { origin: 'schedule' }),
      operations.enqueue('toy.run', { name: 'user1', key: 'a' }),
      operations.enqueue('toy.run', { name: 'user2', key: 'c' }),
      operations.enqueue('toy.run', { name: 'first', key: 'b' }, { origin: 'drift', priority: 20 }),
    ]);
    await operations.whenIdle();
    expect([order, operations.counters()['queued'], operations.lastTickAt()]).toEqual([[], 5, null]);
    operations.resume();
    for (const one of all) await operations.wait(one.id, 5_000);
    expect(order).toEqual(['first', 'user1', 'user2', 'schedule', 'heal']);
    expect(await queue.store.getOperation(all[0]?.id ?? '')).toMatchObject({ origin: 'drift', priority: 0, workerId: 1, attempt: 1, version: 3 });
    expect(operations.counters()).toMatchObject({ queued: 0, running: 0, started: 5, succeeded: 5 });
    expect(operations.lastTickAt()).not.toBeNull();
  });

  it('answers with the open operation of a key, also when two ask in the same moment', async () => {
    const order: string[] = [];
    const operations = await queue.open([named(order, { prepare: async (input) => ({ ...input, prepared: true }) })]);
    operations.pause();
    const ask = () => operations.enqueue('toy.run', { name: 'one' }, { dedupeKey: 'heal:web' });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([second.id, (await ask()).id]).toEqual([first.id, first.id]);
    operations.resume();
    await operations.wait(first.id, 5_000);
    const next = await ask();
    expect(next.id).not.toBe(first.id);
    await operations.wait(next.id, 5_000);
    expect(order).toEqual(['one', 'one']);
    expect(operations.counters()).toMatchObject({ deduplicated: 2 });
  });

  it('gives a dedupe key free again when adding failed', async () => {
    let refuses = true;
    const operations = await queue.open([
      toy(async () => null, {
        prepare: async (input) => {
          if (refuses) throw new AppError('input-invalid', 'No.');
          return input;
        },
      }),
    ]);
    await expect(operations.enqueue('toy.run', {}, { dedupeKey: 'x' })).rejects.toMatchObject({ message: 'No.' });
    refuses = false;
    expect(await operations.enqueue('toy.run', {}, { dedupeKey: 'x' })).toMatchObject({ dedupeKey: 'x' });
    await operations.whenIdle();
  });

  it('waits for others to succeed, and is cancelled when one did not, with all that wait for it', async () => {
    const order: string[] = [];
    const operations = await queue.open([named(order)], 1);
    operations.pause();
    const well = await operations.enqueue('toy.run', { name: 'well', key: 'a' }, { origin: 'drift' });
    const badly = await operations.enqueue('toy.run', { name: 'badly', key: 'b', fails: true }, { origin: 'drift' });
    const afterWell = await operations.enqueue('toy.run', { name: 'after well', key: 'a' }, { after: [well.id] });
    const afterBoth = await operations.enqueue('toy.run', { name: 'after both', key: 'c' }, { after: [well.id, badly.id] });
    const last = await operations.enqueue('toy.run', { name: 'last' }, { after: [afterBoth.id] });
    expect((await operations.get(afterWell.id)).progress.message).toBe('Waiting for another operation');
    operations.resume();
    expect((await operations.wait(afterWell.id, 5_000)).state).toBe('succeeded');
    expect(await operations.wait(last.id, 5_000)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled', message: expect.stringContaining('did not succeed') as string } });
    expect(await queue.store.getOperation(afterBoth.id)).toMatchObject({ state: 'cancelled', startedAt: null });
    expect(order).toEqual(['well', 'after well', 'badly']);
    const late = await operations.enqueue('toy.run', { name: 'late' }, { after: [well.id, afterWell.id] });
    expect((await operations.wait(late.id, 5_000)).state).toBe('succeeded');
    const tooLate = await operations.enqueue('toy.run', { name: 'too late' }, { after: [badly.id] });
    expect((await operations.wait(tooLate.id, 5_000)).state).toBe('cancelled');
    await expect(operations.enqueue('toy.run', {}, { after: ['op_none'] })).rejects.toMatchObject({ code: 'input-invalid' });
    expect(operations.counters()).toMatchObject({ queued: 0 });
  });

  it('starts nothing before its time, lets others go first, and remembers all of it over a restart', async () => {
    const order: string[] = [];
    const first = await queue.open([named(order)]);
    const notBefore = new Date(Date.now() + 60_000).toISOString();
    const timed = await first.enqueue('toy.run', { name: 'timed' }, { notBefore });
    const behind = await first.enqueue('toy.run', { name: 'behind' });
    const dependent = await first.enqueue('toy.run', { name: 'dependent' }, { after: [behind.id, timed.id] });
    expect((await first.wait(behind.id, 5_000)).state).toBe('succeeded');
    await first.whenIdle();
    await first.shutdown(1_000);

    const again = await queue.open([named(order)]);
    await again.recover();
    await again.whenIdle();
    expect((await again.get(timed.id)).progress.message).toBe('Waiting for its time');
    queue.aheadMs = 59_990;
    again.engineChanged();
    expect((await again.wait(dependent.id, 5_000)).state).toBe('succeeded');
    expect(order).toEqual(['behind', 'timed', 'dependent']);
  });

  it('waits for the engine with what needs one, keeps its order, and runs the rest', async () => {
    const order: string[] = [];
    const operations = await queue.open([named(order), named(order, { kind: 'toy.local', needsEngine: false })], 2);
    queue.engine.ready = false;
    const waits = [];
    for (const name of ['a', 'b', 'c']) waits.push(await operations.enqueue('toy.run', { name, key: name }));
    const local = await operations.enqueue('toy.local', { name: 'local', key: 'local' });
    const behind = await operations.enqueue('toy.local', { name: 'behind', key: 'a' });
    expect((await operations.wait(local.id, 5_000)).state).toBe('succeeded');
    await operations.whenIdle();
    expect(order).toEqual(['local']);
    expect((await operations.get(waits[0]?.id ?? '')).progress.message).toBe('Waiting for the Docker engine');
    await operations.cancel(waits[2]?.id ?? '');
    queue.engine.ready = true;
    operations.engineChanged();
    await operations.wait(behind.id, 5_000);
    await operations.whenIdle();
    expect(order).toEqual(['local', 'a', 'b', 'behind']);
  });
});

describe('without an engine', () => {
  const asksEngine = async (): Promise<JsonObject> => {
    if (!queue.engine.ready) throw new AppError('engine-unreachable', 'No engine.');
    return { name: 'judged' };
  };

  it('takes what can be judged without one, and refuses what cannot', async () => {
    const order: string[] = [];
    const operations = await queue.open([
      named(order, { prepare: asksEngine, prepareWithoutEngine: async () => ({ name: 'unjudged' }) }),
      named(order, { kind: 'toy.planned', prepare: asksEngine }),
      named(order, {
        kind: 'toy.picky',
        prepare: async () => {
          throw new AppError('input-invalid', 'No.');
        },
        prepareWithoutEngine: async () => ({ name: 'never' }),
      }),
    ]);
    queue.engine.ready = false;
    await expect(operations.enqueue('toy.planned', {})).rejects.toMatchObject({ code: 'engine-unreachable' });
    await expect(operations.enqueue('toy.picky', {})).rejects.toMatchObject({ code: 'input-invalid' });
    const { id } = await operations.enqueue('toy.run', {});
    const second = await operations.enqueue('toy.run', {});
    expect(await operations.get(id)).toMatchObject({ state: 'queued', cancellable: true, progress: { message: 'Waiting for the Docker engine' } });
    expect((await operations.cancel(second.id)).state).toBe('cancelled');
    queue.engine.ready = true;
    operations.engineChanged();
    expect((await operations.wait(id, 5_000)).state).toBe('succeeded');
    expect((await operations.enqueue('toy.run', {})).title).toBe('Toy judged');
    await operations.whenIdle();
    expect(order).toEqual(['unjudged', 'judged']);
  });

  it('lets go and recovers at its start what needs none, and the rest when there is one', async () => {
    const order: string[] = [];
    const gone: string[] = [];
    const hangs = toy(
      async (context) => {
        await context.effect('thing.make', {}, async () => null);
        return new Promise<Json>(() => undefined);
      },
      { rollback: async (context) => void gone.push(context.operationId) },
    );
    const kinds = (): OperationKind[] => [named(order), named(order, { kind: 'toy.local', needsEngine: false }), { ...hangs, kind: 'toy.hangs' }, { ...hangs, kind: 'toy.hangs-local', needsEngine: false }];
    const first = await queue.open(kinds());
    const cut = await Promise.all(['toy.hangs', 'toy.hangs-local'].map((kind) => first.enqueue(kind, { key: kind })));
    await eventually(async () => expect((await Promise.all(cut.map(({ id }) => queue.store.journal(id)))).every((rows) => rows.some((row) => row.phase === 'result'))).toBe(true));
    first.pause();
    const [away, local, behind] = await Promise.all([first.enqueue('toy.run', { name: 'away', key: 'a' }), first.enqueue('toy.local', { name: 'local', key: 'l' }), first.enqueue('toy.local', { name: 'behind', key: 'toy.hangs' })]);

    queue.engine.ready = false;
    const again = await queue.open(kinds());
    expect((await again.recover('without-engine')).map((one) => [one.id, one.state])).toEqual([[cut[1]?.id, 'rolled-back']]);
    expect((await again.wait(local.id, 5_000)).state).toBe('succeeded');
    await again.whenIdle();
    expect([order, gone]).toEqual([['local'], [cut[1]?.id]]);
    expect((await again.get(away.id)).progress.message).toBe('Waiting for the Docker engine');
    queue.engine.ready = true;
    again.engineChanged();
    const [one, other] = await Promise.all([again.recover(), again.recover()]);
    expect([...one, ...other].map(({ id }) => id)).toEqual([cut[0]?.id]);
    await again.wait(behind.id, 5_000);
    await again.wait(away.id, 5_000);
    expect(gone).toEqual([cut[1]?.id, cut[0]?.id]);
    expect([...order].sort()).toEqual(['away', 'behind', 'local']);
  });
});
