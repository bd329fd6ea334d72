import { SETTINGS, type SettingKey, type SettingValue } from '@shared/domain/settings/settings';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { Client } from '../dispatch/types';
import type { AppServices } from './app-services';

/** The settings as the app needs them: at once, though the services that keep them are only on their way. */
export interface AppSettings {
  /** Its default until the services were asked. */
  get<K extends SettingKey>(key: K): SettingValue<K>;
  onChanged(listener: (key: SettingKey) => void): Disposable;
  /** From now on what is kept counts; every setting that differs is told as a change. */
  follow(services: Pick<AppServices, 'events'>, client: Pick<Client, 'call'>): Promise<void>;
}

export function createAppSettings(onError: (error: unknown) => void): AppSettings {
  const values = new Map<SettingKey, unknown>();
  const changed = new Emitter<SettingKey>(onError);

  function get<K extends SettingKey>(key: K): SettingValue<K> {
    // What comes from the services was checked there.
    return (values.has(key) ? values.get(key) : SETTINGS[key].default) as SettingValue<K>;
  }

  function take(key: string, value: unknown): void {
    if (!Object.hasOwn(SETTINGS, key) || get(key as SettingKey) === value) return;
    values.set(key as SettingKey, value);
    changed.emit(key as SettingKey);
  }

  return {
    get,
    onChanged: (listener) => changed.on(listener),
    async follow(services, client) {
      services.events.subscribe((events) => {
        for (const { event } of events) if (event.type === 'settings.changed') take(event.key, event.value);
      });
      for (const setting of await client.call('settings.list', {})) take(setting.key, setting.value);
    },
  };
}
