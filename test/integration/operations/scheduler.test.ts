import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { createEventStream, createOperations } from '@main/operations/index';
import { createScheduler, type Scheduler, type SchedulerDependencies } from '@main/operations/scheduler';
import type { Operations } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';

const MINUTE = 60_000;
const EVERY_S = 300;

let home: string;
let store: OpenedStore;
let operations: Operations;
let scheduler: Scheduler;
/** When each run began. */
let runs: number[];
let told: BerthEvent[];
/** The wall clock. It goes on while the machine sleeps; timers do not. */
let nowMs: number;
const clock = { now: () => nowMs, monotonic: () => systemClock.monotonic() };

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-sched-'));
  nowMs = Date.parse('2026-01-01T08:00:00.000Z');
  runs = [];
  told = [];
  await open();
});
afterEach(async () => {
  vi.useRealTimers();
  await close();
  await rm(home, { recursive: true, force: true });
});

async function open(more: Partial<SchedulerDependencies> = {}): Promise<void> {
  store = await openStore({ home, inProcess: true });
  operations = await createOperations({ store, events: createEventStream(systemClock), clock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text });
  // The kind is one of the contract: only those can be scheduled.
  operations.register({
    kind: 'doctor.fix',
    key: () => 'doctor',
    title: () => 'Fix',
    projectId: () => null,
    run: () => Promise.resolve(null).finally(() => runs.push(nowMs)),
    rollback: () => Promise.resolve(),
    finish: () => Promise.resolve(null),
  });
  scheduler = createScheduler({ store, operations, clock, log: silentLogger, timed: (work) => work(), publish: (event) => void told.push(event), projectIdOf: (reference) => Promise.resolve(reference), ...more });
  await scheduler.start();
}

async function close(): Promise<void> {
  scheduler.stop();
  await operations.shutdown(1_000);
  await store.close();
}

const set = (enabled = true): ReturnType<Scheduler['set']> => scheduler.set({ kind: 'doctor.fix', input: { name: 'engine' }, everySeconds: EVERY_S, enabled });

/** The machine wakes after so long: the scheduler looks at the clock, and what it put into the queue runs to its end. */
async function after(ms: number): Promise<void> {
  nowMs += ms;
  await scheduler.start();
  await settled();
}

async function settled(): Promise<void> {
  for (const one of await operations.list({ limit: 1_000 })) await operations.wait(one.id, 5_000);
}

