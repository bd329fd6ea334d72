import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import { createAlerts, watchServices, watchWaysBack } from '@main/alerts';
import { silentLogger } from '@main/platform/logger';
import type { StoredRecord } from '@main/platform/types';
import type { JsonObject } from '@shared/kernel/json';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const GONE = { code: 'MOUNT-GONE', object: '/s/web.conf', severity: 'error', projectId: 'p_1', service: 'web', message: '/s/web.conf is gone.', hint: 'Put it back.' } as const;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function memory() {
  const records = new Map<string, StoredRecord>();
  return {
    records,
    listRecords: async () => [...records.values()],
    patchRecord: async (kind: StoredRecord['kind'], id: string, patch: JsonObject) => {
      const before = records.get(id);
      const record = { kind, id, version: (before?.version ?? 0) + 1, data: { ...before?.data, ...patch }, updatedAt: '' };
      records.set(id, record);
      return record;
    },
    removeRecord: async (_kind: StoredRecord['kind'], id: string) => void records.delete(id),
  };
}

async function kept(store = memory()) {
  const told: BerthEvent[] = [];
  const entries: string[] = [];
  return { store, told, entries, alerts: await createAlerts({ store, publish: (event) => void told.push(event), clock, events: { add: (entry) => void entries.push(entry.type) }, log: silentLogger }) };
}

it('raises once, counts what is seen again, and stands over a restart until its cause is gone', async () => {
  const first = await kept();
  const { id } = await first.alerts.raise(GONE);
  await first.alerts.raise(GONE);
  await first.alerts.raise(GONE);
  expect(first.told).toHaveLength(1);
  expect(first.entries).toEqual(['alert.raised']);
  const second = await kept(first.store);
  expect(second.alerts.list()).toMatchObject([{ id, count: 2, clearedAt: null, message: GONE.message }]);
  await second.alerts.clear(GONE);
  await second.alerts.clear(GONE);
  expect(second.entries).toEqual(['alert.cleared']);
  expect(second.alerts.list()).toEqual([]);
  expect(second.alerts.list(true)).toHaveLength(1);
});

it('puts one away until its cause comes back', async () => {
  const { alerts, entries } = await kept();
  const { id } = await alerts.raise(GONE);
  await alerts.dismiss(id);
  await alerts.raise(GONE);
  expect(alerts.list()).toEqual([]);
  await alerts.clear(GONE);
  await alerts.raise(GONE);
  expect(alerts.list()).toMatchObject([{ id, dismissed: false, count: 0 }]);
  expect(entries).toEqual(['alert.raised', 'alert.cleared', 'alert.raised']);
  await expect(alerts.dismiss('a_nothing')).rejects.toMatchObject({ code: 'not-found' });
});

it('a crash loop is one alert: that the service has failed is not said besides, whichever comes first', async () => {
  const { alerts } = await kept();
  const failed = { ...GONE, code: 'SERVICE-FAILED', object: '' };
  const codes = (): readonly string[] => alerts.list().map((one) => `${one.code} ${one.service ?? ''}`).sort();
  await alerts.settle('SERVICE-', 'p_1', [failed, { ...failed, service: 'api' }]);
  await alerts.raise({ ...failed, code: 'CRASH-LOOP' });
  expect(codes()).toEqual(['CRASH-LOOP web', 'SERVICE-FAILED api']);
  await alerts.settle('SERVICE-', 'p_1', [failed, { ...failed, service: 'api' }]);
  expect(codes()).toEqual(['CRASH-LOOP web', 'SERVICE-FAILED api']);
  await alerts.clear({ ...failed, code: 'CRASH-LOOP' });
  await alerts.settle('SERVICE-', 'p_1', [failed]);
  expect(codes()).toEqual(['SERVICE-FAILED web']);
});

it('settles what stands of one project and leaves the others alone', async () => {
  const { alerts } = await kept();
  await alerts.raise(GONE);
  await alerts.raise({ ...GONE, projectId: 'p_2' });
  await alerts.raise({ ...GONE, code: 'CRASH-LOOP' });
  await alerts.settle('MOUNT-', 'p_1', [{ ...GONE, object: '/s/other' }]);
  expect(alerts.list().map((one) => `${one.projectId ?? ''} ${one.code}`).sort()).toEqual(['p_1 CRASH-LOOP', 'p_1 MOUNT-GONE', 'p_2 MOUNT-GONE']);
});

it('tells of a service in trouble after a while, not while an operation is at work, and takes it back when it is well', async () => {
  const { alerts } = await kept();
  let hear: (events: readonly SequencedEvent[]) => void = () => undefined;
  const watching = watchServices({ alerts, onError: (error) => expect(error).toBeUndefined(), subscribe: (listener) => {
      hear = listener;
      return { dispose: () => undefined };
    },
  });
  const say = (event: object): void => hear([{ seq: 1, at: '', event: event as BerthEvent }]);
  const service = (state: string, health: string): void => say({ type: 'services.changed', projectId: 'p_1', services: { services: [{ name: 'web', state, health, exitCode: 1, orphan: false }] } });
  const operation = (state: string): void => say({ type: 'operation.changed', operation: { id: 'o_1', projectId: 'p_1', state } });
  const codes = (): readonly string[] => alerts.list().map((one) => one.code);

  service('running', 'unhealthy');
  await vi.advanceTimersByTimeAsync(9_000);
  service('running', 'healthy');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(codes()).toEqual([]);

  operation('running');
  service('failed', 'none');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(codes()).toEqual([]);
  operation('succeeded');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(codes()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(codes()).toEqual(['SERVICE-FAILED']);

  service('running', 'healthy');
  await vi.advanceTimersByTimeAsync(0);
  expect(codes()).toEqual([]);
  watching.dispose();
});

it('tells of a way back that failed until a later switch of that project succeeds', async () => {
  const { alerts } = await kept();
  let hear: (events: readonly SequencedEvent[]) => void = () => undefined;
  const subscribe = (listener: typeof hear): { dispose: () => void } => {
    hear = listener;
    return { dispose: () => undefined };
  };
  const watching = watchWaysBack({ alerts, subscribe, isShown: (id) => Promise.resolve(id !== 'p_twin'), onError: (error) => expect(error).toBeUndefined() });
  const ended = async (state: string, more: object = {}): Promise<readonly string[]> => {
    hear([{ seq: 1, at: '', event: { type: 'operation.changed', operation: { id: 'o_1', projectId: 'p_1', kind: 'modes.switch', title: 'Switch shop to prod', state, error: { code: 'needs-attention', message: 'web is broken.', hint: 'Switch again.' }, ...more } } as unknown as BerthEvent }]);
    await vi.advanceTimersByTimeAsync(0);
    return alerts.list().map((one) => `${one.projectId ?? ''} ${one.code}: ${one.message} ${one.hint}`);
  };
  const told = 'p_1 NEEDS-ATTENTION: Switch shop to prod could be neither finished nor undone. web is broken. Switch again.';

  expect(await ended('rolled-back')).toEqual([]);
  expect(await ended('needs-attention', { projectId: null })).toEqual([]);
  expect(await ended('needs-attention', { projectId: 'p_twin' })).toEqual([]);
  expect(await ended('needs-attention')).toEqual([told]);
  expect(await ended('succeeded', { projectId: 'p_2' })).toEqual([told]);
  expect(await ended('succeeded', { kind: 'services.stop' })).toEqual([told]);
  expect(await ended('rolled-back')).toEqual([told]);
  expect(await ended('succeeded')).toEqual([]);
  watching.dispose();
});
