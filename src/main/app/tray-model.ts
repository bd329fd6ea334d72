import { canStop, startChoice } from '@shared/domain/projects/start-choice';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import type { OutputOf } from '@shared/contract/contract';
import type { AppWords } from './words/words';

type Project = OutputOf<'projects.list'>[number];
type ServiceList = OutputOf<'services.list'>;
type EngineStatus = OutputOf<'engine.status'>;
type Operation = OutputOf<'operations.list'>[number];
type Runtime = OutputOf<'runtime.status'>;
type ComponentName = Runtime['components'][number]['name'];
type Alert = OutputOf<'alerts.list'>[number];
type Storage = OutputOf<'storage.status'>;
type Workspaces = OutputOf<'workspaces.list'>;
type Snapshots = OutputOf<'snapshots.list'>;

/** The state the icon's shape shows: a full disc, a ring, a triangle, an exclamation mark, an arc, a cross. */
export type TrayIcon = 'running' | 'stopped' | 'degraded' | 'failed' | 'busy' | 'offline';

/** What the tray knows. `conflicts` is null until the checks ran once, `pending` until the files were compared with what runs. */
export interface TrayState {
  readonly engine: EngineStatus | null;
  readonly projects: readonly Project[];
  readonly currentProjectId: string | null;
  readonly services: ServiceList | null;
  readonly running: Operation | null;
  readonly conflicts: number | null;
  /** Services whose files were edited and that do not run so yet. */
  readonly pending: number | null;
  /** Alerts that stand and were not put away. */
  readonly alerts: readonly Alert[];
  readonly runtime: Runtime | null;
  /** Of the current project; null while nobody could look. */
  readonly storage: Storage | null;
  /** Of the current project; null while nobody could look. */
  readonly workspaces: Workspaces | null;
  /** Of the current project; null while nobody could look. */
  readonly snapshots: Snapshots | null;
  /** Projects that were looked at, the last first. */
  readonly recentProjectIds: readonly string[];
}

/** What a click does: the same call as its twin in the window. */
export type TrayAction =
  | { readonly type: 'show' }
  | { readonly type: 'show-conflicts' }
  | { readonly type: 'show-changes'; readonly projectId: string }
  | { readonly type: 'show-alerts'; readonly projectId: string | null }
  | { readonly type: 'show-runtime' }
  | { readonly type: 'pause' | 'resume'; readonly component: ComponentName }
  | { readonly type: 'switch'; readonly projectId: string; readonly mode: string }
  | { readonly type: 'start'; readonly projectId: string }
  | { readonly type: 'stop'; readonly projectId: string }
  | { readonly type: 'validate'; readonly projectId: string }
  | { readonly type: 'sync'; readonly projectId: string }
  | { readonly type: 'sync-workspaces'; readonly projectId: string }
  | { readonly type: 'back-up'; readonly projectId: string }
  | { readonly type: 'show-restore'; readonly projectId: string }
  | { readonly type: 'open-console'; readonly url: string }
  | { readonly type: 'choose-project'; readonly projectId: string }
  | { readonly type: 'quit' };

export interface TrayItem {
  readonly id: string;
  readonly kind: 'normal' | 'radio' | 'separator' | 'submenu';
  readonly label: string;
  readonly checked: boolean;
  readonly enabled: boolean;
  readonly action: TrayAction | null;
  readonly items: readonly TrayItem[];
}