describe('the scheduler', () => {
  it('runs a job of 300 s once in every 300 s, however often the clock is asked, and keeps its times', async () => {
    await set();
    for (let looked = 0; looked < 4 * 60; looked += 1) await after(MINUTE / 4);
    const began = Date.parse('2026-01-01T08:00:00.000Z');
    expect(runs).toEqual(Array.from({ length: 12 }, (_, index) => began + (index + 1) * EVERY_S * 1_000));
  });

  it('catches up once after a long sleep, not ten times, and goes on at its old times', async () => {
    await set();
    await after(10 * EVERY_S * 1_000 + 7_000);
    await after(1_000);
    expect(runs).toHaveLength(1);
    expect((await scheduler.list())[0]).toMatchObject({ lastAt: '2026-01-01T08:50:07.000Z', nextAt: '2026-01-01T08:55:00.000Z' });
    await after(EVERY_S * 1_000 - 9_000);
    expect(runs).toHaveLength(1);
    await after(1_000);
    expect(runs).toHaveLength(2);
  });

  it('wakes by its own timer within 15 s of the clock, though timers stood still', async () => {
    await set();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await scheduler.start();
    nowMs += 3 * 3_600_000;
    await vi.advanceTimersByTimeAsync(14_000);
    expect(runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(runs).toHaveLength(1));
  });

  it('is still there after a restart, and catches up once what came due meanwhile', async () => {
    const { id } = await set();
    await after(EVERY_S * 1_000);
    const before = (await scheduler.list())[0];
    await close();
    nowMs += 7 * EVERY_S * 1_000;
    await open();
    await settled();
    expect(runs).toHaveLength(2);
    expect(await scheduler.list()).toEqual([{ ...before, id, lastAt: new Date(nowMs).toISOString(), nextAt: new Date(nowMs + EVERY_S * 1_000).toISOString(), lastOperationId: expect.any(String) as string }]);
    expect((await operations.list({ limit: 10 })).map((one) => one.origin)).toEqual(['schedule', 'schedule']);
  });

  it('runs nothing while it is switched off, and begins a new period when it is switched on', async () => {
    const { id } = await set();
    expect((await set(false)).id).toBe(id);
    await after(10 * EVERY_S * 1_000);
    expect(runs).toEqual([]);
    await set();
    await after(EVERY_S * 1_000 - 1);
    expect(runs).toEqual([]);
    await after(1);
    expect(runs).toHaveLength(1);
    await scheduler.remove(id);
    await after(10 * EVERY_S * 1_000);
    expect(runs).toHaveLength(1);
  });

  it('tells of every change, with what there is then, and of nothing where nothing changed', async () => {
    const schedules = (): unknown[] => told.splice(0).flatMap((event) => (event.type === 'schedules.changed' ? [event.schedules] : []));
    const { id } = await set();
    expect(schedules()).toEqual([[expect.objectContaining({ id, lastAt: null, enabled: true })]]);
    await after(EVERY_S * 1_000 - 1);
    expect(schedules()).toEqual([]);
    await after(1);
    expect(schedules()).toEqual([await scheduler.list()]);
    expect((await scheduler.list())[0]).toMatchObject({ lastAt: new Date(nowMs).toISOString(), lastOperationId: expect.any(String) as string });
    await scheduler.remove(id);
    expect(schedules()).toEqual([[]]);
  });

  it('runs a job of 300 s once in every period with two launches: the second has no lease, and takes over once the first is gone', async () => {
    await set();
    /** Another launch on the same state folder: it wants a store of its own before it has a scheduler. */
    const launch = (): Promise<OpenedStore> => openStore({ home, inProcess: true });
    for (let period = 0; period < 3; period += 1) {
      nowMs += EVERY_S * 1_000;
      const [, second] = await Promise.allSettled([scheduler.start(), launch()]);
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'state-locked' } });
      await settled();
    }
    expect(runs).toHaveLength(3);
    // Both at once in the moment a period ends: one of them has the lease, and only that one has a scheduler.
    await close();
    nowMs += EVERY_S * 1_000;
    const launches = await Promise.allSettled([open(), launch()]);
    expect(launches.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    if (launches[0].status === 'rejected') {
      if (launches[1].status === 'fulfilled') await launches[1].value.close();
      await open();
    }
    await settled();
    await after(1_000);
    expect(runs).toEqual([1, 2, 3, 4].map((turn) => Date.parse('2026-01-01T08:00:00.000Z') + turn * EVERY_S * 1_000));
  });

  it('has one waiting operation, however long the queue is paused', async () => {
    await set();
    operations.pause();
    for (let period = 0; period < 10; period += 1) {
      nowMs += EVERY_S * 1_000;
      await scheduler.start();
    }
    expect(await operations.list({ limit: 100 })).toHaveLength(1);
    operations.resume();
    await settled();
    expect(runs).toHaveLength(1);
    await after(EVERY_S * 1_000);
    expect(runs).toHaveLength(2);
  });

  it('goes on after the disk refused to be read, and after a turn that was given up', async () => {
    await set();
    scheduler.stop();
    let givenUp = 1;
    let refusals = 1;
    scheduler = createScheduler({
      store: { ...bound(store), listRecords: (kind) => (refusals-- > 0 ? Promise.reject(new Error('disk error')) : store.listRecords(kind)) },
      operations,
      clock,
      log: silentLogger,
      publish: () => undefined,
      timed: (work) => (givenUp-- > 0 ? Promise.reject(new Error('given up')) : work()),
      projectIdOf: (reference) => Promise.resolve(reference),
    });
    nowMs += EVERY_S * 1_000;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(15_000);
    expect([givenUp, refusals, runs.length]).toEqual([-1, 0, 0]);
    await vi.advanceTimersByTimeAsync(15_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(runs).toHaveLength(1));
  });
});

function bound(of: OpenedStore): SchedulerDependencies['store'] {
  return { listRecords: (kind) => of.listRecords(kind), getRecord: (kind, id) => of.getRecord(kind, id), removeRecord: (kind, id) => of.removeRecord(kind, id), patchRecord: (kind, id, patch, version) => of.patchRecord(kind, id, patch, version) };
}
