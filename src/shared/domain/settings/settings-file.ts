import { AppError } from '../../kernel/app-error';
import type { Json } from '../../kernel/json';
import { settingValue } from './check-setting';
import { SETTINGS, type SettingKey } from './settings';

/** What a setting may be kept as. */
export type KeptValue = number | boolean | string;

/** A setting that gets another value. */
export interface SettingChange {
  readonly key: SettingKey;
  readonly title: string;
  readonly from: KeptValue;
  readonly to: KeptValue;
}

const VERSION = 1;

/** What differs, in the order of the settings. */
export function settingChanges(now: (key: SettingKey) => KeptValue, wanted: ReadonlyMap<SettingKey, KeptValue>): readonly SettingChange[] {
  return (Object.keys(SETTINGS) as SettingKey[]).flatMap((key) => {
    const to = wanted.get(key);
    const from = now(key);
    return to === undefined || to === from ? [] : [{ key, title: SETTINGS[key].title, from, to }];
  });
}

/** Every setting at its default. */
export function defaultSettings(): ReadonlyMap<SettingKey, KeptValue> {
  return new Map((Object.keys(SETTINGS) as SettingKey[]).map((key) => [key, SETTINGS[key].default]));
}

/** The file of an export: what is not at its default. No setting holds a secret. */
export function settingsFile(now: (key: SettingKey) => KeptValue): string {
  const settings = Object.fromEntries((Object.keys(SETTINGS) as SettingKey[]).filter((key) => now(key) !== SETTINGS[key].default).map((key) => [key, now(key)]));
  return `${JSON.stringify({ berthSettings: VERSION, settings }, null, 2)}\n`;
}

/** What stands in such a file, each value checked, and the names this version does not know. Throws `input-invalid`; nothing of a wrong file is taken. */
export function readSettingsFile(text: string): { readonly values: ReadonlyMap<SettingKey, KeptValue>; readonly unknown: readonly string[] } {
  const settings = settingsOf(text);
  const values = new Map<SettingKey, KeptValue>();
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(settings)) {
    if (Object.hasOwn(SETTINGS, key)) values.set(key as SettingKey, settingValue(key as SettingKey, value as Json));
    else unknown.push(key.slice(0, 64));
  }
  return { values, unknown };
}

function settingsOf(text: string): object {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = null;
  }
  const { berthSettings, settings } = (typeof document === 'object' && document !== null ? document : {}) as { readonly berthSettings?: unknown; readonly settings?: unknown };
  if (berthSettings !== VERSION || typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new AppError('input-invalid', 'This file is no export of Berth’s settings.', { hint: '`berth settings export <file>` writes one.' });
  }
  return settings;
}
