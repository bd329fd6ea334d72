import type { OutputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import { initialSettings, settingKey, settingRange, settingValue } from '@shared/domain/settings/check-setting';
import { FORMER_KEYS, SETTINGS, type SettingDefinition, type SettingKey, type SettingValue } from '@shared/domain/settings/settings';
import { settingChanges, type KeptValue, type SettingChange } from '@shared/domain/settings/settings-file';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { Json } from '@shared/kernel/json';
import type { Logger, Store } from '@main/platform/types';
import type { Settings } from './types';

/** Settings share the store's table with what else is kept by name. */
const PREFIX = 'setting.';

/** Reads every setting once; `initial` says what counts where none is kept. A kept value that is not allowed any more gives way to the default, and the log says so. */
export async function createSettings(deps: { readonly store: Pick<Store, 'getSetting' | 'putSetting'>; readonly publish: (event: BerthEvent) => void; readonly log: Logger; readonly initial?: string | undefined }): Promise<Settings> {
  const values = new Map<SettingKey, number | boolean | string>(initialSettings(deps.initial ?? ''));
  const keys = Object.keys(SETTINGS) as SettingKey[];
  const kept = await Promise.all(keys.map((key) => keptValue(deps.store, key)));
  for (const [index, key] of keys.entries()) {
    const value = kept[index];
    if (value === undefined) continue;
    try {
      values.set(key, settingValue(key, value));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      deps.log.warn('a kept setting is not allowed any more; its default is used', { key });
    }
  }
  return new KeptSettings(deps, values);
}

/** What is kept under its name, else under the one the setting had before. */
async function keptValue(store: Pick<Store, 'getSetting'>, key: SettingKey): Promise<Json | undefined> {
  const former = FORMER_KEYS[key];
  const value = await store.getSetting(`${PREFIX}${key}`);
  return value === undefined && former !== undefined ? store.getSetting(`${PREFIX}${former}`) : value;
}

class KeptSettings implements Settings {
  private readonly changed: Emitter<SettingKey>;
  private readonly guards = new Map<SettingKey, (value: KeptValue) => Promise<void>>();

  constructor(
    private readonly deps: Parameters<typeof createSettings>[0],
    private readonly values: Map<SettingKey, number | boolean | string>,
  ) {
    this.changed = new Emitter((error) => deps.log.error('a change of a setting could not be followed', { error }));
  }

  get<K extends SettingKey>(key: K): SettingValue<K> {
    return (this.values.get(key) ?? SETTINGS[key].default) as SettingValue<K>;
  }

  list(): OutputOf<'settings.list'> {
    return (Object.keys(SETTINGS) as SettingKey[]).map((key) => this.shown(key));
  }

  async set(given: string, value: Json): Promise<OutputOf<'settings.set'>> {
    const key = settingKey(given);
    await this.setAll(new Map([[key, settingValue(key, value)]]));
    return this.shown(key);
  }

  async setAll(given: ReadonlyMap<SettingKey, KeptValue>): Promise<readonly SettingChange[]> {
    const checked = new Map([...given].map(([key, value]) => [key, settingValue(key, value)] as const));
    const changes = settingChanges((key) => this.get(key), checked);
    for (const { key, to } of changes) await this.guards.get(key)?.(to);
    for (const [key, value] of checked) {
      await this.deps.store.putSetting(`${PREFIX}${key}`, value);
      this.values.set(key, value);
    }
    for (const { key, to } of changes) {
      this.deps.publish({ type: 'settings.changed', key, value: to });
      this.changed.emit(key);
    }
    return changes;
  }

  guard(key: SettingKey, allow: (value: KeptValue) => Promise<void>): void {
    this.guards.set(key, allow);
  }

  onChanged(listener: (key: SettingKey) => void): Disposable {
    return this.changed.on(listener);
  }

  private shown(key: SettingKey): OutputOf<'settings.set'> {
    const { default: initial, title, description, choices }: SettingDefinition = SETTINGS[key];
    return { key, value: this.get(key), default: initial, title, description, range: settingRange(key), ...(choices === undefined ? {} : { choices: [...choices] }) };
  }
}
