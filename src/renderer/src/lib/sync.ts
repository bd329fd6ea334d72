import type { SequencedEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import { takeLanguage } from '../locales/language';
import { say } from '../locales/say';
import { appWindow, call, start, subscribe, toAppError } from './client';
import { openDrawer } from './drawer';
import { isFinal, stands, withEvent, type Model, type Setting } from './model';
import { conflictCount, currentProject } from './selectors';
import { chooseProject, goTo, goToSnapshots, setModel, setUi, useStore } from './store';
import { showPlan } from './switch-flow';
import { applyContrast, applyTheme, rememberedContrast } from './theme';

let waiting: SequencedEvent[] | null = [];

/**
 * Starts the page's life: listen first, then ask for everything once, then live on events alone. A reloaded page does
 * the same, so it ends up knowing what the old one knew.
 */
export async function startSync(): Promise<void> {
  subscribe(receive);
  appWindow.onCommand((command) => {
    if (command.type === 'show-page') {
      goTo(command.page);
      if (command.tab !== undefined) setUi({ activityTab: command.tab });
      // What asks for the conflicts counted findings.
      if (command.page === 'conflicts') setUi({ conflictsTab: 'findings' });
    }
    if (command.type === 'show-operation') {
      openDrawer({ tab: 'activity', operation: command.operationId });
      if (command.undo === true) setUi({ undoing: command.operationId });
    }
    if (command.type === 'show-project') chooseProject(command.projectId);
    if (command.type === 'show-restore') {
      chooseProject(command.projectId);
      goToSnapshots('snapshots', 'restore-last-good');
    }
    if (command.type === 'check-again') void runChecks(command.projectId);
    if (command.type === 'show-error') setUi({ notice: AppError.fromData(command.error) });
    if (command.type === 'show-plan') {
      chooseProject(command.projectId);
      void showPlan(command.projectId, command.mode);
    }
  });
  applyTheme(useStore.getState().ui.theme);
  applyContrast(rememberedContrast());
  useStore.subscribe((state, before) => {
    // The list of projects shows how each of them is; the one that is shown is read with everything else of it.
    if (state.model.projects !== before.model.projects) for (const one of state.model.projects ?? []) if (one.id !== currentProject(state)?.id && before.model.projects?.some((known) => known.id === one.id) !== true) void loadServices(one.id);
    const project = currentProject(state);
    if (project !== null && project.id !== currentProject(before)?.id) onProjectShown(project.id);
    else if (project !== null && revision(state.model, project.id) !== revision(before.model, project.id)) onRevision(project.id);
    else if (state.model.engine?.state === 'connected' && before.model.engine?.state !== 'connected' && project !== null) onProjectShown(project.id);
  });
  await appWindow.ready().catch(() => undefined);
  await loadAll();
}

/** Files or containers changed: what the checks and an open plan say is out of date. */
function onRevision(projectId: string): void {
  void runChecks(projectId);
  const { sheet } = useStore.getState().ui;
  if (sheet?.projectId === projectId) void showPlan(projectId, sheet.mode);
}

function revision(model: Model, projectId: string): number {
  return model.revisions[projectId] ?? 0;
}

function receive(events: readonly SequencedEvent[]): void {
  if (waiting !== null) {
    waiting.push(...events);
    return;
  }
  const last = useStore.getState().model.seq;
  const first = events.find((event) => event.seq > last);
  if (first === undefined) return;
  if (first.seq > last + 1) {
    void catchUp(last);
    return;
  }
  for (const { event } of events) if (event.type === 'settings.changed') follow(event);
  setModel((model) => events.reduce(withEvent, model));
}

/** The page looks and speaks as the settings say, also when the command line changed one. */
function follow({ key, value }: { readonly key: string; readonly value: unknown }): void {
  if (key === 'window.theme') applyTheme(value);
  if (key === 'window.contrast') applyContrast(value);
  if (key === 'window.language' && !takeLanguage(value)) setUi({ notice: new AppError('busy', say.notice.languageWaits, { hint: say.notice.languageWaitsHint }) });
}

/** Events were missed: ask for them, or for everything where they are gone. */
async function catchUp(since: number): Promise<void> {
  waiting = [];
  try {
    const missed = await call('events.since', { seq: since });
    if (!missed.complete) return await loadAll();
    drain(missed.events);
  } catch {
    await loadAll();
  }
}

function drain(events: readonly SequencedEvent[]): void {
  const queued = waiting ?? [];
  waiting = null;
  setModel((model) => [...events, ...queued].reduce(withEvent, model));
}

/** Reads everything once. Events that arrive meanwhile wait and are applied after it. */
export async function loadAll(): Promise<void> {
  waiting ??= [];
  try {
    const { seq } = await call('events.since', { seq: Number.MAX_SAFE_INTEGER });
    const [engine, projects, operations] = await Promise.all([call('engine.status', {}), call('projects.list', {}), call('operations.list', { limit: 100 })]);
    setModel((model) => ({ ...model, seq, engine, projects, operations, schedules: null, tracks: { ...runningTracks(operations), ...model.tracks } }));
    setUi({ bootError: null });
    drain([]);
    void call('doctor.run', {}).then((doctor) => setModel((model) => ({ ...model, doctor: model.doctor ?? doctor })), () => undefined);
    void loadRuntime();
    void loadSettings().catch(() => undefined);
    const project = currentProject(useStore.getState());
    if (project !== null) onProjectShown(project.id);
  } catch (error) {
    waiting = [];
    setUi({ bootError: toAppError(error) });
  }
}

/** What the background work is doing, and what it wants looked at. Nobody waits for it: events bring it again. */
async function loadRuntime(): Promise<void> {
  const [runtime, alerts] = await Promise.all([call('runtime.status', {}).catch(() => null), call('alerts.list', {}).catch(() => null)]);
  setModel((model) => ({ ...model, runtime: runtime ?? model.runtime, alerts: alerts?.filter(stands) ?? model.alerts }));
}

/** Reads every setting once; from then on events keep them. */
export async function loadSettings(): Promise<readonly Setting[]> {
  const settings = await call('settings.list', {});
  setModel((model) => ({ ...model, settings }));
  // Something may have been changed while no page was open to hear of it.
  settings.forEach(follow);
  return settings;
}

/** Where a project differs from its files, and how its mounts are. Events keep both. */
export async function loadDrift(projectId: string): Promise<void> {
  const [drifts, mounts] = await Promise.all([call('drift.list', { project: projectId }).catch(() => null), call('mounts.show', { project: projectId }).catch(() => null)]);
  setModel((model) => ({
    ...model,
    drifts: drifts === null ? model.drifts : { ...model.drifts, [projectId]: drifts },
    mounts: mounts === null ? model.mounts : { ...model.mounts, [projectId]: mounts },
  }));
}

/** An operation that runs while the page loads is followed as if it had been seen from its start. */
function runningTracks(operations: NonNullable<Model['operations']>): Model['tracks'] {
  return Object.fromEntries(operations.filter((operation) => !isFinal(operation)).map((operation) => [operation.id, { services: {}, log: [] }]));
}

let shown = '';

function onProjectShown(projectId: string): void {
  if (shown !== projectId) void appWindow.focusProject(projectId).catch(() => undefined);
  shown = projectId;
  void loadServices(projectId);
  void loadDrift(projectId);
  void runChecks(projectId);
}

/** Reads the services of a project once; from then on events keep them. */
export async function loadServices(projectId: string): Promise<void> {
  try {
    const services = await call('services.list', { project: projectId });
    setModel((model) => ({ ...model, services: { ...model.services, [projectId]: services } }));
  } catch (error) {
    const { model } = useStore.getState();
    if (model.engine?.state === 'connected') setUi({ notice: toAppError(error) });
  }
}

/** Runs the checks of every mode of a project. A newer run replaces an older one that has not answered yet. */
export async function runChecks(projectId: string): Promise<void> {
  const { model } = useStore.getState();
  const project = model.projects?.find((one) => one.id === projectId);
  if (project === undefined) return;
  const at = (useStore.getState().ui.checks[projectId]?.revision ?? 0) + 1;
  setUi((ui) => ({ checks: { ...ui.checks, [projectId]: { reports: ui.checks[projectId]?.reports ?? null, error: null, revision: at, running: true } } }));
  try {
    const reports = await Promise.all(project.modes.map((mode) => call('checks.run', { project: projectId, mode: mode.name })));
    finish({ reports, error: null });
    const checks = useStore.getState().ui.checks[projectId];
    // A newer run says it itself.
    if (checks?.reports === reports) void appWindow.countedConflicts(projectId, conflictCount(checks)).catch(() => undefined);
  } catch (error) {
    finish({ reports: null, error: toAppError(error) });
  }

  function finish(outcome: Pick<NonNullable<ReturnType<typeof useStore.getState>['ui']['checks'][string]>, 'reports' | 'error'>): void {
    setUi((ui) => (ui.checks[projectId]?.revision === at ? { checks: { ...ui.checks, [projectId]: { ...outcome, revision: at, running: false } } } : {}));
  }
}

/** Looks for an engine again. */
export async function reconnect(): Promise<void> {
  setModel((model) => (model.engine === null ? model : { ...model, engine: { ...model.engine, state: 'connecting' } }));
  const engine = await call('engine.connect', {}).catch(() => null);
  if (engine !== null) setModel((model) => ({ ...model, engine }));
}

/** Starts what a doctor check proposes. */
export async function doctorFix(name: string): Promise<void> {
  await start('doctor.fix', { name }).catch((error: unknown) => setUi({ notice: toAppError(error) }));
}
