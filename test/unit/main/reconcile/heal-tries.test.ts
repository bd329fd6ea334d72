import { expect, test } from 'vitest';
import type { Store } from '@main/platform/types';
import { HealTries } from '@main/reconcile/heal-tries';
import { SETTINGS } from '@shared/domain/settings/settings';
import type { JsonObject } from '@shared/kernel/json';

function openTries(): { readonly tries: HealTries; readonly stored: Map<string, JsonObject> } {
  const stored = new Map<string, JsonObject>();
  const store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord'> = {
    getRecord: () => Promise.resolve(null),
    patchRecord: (kind, id, data) => {
      stored.set(id, data);
      return Promise.resolve({ kind, id, data, version: 1, updatedAt: '' });
    },
    removeRecord: () => Promise.resolve(),
  };
  const alerts = { raise: () => Promise.reject(new Error('no alert')), clear: () => Promise.resolve() };
  const tries = new HealTries({ store, settings: { get: (key) => SETTINGS[key].default as never }, alerts, eventLog: { add: () => undefined }, clock: { now: () => 1_000, monotonic: () => 1_000 } });
  return { tries, stored };
}

test('bringing back what ended with the engine is no try, once for each time the engine was away', async () => {
  const { tries, stored } = openTries();
  for (const absence of [10, 20, 30]) await tries.add('p', 'api', absence);
  expect(stored.size).toBe(0);
  expect(await tries.decide('p', 'api', null)).toEqual({ kind: 'try' });
  await tries.add('p', 'api', 30);
  expect(stored.get('p/api')).toMatchObject({ tries: [1_000] });
  expect(await tries.decide('p', 'api', null)).toEqual({ kind: 'wait', untilMs: 2_000 });
});

test('anything else is', async () => {
  const { tries, stored } = openTries();
  await tries.add('p', 'api', null);
  await tries.add('p', 'web', 10);
  expect([...stored]).toEqual([['p/api', { tries: [1_000], gaveUpAt: null }]]);
});
