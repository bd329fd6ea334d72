import { isAbsolute } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { settingKey } from '@shared/domain/settings/check-setting';
import { SETTINGS, type SettingKey } from '@shared/domain/settings/settings';
import { defaultSettings, readSettingsFile, settingChanges, settingsFile, type KeptValue } from '@shared/domain/settings/settings-file';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import type { Settings } from './types';

/** How exports get to disk and back. */
export interface SettingsFiles {
  /** Rejects when the file is there already. */
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
}

type Names = 'settings.list' | 'settings.set' | 'settings.reset' | 'settings.export' | 'settings.import';

/** Binds `settings.*`. */
export function settingsHandlers(settings: Settings, files: SettingsFiles): Pick<Handlers, Names> {
  const now = (key: SettingKey): KeptValue => settings.get(key);
  async function take(values: ReadonlyMap<SettingKey, KeptValue>, dryRun: boolean, unknown: readonly string[] = []): Promise<OutputOf<'settings.reset'>> {
    const changes = dryRun ? settingChanges(now, values) : await settings.setAll(values);
    return { changes: [...changes], unknown: [...unknown], applied: !dryRun };
  }
  return {
    'settings.list': () => Promise.resolve(settings.list()),
    'settings.set': (input) => settings.set(input.key, input.value as Json),
    'settings.reset': async ({ key, dryRun }) => take(key === undefined ? defaultSettings() : new Map([[settingKey(key), SETTINGS[settingKey(key)].default]]), dryRun),
    async 'settings.export'({ file }) {
      const text = settingsFile(now);
      await files.write(absolute(file), text);
      return { file, settings: readSettingsFile(text).values.size };
    },
    async 'settings.import'({ file, dryRun }) {
      const { values, unknown } = readSettingsFile(await files.read(absolute(file)));
      return take(values, dryRun, unknown);
    },
  };
}

function absolute(file: string): string {
  if (!isAbsolute(file)) throw new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' });
  return file;
}
