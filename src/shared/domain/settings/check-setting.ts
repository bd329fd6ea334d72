import { AppError } from '../../kernel/app-error';
import type { Json } from '../../kernel/json';
import { SETTINGS, type SettingDefinition, type SettingKey } from './settings';
import { ruledText, TEXT_RULES, type TextRule } from './text-rules';

/** The setting of this name. Throws `input-invalid` when there is none. */
export function settingKey(key: string): SettingKey {
  if (Object.hasOwn(SETTINGS, key)) return key as SettingKey;
  throw new AppError('input-invalid', `There is no setting "${key.slice(0, 64)}".`, { hint: 'See `berth settings list`.' });
}

/** The value as it is kept. Throws `input-invalid`, naming the setting and what it may be. */
export function settingValue(key: SettingKey, value: Json): number | boolean | string {
  const definition: SettingDefinition = SETTINGS[key];
  if (typeof definition.default === 'boolean') {
    if (typeof value === 'boolean') return value;
  } else if (definition.text !== undefined) {
    if (typeof value === 'string') return keptText(key, definition.text, value);
  } else if (typeof definition.default === 'string') {
    if (typeof value === 'string' && definition.choices?.includes(value) === true) return value;
  } else if (typeof value === 'number' && Number.isInteger(value) && value >= (definition.min ?? -Infinity) && value <= (definition.max ?? Infinity)) return value;
  throw new AppError('input-invalid', `${key} may be ${settingRange(key)}.`);
}

function keptText(key: SettingKey, rule: TextRule, value: string): string {
  try {
    return ruledText(rule, value);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${key} cannot be this: ${error.message}`, { hint: error.hint });
  }
}

/** What a setting may be, in words: "5 to 3600 seconds", "true or false", "system, en, zh or de". */
export function settingRange(key: SettingKey): string {
  const { default: initial, choices = [], min, max, unit, text }: SettingDefinition = SETTINGS[key];
  if (typeof initial === 'boolean') return 'true or false';
  if (text !== undefined) return TEXT_RULES[text];
  if (typeof initial === 'string') return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
  return `${String(min ?? 0)} to ${String(max ?? '')}${unit === undefined || unit === '' ? '' : ` ${unit}`}`;
}

/** Values for settings of which none is kept, as `key=value,key=value`. Throws `input-invalid`: a mistyped one must not pass. */
export function initialSettings(text: string): ReadonlyMap<SettingKey, number | boolean | string> {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return new Map(
    parts.map((part) => {
      const [name = '', value = ''] = part.split('=', 2).map((one) => one.trim());
      const key = settingKey(name);
      const typed = value === 'true' || value === 'false' ? value === 'true' : /^[+-]?\d+$/.test(value) ? Number(value) : value;
      return [key, settingValue(key, typed)];
    }),
  );
}
