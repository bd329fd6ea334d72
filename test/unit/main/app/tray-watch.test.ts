import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import type { OutputOf } from '@shared/contract/contract';
import type { Client } from '@main/dispatch/types';
import { watchForTray, type TrayWatch } from '@main/app/tray-watch';

type Project = OutputOf<'projects.list'>[number];
type ServiceList = OutputOf<'services.list'>;
type Operation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];

const project = { id: 'p_1', name: 'shop', dir: '/shop', modes: [], activeMode: null } as unknown as Project;
const operation: Operation = { id: 'op_1', kind: 'services.stop', key: 'k', title: 'Stop shop', projectId: 'p_1', state: 'running', progress: { step: 0, of: 1, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };
const list = (health: ServiceList['health']): ServiceList => ({ mode: 'dev', health, summary: health, services: [] });

/** The services as the tray asks for them: each question for what runs waits for its answer. */
interface World {
  readonly watch: TrayWatch;
  /** What the tray showed, whenever it changed. */
  readonly shown: (string | null | undefined)[];
  tell(event: BerthEvent): void;
  questions(): number;
  answer(health: ServiceList['health'] | null): Promise<void>;
}

async function world(): Promise<World> {
  const waiting: ((list: ServiceList | null) => void)[] = [];
  const listeners: ((events: readonly { readonly event: BerthEvent }[]) => void)[] = [];
  const shown: World['shown'] = [];
  const call = (name: string): Promise<unknown> => {
    if (name === 'projects.list') return Promise.resolve([project]);
    if (name === 'alerts.list') return Promise.resolve([]);
    if (name === 'services.list') return new Promise((resolve, reject) => waiting.push((found) => (found === null ? reject(new Error('nobody could look')) : resolve(found))));
    return Promise.resolve(null);
  };
  const services = { events: { subscribe: (listener: (typeof listeners)[number]) => (listeners.push(listener), { dispose: () => undefined }) } } as unknown as Parameters<typeof watchForTray>[0];
  const watch: TrayWatch = watchForTray(services, { call } as unknown as Client, () => {
    const now = watch.state().running === null ? watch.state().services?.health : 'busy';
    if (shown.at(-1) !== now) shown.push(now);
  });
  const answer = async (health: ServiceList['health'] | null): Promise<void> => {
    waiting.shift()?.(health === null ? null : list(health));
    await vi.advanceTimersByTimeAsync(0);
  };
  await vi.advanceTimersByTimeAsync(0);
  await answer('healthy');
  return { watch, shown, tell: (event) => listeners.forEach((listener) => listener([{ event }])), questions: () => waiting.length, answer };
}

const changed = (change: Partial<Operation>): BerthEvent => ({ type: 'operation.changed', operation: { ...operation, ...change } });
const services = (health: ServiceList['health']): BerthEvent => ({ type: 'services.changed', projectId: 'p_1', services: list(health) });

describe('what the tray shows when an operation has ended', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is what the operation left, never what was there before it', async () => {
    const { shown, tell, answer, questions } = await world();
    tell(changed({}));
    tell(changed({ state: 'succeeded' }));
    expect(questions()).toBe(1);
    await answer('stopped');
    expect(shown.slice(shown.indexOf('busy'))).toEqual(['busy', 'stopped']);
  });

  it('is looked at once more where something was told meanwhile', async () => {
    const { shown, tell, answer, questions } = await world();
    tell(changed({}));
    tell(changed({ state: 'succeeded' }));
    tell(services('degraded'));
    await answer('healthy');
    expect(shown.at(-1)).toBe('busy');
    await answer('stopped');
    expect(questions()).toBe(0);
    expect(shown.slice(shown.indexOf('busy'))).toEqual(['busy', 'stopped']);
  });

  it('is what events told where nobody could look, and where it changes without end', async () => {
    const { shown, tell, answer, questions, watch } = await world();
    tell(changed({}));
    tell(changed({ state: 'failed' }));
    await answer(null);
    expect(shown.at(-1)).toBe('healthy');
    tell(changed({ id: 'op_2' }));
    tell(changed({ id: 'op_2', state: 'succeeded' }));
    while (questions() > 0) {
      tell(services('degraded'));
      await answer('failed');
    }
    expect(shown.at(-1)).toBe('degraded');
    // An engine that does not answer holds nothing up.
    tell(changed({ id: 'op_3' }));
    tell(changed({ id: 'op_3', state: 'succeeded' }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(watch.state().running).toBeNull();
  });

  it('stays busy with the next one', async () => {
    const { shown, tell, answer, watch } = await world();
    tell(changed({}));
    tell(changed({ state: 'succeeded' }));
    tell(changed({ id: 'op_2' }));
    await answer('stopped');
    expect(watch.state().running?.id).toBe('op_2');
    expect(shown.at(-1)).toBe('busy');
  });
});
