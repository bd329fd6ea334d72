import { call } from '../../lib/client';
import type { Model, Project } from '../../lib/model';
import type { Entry, Field } from './command-form';

/** What may be typed into a field, with what it is called. */
export interface Suggestion {
  readonly value: string;
  readonly label: string;
}

const named = (values: readonly string[]): readonly Suggestion[] => values.map((value) => ({ value, label: value }));
const FIELDS_OF_SERVICES = new Set(['service', 'services']);

/** What the window knows of already. */
export function knownSuggestions(entry: Entry, field: Field, model: Model, project: Project | null): readonly Suggestion[] {
  const noun = entry.name.split('.')[0];
  if (field.choices.length > 0) return named(field.choices);
  if (noun === 'projects' && field.name === 'id') return (model.projects ?? []).map((one) => ({ value: one.id, label: one.name }));
  if (noun === 'operations' && field.name === 'id') return (model.operations ?? []).slice(0, 30).map((one) => ({ value: one.id, label: one.title }));
  if (noun === 'alerts' && field.name === 'id') return model.alerts.map((one) => ({ value: one.id, label: one.message }));
  if (entry.name === 'settings.set' && field.name === 'key') return (model.settings ?? []).map((one) => ({ value: one.key, label: one.key }));
  if (entry.name === 'doctor.fix') return (model.doctor?.checks ?? []).filter((one) => one.fix !== undefined).map((one) => ({ value: one.name, label: one.fix ?? one.name }));
  if (project === null) return [];
  if (noun === 'drift' && (field.name === 'drift' || field.name === 'drifts')) return (model.drifts[project.id] ?? []).map((one) => ({ value: one.id, label: `${one.service}: ${one.field}` }));
  if (field.name === 'mode') return named(project.modes.map((mode) => mode.name));
  if (FIELDS_OF_SERVICES.has(field.name)) return named((model.services[project.id]?.services ?? []).map((one) => one.name));
  return [];
}

/** What has to be asked for first; null where nothing is. */
export async function askedSuggestions(entry: Entry, field: Field, project: Project | null): Promise<readonly Suggestion[]> {
  const noun = entry.name.split('.')[0];
  if (noun === 'schedules' && field.name === 'id') return (await call('schedules.list', {})).map((one) => ({ value: one.id, label: one.kind }));
  if (project === null) return [];
  const input = { project: project.id };
  if (noun === 'snapshots' && (field.name === 'id' || field.name === 'with')) return (await call('snapshots.list', input)).snapshots.map((one) => ({ value: one.id, label: `${one.tag ?? one.reason}, ${new Date(one.createdAt).toLocaleString()}` }));
  if (noun === 'workspaces' && field.name === 'name') return named((await call('workspaces.list', input)).workspaces.map((one) => one.name));
  if (field.name === 'bucket') return named((await call('buckets.list', input)).map((one) => one.name));
  if (noun === 'storage' && field.name === 'mount') return named((await call('storage.status', input)).mounts.map((one) => one.id));
  if (noun === 'storage' && field.name === 'job') return named((await call('storage.status', input)).jobs.map((one) => one.id));
  return [];
}
