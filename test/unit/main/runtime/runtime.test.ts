import { describe, expect, test } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { createRuntime } from '@main/runtime/runtime';
import type { ComponentState } from '@main/runtime/types';
import { systemClock } from '@main/platform/system-clock';
import type { Json } from '@shared/kernel/json';

async function world() {
  const told: BerthEvent[] = [];
  const kept = new Map<string, Json>();
  let state: ComponentState = 'running';
  const runtime = await createRuntime({
    store: { getSetting: (key) => Promise.resolve(kept.get(key)), putSetting: (key, value) => Promise.resolve(void kept.set(key, value)) },
    publish: (event) => void told.push(event),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: systemClock,
    version: '0.0.0',
    host: 'app',
    socket: '/berth.sock',
    components: [
      {
        name: 'operation-worker',
        state: () => state,
        lastTickAt: () => null,
        counters: () => ({}),
        detail: () => '',
        pause: () => void (state = 'paused'),
        resume: () => void (state = 'running'),
      },
    ],
    lifespan: () => [],
    apiSlot: { tcp: () => undefined },
    tokenFile: '/token',
  });
  const states = (): unknown[] => told.map((event) => (event.type === 'runtime.changed' ? event.runtime.components[0]?.state : event.type));
  return { runtime, states, kept };
}

describe('the components of the process', () => {
  test('a pause is on disk and told to every door by the time it is answered', async () => {
    const { runtime, states, kept } = await world();
    await runtime.pause('operation-worker');
    expect(states()).toEqual(['paused']);
    expect(kept.get('runtime.paused')).toEqual(['operation-worker']);
    await runtime.resume('operation-worker');
    expect(states()).toEqual(['paused', 'running']);
    expect(kept.get('runtime.paused')).toEqual([]);
  });

  test('what changes nothing is not told again', async () => {
    const { runtime, states } = await world();
    await runtime.pause('operation-worker');
    await runtime.pause('operation-worker');
    expect(states()).toEqual(['paused']);
  });
});
