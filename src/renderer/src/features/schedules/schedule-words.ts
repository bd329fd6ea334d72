import { say } from '../../locales/say';
import type { Project, Schedule } from '../../lib/model';

/** The units a period is given in, from the largest. */
const UNIT_SECONDS = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;
/** The units in the order they are offered. */
export const UNITS = ['seconds', 'minutes', 'hours', 'days'] as const;
export type Unit = (typeof UNITS)[number];

/** What the window offers to schedule. Anything else a command line has scheduled is shown by its name. */
export const SCHEDULE_KINDS = ['services.restart', 'services.start', 'services.stop', 'modes.switch', 'drift.heal'] as const;
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];

/** A period in the largest unit that needs no fraction: 5400 s are 90 minutes. */
export function everyParts(seconds: number): { readonly number: number; readonly unit: Unit } {
  const units = Object.entries(UNIT_SECONDS) as [Unit, number][];
  const [unit, size] = units.find(([, one]) => seconds > 0 && seconds % one === 0) ?? ['seconds', 1];
  return { number: seconds / size, unit };
}

/** A period in words: 90 minutes, 1 day. */
export function everyWords(seconds: number): string {
  const { number, unit } = everyParts(seconds);
  return `${number.toLocaleString('en')} ${number === 1 ? say.schedules.oneOf[unit] : say.schedules.units[unit]}`;
}

/** What was typed as whole seconds; 0, which is refused, where it is no number. */
export function typedSeconds(text: string, unit: Unit): number {
  const number = /^\d{1,9}([.,]\d{1,6})?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : 0;
  return Math.round(number * UNIT_SECONDS[unit]);
}

/** What a schedule does, in words; for kinds that the window does not know, the names as the command line has them. */
export function scheduleWords({ kind, input }: Pick<Schedule, 'kind' | 'input'>, projects: readonly Pick<Project, 'id' | 'name'>[]): string {
  const project = projects.find((one) => one.id === input['project'])?.name ?? String(input['project'] ?? '');
  const names = Array.isArray(input['services']) ? input['services'].map(String) : [];
  const services = names.length === 0 ? say.schedules.everyService : say.schedules.and(names);
  switch (kind) {
    case 'services.restart':
      return say.schedules.restart(services, project);
    case 'services.start':
      return say.schedules.start(services, project);
    case 'services.stop':
      return say.schedules.stop(services, project);
    case 'modes.switch':
      return say.schedules.switchTo(project, String(input['mode'] ?? ''));
    case 'drift.heal':
      return say.schedules.heal(project);
    default:
      return Object.keys(input).length === 0 ? kind : `${kind} ${JSON.stringify(input)}`;
  }
}

/** The schedule that runs next, of those that are on. */
export function nextSchedule(schedules: readonly Schedule[]): Schedule | null {
  return schedules.filter((schedule) => schedule.enabled).sort((a, b) => Date.parse(a.nextAt) - Date.parse(b.nextAt))[0] ?? null;
}
