import type { OutputOf } from '@shared/contract/contract';
import type { SettingKey, SettingValue } from '@shared/domain/settings/settings';
import type { KeptValue, SettingChange } from '@shared/domain/settings/settings-file';
import type { Json } from '@shared/kernel/json';
import type { Disposable } from '@shared/kernel/disposable';

/** The settings: read once at the start, kept in memory, written through to the store. */
export interface Settings {
  get<K extends SettingKey>(key: K): SettingValue<K>;
  list(): OutputOf<'settings.list'>;
  /** Rejects with `input-invalid`, naming the key and what it may be. */
  set(key: string, value: Json): Promise<OutputOf<'settings.set'>>;
  /** All of them or none: every value is checked first. Resolves with what changed. */
  setAll(values: ReadonlyMap<SettingKey, KeptValue>): Promise<readonly SettingChange[]>;
  /** What is asked before this setting gets another value; a rejection keeps the old one. */
  guard(key: SettingKey, allow: (value: KeptValue) => Promise<void>): void;
  onChanged(listener: (key: SettingKey) => void): Disposable;
}
