import { SETTINGS, type SettingKey } from '@shared/domain/settings/settings';
import { TEXT_RULES } from '@shared/domain/settings/text-rules';
import { translated } from '../translated';

/** What a setting is called, and what it does. */
interface SettingItem {
  readonly title: string;
  readonly description: string;
}

/** The words of every setting. In English they are those of the command line. */
export const settingItems = translated('settingItems', {
  items: Object.fromEntries(Object.entries(SETTINGS).map(([key, { title, description }]) => [key, { title, description }])) as { readonly [key in SettingKey]: SettingItem },
  units: { seconds: 'seconds', minutes: 'minutes', days: 'days', tries: 'tries', operations: 'operations', images: 'images', uploads: 'uploads' } as { readonly [unit: string]: string },
  texts: TEXT_RULES,
  range: (min: number, max: string, unit: string) => `${String(min)} to ${max}${unit === '' ? '' : ` ${unit}`}`,
});
