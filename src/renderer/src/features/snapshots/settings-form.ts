import type { InputOf } from '@shared/contract/contract';
import { typedNumber } from '../../ui/fields';
import type { SnapshotsStatus } from './snapshots-answer';

type Settings = SnapshotsStatus['settings'];
export type RetentionField = keyof Settings['retention'];

/** What each number of the retention may be. */
export const RETENTION_RANGES: { readonly [F in RetentionField]: readonly [number, number] } = { keepLast: [1, 1_000], keepHourly: [0, 1_000], keepDaily: [0, 1_000], keepWeekly: [0, 1_000], keepReplacedHours: [0, 8_760] };
export const RETENTION_FIELDS = ['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepReplacedHours'] as const satisfies readonly RetentionField[];

/** Minutes that have a word of their own; `own` for every other one. */
export const INTERVALS = ['0', '15', '60', '360', '1440', '10080', 'own'] as const;
export type Interval = (typeof INTERVALS)[number];

/** What the form of schedule and retention holds: numbers as they are typed. */
export interface SettingsForm {
  readonly interval: Interval;
  readonly minutes: string;
  readonly volumes: boolean;
  readonly repository: string;
  readonly retention: { readonly [F in RetentionField]: string };
}

export function formOf(settings: Settings): SettingsForm {
  const minutes = String(settings.everyMinutes ?? 0);
  const { keepLast, keepHourly, keepDaily, keepWeekly, keepReplacedHours } = settings.retention;
  return {
    interval: INTERVALS.find((one) => one === minutes) ?? 'own',
    minutes: settings.everyMinutes === null ? '120' : minutes,
    volumes: settings.volumes,
    repository: settings.repository,
    retention: { keepLast: String(keepLast), keepHourly: String(keepHourly), keepDaily: String(keepDaily), keepWeekly: String(keepWeekly), keepReplacedHours: String(keepReplacedHours) },
  };
}

/** Minutes of the form; null while what is typed is none. */
export function formMinutes(form: SettingsForm): number | null {
  return form.interval === 'own' ? typedNumber(form.minutes, 5, 44_640) : Number(form.interval);
}

/** A number of the form; null while what is typed is out of its range. */
export function formNumber(form: SettingsForm, field: RetentionField): number | null {
  return typedNumber(form.retention[field], ...RETENTION_RANGES[field]);
}

/** What has to be changed; null while a field is not filled well, or nothing would change. */
export function settingsInput(settings: Settings, form: SettingsForm): Omit<InputOf<'snapshots.configure'>, 'project'> | null {
  const everyMinutes = formMinutes(form);
  if (everyMinutes === null) return null;
  const retention: { [F in RetentionField]?: number } = {};
  for (const field of RETENTION_FIELDS) {
    const number = formNumber(form, field);
    if (number === null) return null;
    if (number !== settings.retention[field]) retention[field] = number;
  }
  const input = {
    ...(everyMinutes === (settings.everyMinutes ?? 0) ? {} : { everyMinutes }),
    ...(form.volumes === settings.volumes ? {} : { volumes: form.volumes }),
    ...(form.repository === settings.repository ? {} : { repository: form.repository }),
    ...retention,
  };
  return Object.keys(input).length === 0 ? null : input;
}
