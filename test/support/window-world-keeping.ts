import type { BerthEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { CallContext } from '@main/dispatch/types';
import { createScheduler, scheduleHandlers } from '@main/operations/scheduler';
import type { Logger, RecordKind, Store, StoredRecord } from '@main/platform/types';
import { readNamedText, writeNewText } from '@main/platform/text-archive';
import { createSettings, settingsHandlers } from '@main/settings';

type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

interface KeepingOptions {
  readonly projectId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** True: some settings are changed, some schedules are there. */
  readonly filled: boolean;
  /** True: the store cannot be read when the window starts and when a page first asks; it can after that. */
  readonly failing: boolean;
  readonly publish: (event: BerthEvent) => void;
  readonly onTcp: (enabled: boolean) => void;
}

const MINUTE = 60_000;

/** Handlers of settings and schedules: the real services over a store in memory, so that what they refuse and say is real. */
export function keepingHandlers(options: KeepingOptions): { readonly [name: string]: Handler } {
  const store = memoryStore();
  if (options.filled) fill(store, options);
  const scheduler = createScheduler({ store, operations: { enqueue: () => Promise.reject(new AppError('internal', 'Nothing is due in this world.')) }, clock: options.clock, log: options.logger, timed: (work) => work(), publish: () => undefined, projectIdOf: (reference) => Promise.resolve(reference) });
  const made = createSettings({ store, publish: options.publish, log: options.logger }).then((settings) => {
    settings.onChanged((key) => key === 'api.tcp' && options.onTcp(settings.get('api.tcp')));
    return settingsHandlers(settings, { write: writeNewText, read: readNamedText });
  });
  // The window asks for the settings when it starts and when their page is opened, for the schedules only then.
  const settingsFail = failingFirst(options.failing ? 2 : 0);
  const schedulesFail = failingFirst(options.failing ? 1 : 0);
  const schedules = scheduleHandlers(scheduler) as unknown as { readonly [name: string]: Handler };
  return {
    ...schedules,
    'schedules.list': async (input, call, push) => {
      schedulesFail();
      return schedules['schedules.list']?.(input, call, push);
    },
    'settings.list': async (input, call) => {
      // The tray and the notifications ask as well.
      if ((call as CallContext).door === 'window') settingsFail();
      return (await made)['settings.list'](input, call);
    },
    ...Object.fromEntries((['settings.set', 'settings.reset', 'settings.export', 'settings.import'] as const).map((name): [string, Handler] => [name, async (input, call) => (await made)[name](input, call)])),
  };
}

function failingFirst(times: number): () => void {
  let left = times;
  return () => {
    if (left === 0) return;
    left -= 1;
    throw new AppError('disk-full', 'The state of Berth could not be read: the disk is full.', { hint: 'Free some space, then try again.' });
  };
}

type MemoryStore = Pick<Store, 'getSetting' | 'putSetting' | 'getRecord' | 'listRecords' | 'patchRecord' | 'removeRecord'> & { readonly settings: Map<string, Json> };

function memoryStore(): MemoryStore {
  const settings = new Map<string, Json>();
  const records = new Map<string, StoredRecord>();
  const keyOf = (kind: RecordKind, id: string): string => `${kind}/${id}`;
  return {
    settings,
    getSetting: async (key: string) => settings.get(key),
    putSetting: async (key: string, value: Json) => void settings.set(key, value),
    getRecord: async (kind, id) => records.get(keyOf(kind, id)) ?? null,
    listRecords: async (kind) => [...records.values()].filter((record) => record.kind === kind),
    patchRecord: async (kind, id, patch) => {
      const before = records.get(keyOf(kind, id));
      const record: StoredRecord = { kind, id, version: (before?.version ?? 0) + 1, data: { ...before?.data, ...patch }, updatedAt: new Date().toISOString() };
      records.set(keyOf(kind, id), record);
      return record;
    },
    removeRecord: async (kind, id) => void records.delete(keyOf(kind, id)),
  };
}

function fill(store: MemoryStore, { projectId, clock }: KeepingOptions): void {
  store.settings.set('setting.heal.maxTries', 3);
  store.settings.set('setting.api.tcp', true);
  const at = (minutes: number): string => new Date(clock.now() + minutes * MINUTE).toISOString();
  const add = (id: string, data: JsonObject): void => void store.patchRecord('schedule', id, data);
  add('s_restart', { kind: 'services.restart', input: { project: projectId, services: ['search', 'worker'] }, everySeconds: 86_400, enabled: true, nextAt: at(412), lastAt: at(-1_028), lastOperationId: 'op_5' });
  add('s_switch', { kind: 'modes.switch', input: { project: projectId, mode: 'prod' }, everySeconds: 7 * 86_400, enabled: true, nextAt: at(3_100), lastAt: at(-214), lastOperationId: 'op_4' });
  add('s_heal', { kind: 'drift.heal', input: { project: projectId, drifts: [] }, everySeconds: 5_400, enabled: false, nextAt: at(20), lastAt: null, lastOperationId: null });
  add('s_doctor', { kind: 'doctor.fix', input: { name: 'engine' }, everySeconds: 3_600, enabled: true, nextAt: at(9), lastAt: at(-51), lastOperationId: null });
}
