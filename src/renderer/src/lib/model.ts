import type { OutputOf } from '@shared/contract/contract';
import type { SequencedEvent } from '@shared/contract/events';
import type { Finding } from '@shared/domain/findings/finding';
import { isDryRun } from '@shared/domain/operations/dry-run';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';

export type Project = OutputOf<'projects.list'>[number];
export type ServiceList = OutputOf<'services.list'>;
export type Service = ServiceList['services'][number];
export type Engine = OutputOf<'engine.status'>;
export type Operation = OutputOf<'operations.list'>[number];
export type DoctorReport = OutputOf<'doctor.run'>;
export type ModePlan = OutputOf<'modes.plan'>;
export type Runtime = OutputOf<'runtime.status'>;
export type Alert = OutputOf<'alerts.list'>[number];
export type Drift = OutputOf<'drift.list'>[number];
export type WatchedMount = OutputOf<'mounts.show'>[number];
export type LogEntry = OutputOf<'events.list'>[number];
export type Setting = OutputOf<'settings.list'>[number];
export type Schedule = OutputOf<'schedules.list'>[number];
export type { Finding };
export { isDryRun };

/** What an operation did to one service so far, as the events told. Times are milliseconds since the epoch. */
export interface ServiceTrack {
  readonly state: string;
  readonly since: number;
  /** When it went away; null while it serves. */
  readonly downSince: number | null;
  /** How long it was away before it came back. */
  readonly downMs: number;
}

export interface OperationTrack {
  readonly services: { readonly [service: string]: ServiceTrack };
  /** The last log lines. */
  readonly log: readonly { readonly service: string | null; readonly text: string }[];
}

/** Everything the window knows of the world. It changes by answers and by events, and by nothing else. */
export interface Model {
  readonly seq: number;
  readonly engine: Engine | null;
  readonly projects: readonly Project[] | null;
  readonly services: { readonly [projectId: string]: ServiceList };
  /** Newest first. */
  readonly operations: readonly Operation[] | null;
  readonly tracks: { readonly [operationId: string]: OperationTrack };
  readonly doctor: DoctorReport | null;
  /** Rises when a project's files or its state changed so that findings and plans must be read again. */
  readonly revisions: { readonly [projectId: string]: number };
  /** Grows when something changed that images are built from. */
  readonly sourceRevisions: { readonly [projectId: string]: number };
  /** How often sizes of volumes became known after somebody had asked for them. */
  readonly volumesMeasured: number;
  readonly bugs: readonly string[];
  readonly runtime: Runtime | null;
  /** Every alert that stands and was not put away. */
  readonly alerts: readonly Alert[];
  readonly drifts: { readonly [projectId: string]: readonly Drift[] };
  readonly mounts: { readonly [projectId: string]: readonly WatchedMount[] };
  /** Entries of the event log that came while the window was open, newest first. */
  readonly freshEntries: readonly LogEntry[];
  readonly settings: readonly Setting[] | null;
  /** As the last event told them; null: none told yet, or some may have been missed. */
  readonly schedules: readonly Schedule[] | null;
}

export const EMPTY_MODEL: Model = { seq: 0, engine: null, projects: null, services: {}, operations: null, tracks: {}, doctor: null, revisions: {}, sourceRevisions: {}, volumesMeasured: 0, bugs: [], runtime: null, alerts: [], drifts: {}, mounts: {}, freshEntries: [], settings: null, schedules: null };

const MAX_OPERATIONS = 200;
const MAX_LOG_LINES = 400;
const MAX_BUGS = 5;
const MAX_FRESH_ENTRIES = 1_000;
/** Per-service states of a running operation in which the service does not answer. */
const AWAY = new Set(['stopping', 'starting', 'checking']);

export function isFinal(operation: Pick<Operation, 'state'>): boolean {
  return FINAL_STATES.includes(operation.state);
}