export interface TrayModel {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

/** Projects offered in the tray: the current one and the two that were used before it. */
const MAX_PROJECTS = 3;

/** The whole menu as data, from what is known now. */
export function trayModel(state: TrayState, words: AppWords): TrayModel {
  const say = words.tray;
  const project = state.projects.find((one) => one.id === state.currentProjectId) ?? state.projects[0] ?? null;
  const status = statusLine(state, project, words);
  const busy = state.running !== null;
  const online = state.engine?.state === 'connected';
  const ready = project !== null && online && !busy;
  const services = state.services?.services ?? [];
  const items: TrayItem[] = [item('status', status, { type: 'show' })];

  if (project !== null) {
    items.push(separator('modes-above'));
    for (const mode of project.modes) {
      items.push({ ...item(`mode-${mode.name}`, modeLabel(mode.name), { type: 'switch', projectId: project.id, mode: mode.name }, ready), kind: 'radio', checked: project.activeMode === mode.name });
    }
    items.push(
      separator('actions-above'),
      item('start', say.start, { type: 'start', projectId: project.id }, ready && startChoice(project, services).kind !== 'none'),
      item('stop', say.stop, { type: 'stop', projectId: project.id }, ready && canStop(services)),
      item('validate', say.validate, { type: 'validate', projectId: project.id }, online),
      ...storageItems(project.id, state.storage, ready, words),
      ...workspaceItems(project, state.workspaces, ready, words),
      ...snapshotItems(project, state.snapshots, ready, words),
      item('conflicts', say.conflicts(state.conflicts), { type: 'show-conflicts' }),
      ...(state.pending === null || state.pending === 0 ? [] : [item('pending', say.pending(state.pending), { type: 'show-changes', projectId: project.id })]),
    );
  }
  if (state.projects.length > 1) {
    items.push({
      ...item('projects', say.project, null),
      kind: 'submenu',
      items: lastProjects(state, project).map((one) => ({ ...item(`project-${one.id}`, one.name, { type: 'choose-project', projectId: one.id }), kind: 'radio', checked: one.id === project?.id })),
    });
  }
  if (state.alerts.length > 0) items.push(item('alerts', say.alerts(state.alerts.length), { type: 'show-alerts', projectId: state.alerts[0]?.projectId ?? null }));
  if (state.runtime !== null) items.push(runtimeMenu(state.runtime, words));
  items.push(separator('window-above'), item('show', say.showWindow, { type: 'show' }), item('quit', say.quit, { type: 'quit' }));
  const pending = state.pending === null || state.pending === 0 ? '' : say.pending(state.pending);
  const said = [status, pending, storageLine(state.storage, words), workspacesLine(state.workspaces, words)].filter((text) => text !== '').join('; ');
  return { icon: trayIcon(state), tooltip: say.tooltip(said, state.alerts.length), items };
}

/** The current project, then the others as they were last used; those that never were, the newest first. */
function lastProjects({ projects, recentProjectIds }: TrayState, current: Project | null): readonly Project[] {
  const used = [...(current === null ? [] : [current.id]), ...recentProjectIds];
  const rank = (project: Project): number => (used.includes(project.id) ? used.indexOf(project.id) : used.length);
  return [...projects].reverse().sort((a, b) => rank(a) - rank(b)).slice(0, MAX_PROJECTS);
}

/** Only where there is something to sync, and a console to open. */
function storageItems(projectId: string, storage: Storage | null, ready: boolean, { tray }: AppWords): readonly TrayItem[] {
  if (storage === null || (storage.file === null && storage.s3.consoleUrl === null)) return [];
  const url = storage.s3.consoleUrl;
  return [
    item('sync-now', tray.syncNow, { type: 'sync', projectId }, ready && storage.jobs.some((job) => job.state !== 'stopped' && job.state !== 'running')),
    item('open-console', tray.openConsole, url === null ? null : { type: 'open-console', url }, url !== null),
  ];
}

/** Only where there are workspaces. A sync that stopped is looked at in the window: from here it would only stop again. */
function workspaceItems(project: Project, workspaces: Workspaces | null, ready: boolean, { tray }: AppWords): readonly TrayItem[] {
  if (workspaces === null || workspaces.workspaces.length === 0) return [];
  const can = project.trusted && workspaces.endpoint !== null && workspaces.halt === null && workspaces.workspaces.every((one) => one.state !== 'syncing');
  return [item('sync-workspaces', tray.syncWorkspaces, { type: 'sync-workspaces', projectId: project.id }, ready && can)];
}

/** A backup runs at once; a restore is looked at in the window first. */
function snapshotItems(project: Project, snapshots: Snapshots | null, ready: boolean, { tray }: AppWords): readonly TrayItem[] {
  if (snapshots === null) return [];
  const good = snapshots.snapshots.some((one) => one.health === 'healthy');
  return [item('back-up', tray.backUp, { type: 'back-up', projectId: project.id }, ready), item('show-restore', tray.restoreLast, { type: 'show-restore', projectId: project.id }, ready && good)];
}

/** Workspaces in a few words for the tooltip; nothing where all is well. */
function workspacesLine(workspaces: Workspaces | null, { tray }: AppWords): string {
  if (workspaces === null || workspaces.workspaces.length === 0) return '';
  const waiting = workspaces.workspaces.reduce((sum, one) => sum + one.pending, 0);
  return workspaces.halt !== null ? tray.syncAsks : waiting > 0 ? tray.syncWaits(waiting) : '';
}

/** Storage in a few words for the tooltip; nothing where there is none. */
function storageLine(storage: Storage | null, { tray }: AppWords): string {
  if (storage === null || storage.file === null) return '';
  const mounted = storage.mounts.filter((mount) => mount.state === 'healthy').length;
  const failed = storage.jobs.some((job) => job.state === 'failed' || job.lastRun?.state === 'failed');
  const mounts = storage.mounts.length === 0 ? [] : [tray.mounted(mounted, storage.mounts.length)];
  return tray.storage([...mounts, ...(failed ? [tray.syncFailed] : [])].join(', ') || tray.storageSetUp);
}

/** The four components, each with what it does and what a click changes. */
function runtimeMenu(runtime: Runtime, { tray }: AppWords): TrayItem {
  const components = runtime.components.map((component) => {
    const paused = component.state === 'paused';
    return item(`component-${component.name}`, (paused ? tray.resume : tray.pause)(component.name, tray.componentStates[component.state]), { type: paused ? 'resume' : 'pause', component: component.name });
  });
  const stopped = runtime.components.filter((component) => component.state !== 'running');
  return {
    ...item('runtime', tray.runtime(stopped.map((component) => `${component.name} ${tray.componentStates[component.state]}`).join(', ')), null),
    kind: 'submenu',
    items: [item('show-runtime', tray.showRuntime, { type: 'show-runtime' }), separator('components-above'), ...components],
  };
}

/** How bad a state is, worst first: the icon shows the worst of services and alerts. */
const WORST: readonly TrayIcon[] = ['failed', 'degraded'];

function trayIcon(state: TrayState): TrayIcon {
  const health = healthIcon(state);
  if (state.running !== null || health === 'offline') return health;
  const alerts: readonly TrayIcon[] = state.alerts.map((alert) => (alert.severity === 'error' ? 'failed' : alert.severity === 'warning' ? 'degraded' : health));
  return WORST.find((icon) => icon === health || alerts.includes(icon)) ?? health;
}

function healthIcon(state: TrayState): TrayIcon {
  if (state.running !== null) return 'busy';
  if (state.engine?.state !== 'connected') return 'offline';
  switch (state.services?.health) {
    case 'healthy':
      return 'running';
    case 'starting':
      return 'busy';
    case 'degraded':
      return 'degraded';
    case 'failed':
      return 'failed';
    default:
      return 'stopped';
  }
}

function statusLine(state: TrayState, project: Project | null, { tray }: AppWords): string {
  if (state.engine === null || state.engine.state === 'connecting') return tray.lookingForEngine;
  if (state.engine.state === 'unreachable') return tray.noEngine;
  if (project === null) return tray.noProject;
  if (state.running !== null && !FINAL_STATES.includes(state.running.state)) return state.running.title;
  return `${project.name}: ${state.services?.summary ?? tray.readingServices}`;
}

function modeLabel(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function item(id: string, label: string, action: TrayAction | null, enabled = true): TrayItem {
  return { id, kind: 'normal', label, checked: false, enabled, action, items: [] };
}

function separator(id: string): TrayItem {
  return { id, kind: 'separator', label: '', checked: false, enabled: true, action: null, items: [] };
}
