import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { createEventLog, createEventStream, followForLog } from '@main/operations/index';
import type { EngineEvent, EngineState } from '@main/docker/types';
import { silentLogger } from '@main/platform/logger';
import type { StoredLogEntry } from '@main/platform/types';
import { Emitter } from '@shared/kernel/emitter';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function memory(failing = { times: 0 }) {
  const kept: (StoredLogEntry & { readonly seq: number })[] = [];
  const batches: number[] = [];
  return {
    kept,
    batches,
    appendLogEntries: async (entries: readonly StoredLogEntry[]) => {
      if (failing.times-- > 0) throw new Error('disk full');
      batches.push(entries.length);
      return entries.map((entry) => kept.push({ ...entry, seq: kept.length + 1 }));
    },
    listLogEntries: async () => [...kept].reverse(),
  };
}

it('writes what comes together within a second, tells of it, and lists what was just added', async () => {
  const store = memory();
  const told: BerthEvent[] = [];
  const log = createEventLog({ store, publish: (event) => void told.push(event), clock, log: silentLogger });
  for (let number = 0; number < 20; number += 1) log.add({ type: 'drift.found', message: `drift ${String(number)}` });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.batches).toEqual([20]);
  expect(told).toMatchObject([{ type: 'log.appended', entries: { length: 20 } }]);
  log.add({ type: 'drift.healed', message: 'just now', severity: 'warning', projectId: 'p', data: { field: 'mode', absent: undefined } });
  expect((await log.list({ limit: 10 }))[0]).toMatchObject({ seq: 21, message: 'just now', severity: 'warning', projectId: 'p', service: null, correlationId: null, data: { field: 'mode' } });
});

it('keeps what the disk refused, says how much a flood cost, and never throws', async () => {
  const store = memory({ times: 1 });
  const log = createEventLog({ store, publish: () => undefined, clock, log: silentLogger });
  for (let number = 0; number < 12_000; number += 1) log.add({ type: 'container.start', message: String(number) });
  await log.flush();
  log.add({ type: 'engine.lost', message: 'later' });
  await log.close();
  expect(store.kept.length).toBeLessThan(5_100);
  expect(store.kept.some((one) => one.type === 'log.dropped')).toBe(true);
  log.add({ type: 'engine.lost', message: 'after the end' });
  expect(store.kept.some((one) => one.message === 'after the end')).toBe(false);
});

it('ties the start, the steps and the end of an operation together, and a listener that throws keeps nobody from hearing', async () => {
  const store = memory();
  const events = createEventStream(clock);
  const log = createEventLog({ store, publish: (event) => events.publish(event), clock, log: silentLogger });
  const states = new Emitter<EngineState>();
  const engineEvents = new Emitter<EngineEvent>();
  const engine = { state: (): EngineState => ({ state: 'connecting' }), onStateChanged: states.on.bind(states), onEvent: engineEvents.on.bind(engineEvents) };
  events.subscribe(() => {
    throw new Error('a broken door');
  });
  const heard: string[] = [];
  const following = await followForLog({ log, engine, events, projects: async () => [{ id: 'p_1', name: 'shop', dir: '/s/shop' }, { id: 'p_2', name: 'shop', dir: '/s/other' }] });
  events.subscribe((batch) => heard.push(...batch.map((one) => one.event.type)));

  const operation = { id: 'o_1', kind: 'modes.switch', title: 'Switch shop to prod', projectId: 'p_1', attempt: 1, origin: 'user', startedAt: null, error: null, state: 'queued', progress: { step: 0, of: 3, message: 'Waiting' } };
  const changed = async (patch: object): Promise<void> => {
    events.publish({ type: 'operation.changed', operation: { ...operation, ...patch } as never });
    await vi.advanceTimersByTimeAsync(60);
  };
  await changed({});
  await changed({ state: 'running', startedAt: 'now', progress: { step: 1, of: 3, message: 'Building' } });
  await changed({ state: 'running', startedAt: 'now', progress: { step: 2, of: 3, message: 'Starting' } });
  await changed({ state: 'succeeded', startedAt: 'now', progress: { step: 3, of: 3, message: 'Starting' } });
  await changed({ state: 'succeeded', startedAt: 'now', progress: { step: 3, of: 3, message: 'Starting' } });
  const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web', 'com.docker.compose.project.working_dir': '/s/other', name: 'shop-web-1', exitCode: '1' };
  engineEvents.emit({ type: 'container', action: 'die', id: 'c1', attributes: labels, timeNano: 1 });
  engineEvents.emit({ type: 'container', action: 'rename', id: 'c1', attributes: labels, timeNano: 2 });
  engineEvents.emit({ type: 'container', action: 'die', id: 'c2', attributes: { 'com.docker.compose.project': 'not-ours' }, timeNano: 3 });
  states.emit({ state: 'unreachable', message: 'never was there', tried: [] });
  await log.flush();
  following.dispose();
  expect(store.kept.map((one) => [one.type, one.correlationId])).toEqual([
    ['operation.started', 'o_1'],
    ['operation.progress', 'o_1'],
    ['operation.progress', 'o_1'],
    ['operation.ended', 'o_1'],
    ['container.die', null],
  ]);
  expect(store.kept.at(-1)).toMatchObject({ projectId: 'p_2', service: 'web', severity: 'warning', data: { exitCode: 1 } });
  expect(heard.filter((one) => one === 'operation.changed')).toHaveLength(5);
  events.close();
});