/** The model after one event. Pure; an event that was seen before changes nothing. */
export function withEvent(model: Model, sequenced: SequencedEvent): Model {
  if (sequenced.seq <= model.seq) return model;
  const next = { ...model, seq: sequenced.seq };
  const event = sequenced.event;
  switch (event.type) {
    case 'engine.changed':
      return { ...next, engine: event.engine };
    case 'projects.changed':
      return { ...next, projects: event.projects };
    case 'services.changed':
      return { ...next, services: { ...model.services, [event.projectId]: event.services }, projects: withActiveMode(model.projects, event.projectId, event.services.mode) };
    case 'operation.changed':
      return withOperation(next, event.operation, Date.parse(sequenced.at));
    case 'operation.logged':
      return withLog(next, event.operationId, event.service, event.text);
    case 'files.changed':
    case 'checks.changed':
      return { ...next, revisions: { ...model.revisions, [event.projectId]: (model.revisions[event.projectId] ?? 0) + 1 } };
    case 'sources.changed':
      return { ...next, sourceRevisions: { ...model.sourceRevisions, [event.projectId]: (model.sourceRevisions[event.projectId] ?? 0) + 1 } };
    case 'doctor.changed':
      return { ...next, doctor: event.report };
    case 'bug.reported':
      return { ...next, bugs: [...model.bugs, event.message].slice(-MAX_BUGS) };
    case 'runtime.changed':
      return { ...next, runtime: event.runtime };
    case 'alerts.changed':
      return { ...next, alerts: event.alerts.filter(stands) };
    case 'drift.changed':
      return { ...next, drifts: { ...model.drifts, [event.projectId]: event.drifts } };
    case 'mounts.changed':
      return { ...next, mounts: { ...model.mounts, [event.projectId]: event.mounts } };
    case 'log.appended':
      return { ...next, freshEntries: [...[...event.entries].reverse(), ...model.freshEntries].slice(0, MAX_FRESH_ENTRIES) };
    case 'schedules.changed':
      return { ...next, schedules: event.schedules };
    case 'settings.changed':
      return { ...next, settings: model.settings?.map((setting) => (setting.key === event.key ? { ...setting, value: event.value } : setting)) ?? null };
    case 'volumes.measured':
      return { ...next, volumesMeasured: model.volumesMeasured + 1 };
    case 'pipeline.changed':
    case 'stats.changed':
    case 'storage.changed':
    case 'workspaces.changed':
    case 'snapshots.changed':
    case 'gitops.changed':
      // Pages that show it follow it themselves, while they are open.
      return next;
  }
}

/** True for an alert that somebody still has to look at. */
export function stands(alert: Alert): boolean {
  return alert.clearedAt === null && !alert.dismissed;
}

function withActiveMode(projects: Model['projects'], projectId: string, mode: string | null): Model['projects'] {
  if (projects === null || projects.every((project) => project.id !== projectId || project.activeMode === mode)) return projects;
  return projects.map((project) => (project.id === projectId ? { ...project, activeMode: mode } : project));
}

function withOperation(model: Model, operation: Operation, at: number): Model {
  const known = model.operations ?? [];
  const before = known.find((one) => one.id === operation.id);
  const operations = before === undefined ? [operation, ...known].slice(0, MAX_OPERATIONS) : known.map((one) => (one.id === operation.id ? operation : one));
  const track = withServiceStates(model.tracks[operation.id] ?? { services: {}, log: [] }, operation, at);
  const ended = isFinal(operation) && (before === undefined || !isFinal(before)) && operation.projectId !== null;
  const revisions = ended && operation.projectId !== null ? { ...model.revisions, [operation.projectId]: (model.revisions[operation.projectId] ?? 0) + 1 } : model.revisions;
  return { ...model, operations, revisions, tracks: { ...model.tracks, [operation.id]: track } };
}

function withServiceStates(track: OperationTrack, operation: Operation, at: number): OperationTrack {
  const states = operation.progress.services;
  if (states === undefined) return track;
  const services: { [service: string]: ServiceTrack } = { ...track.services };
  for (const [service, state] of Object.entries(states)) {
    const before = services[service];
    if (before?.state === state && !(isFinal(operation) && before.downSince !== null)) continue;
    // "stopping" is where a service leaves; without one (a new service) nothing was there to miss.
    const left = state === 'stopping' ? (before?.downSince ?? at) : (before?.downSince ?? null);
    const away = AWAY.has(state) && !isFinal(operation);
    services[service] = { state, since: before?.state === state ? before.since : at, downSince: away ? left : null, downMs: !away && left !== null ? (before?.downMs ?? 0) + at - left : (before?.downMs ?? 0) };
  }
  return { ...track, services };
}

function withLog(model: Model, operationId: string, service: string | null, text: string): Model {
  const track = model.tracks[operationId] ?? { services: {}, log: [] };
  const lines = text.split('\n').map((line) => ({ service, text: line }));
  return { ...model, tracks: { ...model.tracks, [operationId]: { ...track, log: [...track.log, ...lines].slice(-MAX_LOG_LINES) } } };
}

/** The longest any service is or was away in this operation, in milliseconds. */
export function downtimeMs(track: OperationTrack | undefined, now: number): number {
  return Math.max(0, ...Object.values(track?.services ?? {}).map((service) => service.downMs + (service.downSince === null ? 0 : now - service.downSince)));
}

/** The operation of a project that has not ended, if there is one. */
export function runningOperation(operations: readonly Operation[] | null, projectId: string | null): Operation | null {
  return operations?.find((operation) => !isFinal(operation) && operation.projectId === projectId && !isDryRun(operation) && !isKeptWithin(operation)) ?? null;
}

/** The mode a switch goes to, and where it came from once it has ended. */
export function switchTarget(operation: Operation): { readonly to: string; readonly from: string | null } | null {
  if (operation.kind !== 'modes.switch') return null;
  const input = operation.input as { readonly mode?: unknown };
  const result = operation.result as { readonly from?: unknown } | null;
  if (typeof input.mode !== 'string') return null;
  return { to: input.mode, from: typeof result?.from === 'string' ? result.from : null };
}

/** A field of an operation's result that is a number. */
export function resultNumber(operation: Operation, field: string): number | null {
  const result = operation.result;
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return null;
  const value = (result as { readonly [key: string]: unknown })[field];
  return typeof value === 'number' ? value : null;
}
