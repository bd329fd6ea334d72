import type { Json } from '@shared/kernel/json';
import { SETTINGS, type SettingDefinition } from '@shared/domain/settings/settings';
import type { Setting } from '../../lib/model';

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

/** What stands behind the number: seconds, days; nothing where it is a plain number. */
export function unitOf(key: string): string {
  const definition: SettingDefinition | undefined = Object.hasOwn(SETTINGS, key) ? SETTINGS[key as keyof typeof SETTINGS] : undefined;
  return definition?.unit ?? '';
}
