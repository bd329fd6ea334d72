import type { Json } from '@shared/kernel/json';
import { SETTINGS, type SettingDefinition, type SettingKey } from '@shared/domain/settings/settings';
import type { Setting } from '../../lib/model';
import { settingItems as words } from '../../locales/en/setting-items';

/** Which settings stand together, by the beginning of their key. What none of them knows is shown under the last one. */
const GROUPS = { window: ['window', 'notifications'], engine: ['engine'], editor: ['editor'], updates: ['updates'], watch: ['status', 'drift', 'stats', 'mounts'], heal: ['heal'], operations: ['operations'], changes: ['services', 'changes', 'builds'], workspaces: ['workspaces'], api: ['api'], alerts: ['alerts'], other: [] } as const satisfies { readonly [group: string]: readonly string[] };

/** A heading of the settings. */
export type SettingGroup = keyof typeof GROUPS;

/** The settings under their headings, in the order they came; headings without any are left out. Every setting is in exactly one. */
export function groupedSettings(settings: readonly Setting[]): readonly { readonly group: SettingGroup; readonly settings: readonly Setting[] }[] {
  const groups = Object.keys(GROUPS) as SettingGroup[];
  return groups.map((group) => ({ group, settings: settings.filter((setting) => groupOf(setting.key) === group) })).filter((one) => one.settings.length > 0);
}

function groupOf(key: string): SettingGroup {
  const area = key.split('.', 1)[0] ?? '';
  const groups = Object.entries(GROUPS) as [SettingGroup, readonly string[]][];
  return groups.find(([, areas]) => areas.includes(area))?.[0] ?? 'other';
}

/** True when every word of the filter is in the setting's key, title or description. */
export function matchesSetting(setting: Setting, filter: string): boolean {
  const text = `${setting.key} ${setting.title} ${setting.description}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** True for a setting that is free text, and no number or choice. */
export function isText(setting: Setting): boolean {
  return typeof setting.default === 'string' && setting.choices === undefined;
}

/** What was typed, as it is sent: a whole number, or the text as it is, which is refused with the words for what may be. */
export function typedValue(setting: Setting, text: string): Json {
  const typed = text.trim();
  if (isText(setting)) return typed;
  return /^[+-]?\d{1,15}$/.test(typed) ? Number(typed) : typed;
}

/** The setting in the words of the window: what it is called, what it does, what it may be. One that the window does not know keeps the words it came with. */
export function inWords(setting: Setting): Setting {
  const definition = definitionOf(setting.key);
  if (definition === null) return setting;
  const { min, max, text } = definition;
  const range = text !== undefined ? words.texts[text] : typeof setting.default === 'number' ? words.range(min ?? 0, String(max ?? ''), unitOf(setting.key)) : setting.range;
  return { ...setting, ...words.items[setting.key as SettingKey], range };
}

/** What stands behind the number: seconds, days; nothing where it is a plain number. */
export function unitOf(key: string): string {
  const unit = definitionOf(key)?.unit ?? '';
  return words.units[unit] ?? unit;
}

function definitionOf(key: string): SettingDefinition | null {
  return Object.hasOwn(SETTINGS, key) ? SETTINGS[key as SettingKey] : null;
}
