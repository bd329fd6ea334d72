import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationContext, OperationKind, Operations, RecoveryContext } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';

let home: string;
let store: OpenedStore;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-ops-'));
  store = await openStore({ home, inProcess: true });
});
afterEach(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});

async function open(kinds: readonly OperationKind[], env: { [name: string]: string } = {}): Promise<Operations> {
  const operations = await createOperations({ store, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints(env), logger: silentLogger, redact: (text) => text });
  for (const kind of kinds) operations.register(kind);
  return operations;
}

interface Toy extends OperationKind {
  readonly undone: RecoveryContext[];
  readonly finished: RecoveryContext[];
}
function toy(run: (context: OperationContext) => Promise<Json>, more: Partial<OperationKind> = {}): Toy {
  const undone: RecoveryContext[] = [];
  const finished: RecoveryContext[] = [];
  return {
    kind: 'toy.run',
    key: (input) => String(input['key'] ?? 'k'),
    title: () => 'Toy',
    projectId: () => null,
    run,
    rollback: async (context) => void undone.push(context),
    finish: async (context) => {
      finished.push(context);
      return 'finished';
    },
    ...more,
    undone,
    finished,
  };
}
const gate = (): { promise: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
};

describe('operations', () => {
  it('journals the intent before the act and the result after', async () => {
    const phases: string[][] = [];
    const kind = toy(async (context) => {
      const read = async () => (await store.journal(context.operationId)).map((row) => `${row.seq} ${row.name} ${row.phase}`);
      await context.note('plan', { id: 'p' });
      await context.effect('thing.make', { name: 'x' }, async () => {
        phases.push(await read());
        return 'made';
      });
      phases.push(await read());
      await context.commit();
      return 'value';
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    const ended = await operations.wait(id, 5_000);
    expect(ended).toMatchObject({ state: 'succeeded', result: 'value', error: null, cancellable: false });
    expect(phases).toEqual([
      ['1 plan note', '2 thing.make intent'],
      ['1 plan note', '2 thing.make intent', '2 thing.make result'],
    ]);
    expect((await operations.steps(id)).map((step) => step.text)).toEqual(['id p', 'name x', '', 'Committed: from here on it is finished forwards.']);
  });

  it('undoes after a failure, once every effect beside it has ended', async () => {
    const slow = gate();
    let slowEnded = false;
    const kind = toy(
      async (context) => {
        const other = context.effect('slow', {}, async () => {
          await slow.promise;
          slowEnded = true;
          return 'late';
        });
        const failing = context.effect('fails', {}, async () => {
          setImmediate(slow.open);
          throw new AppError('start-failed', 'It did not start.');
        });
        await Promise.all([other, failing]);
        return null;
      },
      {
        rollback: async (context) => {
          expect(slowEnded).toBe(true);
          expect(context.reason).toBe('failed');
          expect(context.records.map((record) => [record.name, record.result])).toEqual([
            ['slow', 'late'],
            ['fails', undefined],
          ]);
        },
      },
    );
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    expect(await operations.wait(id, 5_000)).toMatchObject({ state: 'rolled-back', error: { code: 'start-failed' } });
  });

  it('fails without undoing when nothing outside was touched', async () => {
    const kind = toy(async () => {
      throw new AppError('blocked', 'Blocked.');
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    expect(await operations.wait(id, 5_000)).toMatchObject({ state: 'failed', error: { code: 'blocked' } });
    expect(kind.undone).toEqual([]);
  });

  it('says exactly what failed when undoing fails too', async () => {
    const kind = toy(
      async (context) => {
        await context.effect('a', {}, async () => null);
        throw new AppError('unhealthy', 'The service api did not get healthy.');
      },
      {
        rollback: async () => {
          throw new AppError('engine-refused', 'no such image');
        },
      },
    );
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    const ended = await operations.wait(id, 5_000);
    expect(ended.state).toBe('needs-attention');
    expect(ended.error?.message).toBe('The service api did not get healthy. Bringing it back failed too: no such image.');
  });

  it('waits for the engine when undoing needs it, and goes on when asked again', async () => {
    let away = true;
    const kind = toy(
      async (context) => {
        await context.effect('a', {}, async () => null);
        throw new AppError('engine-lost', 'The engine went away.');
      },
      {
        rollback: async () => {
          if (away) throw new AppError('engine-unreachable', 'No engine.');
        },
      },
    );
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    await operations.whenIdle();
    expect(await operations.get(id)).toMatchObject({ state: 'interrupted', error: { code: 'engine-lost' } });
    // The key is held: what comes later must not run on a half-undone project.
    const later = await operations.enqueue('toy.run', {});
    expect(await operations.recover()).toMatchObject([{ id, state: 'interrupted' }]);
    expect((await operations.get(later.id)).state).toBe('queued');
    away = false;
    expect(await operations.recover()).toMatchObject([{ id, state: 'rolled-back', error: { code: 'engine-lost' } }]);
    expect((await operations.wait(later.id, 5_000)).state).toBe('rolled-back');
  });

  it('cancels what is queued at once and what runs by undoing it', async () => {
    const entered = gate();
    const kind = toy(async (context) => {
      await context.effect('first', {}, async () => null);
      entered.open();
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
      await context.effect('never', {}, async () => {
        throw new Error('acted after a cancel');
      });
      return null;
    });
    const operations = await open([kind]);
    const first = await operations.enqueue('toy.run', {});
    const second = await operations.enqueue('toy.run', {});
    await entered.promise;
    expect(await operations.cancel(second.id)).toMatchObject({ state: 'cancelled' });
    await operations.cancel(first.id);
    expect(await operations.wait(first.id, 5_000)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
    expect(kind.undone.map((context) => context.reason)).toEqual(['cancelled']);
    expect((await store.journal(first.id)).map((row) => row.name)).toEqual(['first', 'first']);
    await expect(operations.cancel(first.id)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('refuses a cancel after the commit and finishes forwards after a failure', async () => {
    const committed = gate();
    const goOn = gate();
    const kind = toy(async (context) => {
      await context.effect('a', {}, async () => null);
      await context.commit();
      committed.open();
      await goOn.promise;
      throw new AppError('engine-refused', 'Cleaning up failed.');
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    await committed.promise;
    await expect(operations.cancel(id)).rejects.toMatchObject({ message: '"Toy" is already committed.', hint: 'Let it end, then switch back instead.' });
    goOn.open();
    expect(await operations.wait(id, 5_000)).toMatchObject({ state: 'succeeded', result: 'finished' });
    expect(kind.undone).toEqual([]);
  });

  it('runs different keys side by side and one key in order', async () => {
    const order: string[] = [];
    const both = [gate(), gate()];
    const kind = toy(async (context) => {
      const { input } = await operations.get(context.operationId);
      const name = String((input as { name: string }).name);
      order.push(name);
      if (name === 'a1') both[0]?.open();
      if (name === 'b1') both[1]?.open();
      if (name.endsWith('1')) await Promise.all(both.map((one) => one.promise));
      return name;
    });
    const operations = await open([kind]);
    const all = await Promise.all(['a1', 'a2', 'b1', 'a3'].map((name) => operations.enqueue('toy.run', { name, key: name[0] })));
    for (const one of all) await operations.wait(one.id, 5_000);
    expect(order.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(order.indexOf('b1')).toBeLessThan(order.indexOf('a2'));
  });

  it('hides a bug behind a plain sentence and reports it', async () => {
    const kind = toy(async () => {
      throw new TypeError('x is not a function');
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    expect((await operations.wait(id, 5_000)).error).toMatchObject({ code: 'internal' });
  });

  it('keeps the log in order and cuts nothing', async () => {
    const kind = toy(async (context) => {
      for (let n = 0; n < 300; n += 1) context.log(`line ${n}`, 'api');
      return null;
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    await operations.wait(id, 5_000);
    expect(await operations.logOf(id)).toEqual(Array.from({ length: 300 }, (_unused, n) => `api | line ${n}`));
  });

  it('repeats a failed operation without its stale plan', async () => {
    const inputs: unknown[] = [];
    const kind = toy(async (context) => {
      inputs.push((await operations.get(context.operationId)).input);
      throw new AppError('plan-stale', 'Stale.');
    });
    const operations = await open([kind]);
    const first = await operations.enqueue('toy.run', { mode: 'prod', planId: 'old' });
    await operations.wait(first.id, 5_000);
    const again = await operations.retry(first.id);
    await operations.wait(again.id, 5_000);
    expect(inputs).toEqual([{ mode: 'prod', planId: 'old' }, { mode: 'prod' }]);
  });

  it('shutdown cancels what runs and waits until it is undone', async () => {
    const entered = gate();
    const kind = toy(async (context) => {
      await context.effect('a', {}, async () => null);
      entered.open();
      await context.effect('hangs', {}, () => new Promise<null>((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new AppError('cancelled', 'Cancelled.')))));
      return null;
    });
    const operations = await open([kind]);
    const { id } = await operations.enqueue('toy.run', {});
    await entered.promise;
    await operations.shutdown(5_000);
    expect(await store.getOperation(id)).toMatchObject({ state: 'cancelled' });
    await expect(operations.enqueue('toy.run', {})).rejects.toMatchObject({ code: 'busy' });
  });

  it('throws, delays and fills the disk where it is armed to', async () => {
    const kind = toy(async (context) => {
      await context.effect('a', {}, async () => null);
      await context.effect('a', {}, async () => null);
      return null;
    });
    const operations = await open([kind], { BERTH_FAIL: 'a:after:2:enospc' });
    const { id } = await operations.enqueue('toy.run', {});
    expect(await operations.wait(id, 5_000)).toMatchObject({ state: 'rolled-back', error: { code: 'disk-full' } });
  });
});
