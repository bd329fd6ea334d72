import { create } from 'zustand';
import type { AppError, Where } from '@shared/kernel/app-error';
import type { AreaState } from '@shared/domain/findings/areas';
import type { WindowCommand } from '../../../preload/api';
import { EMPTY_MODEL, type Model, type ModePlan } from './model';
import { remember, remembered } from './remember';

/** The pages in the order of the rail and of the keys 1 to 9. */
export const PAGES = ['home', 'project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings'] as const;
export type Page = (typeof PAGES)[number];
/** The tabs of the Activity page. */
export type ActivityTab = NonNullable<Extract<WindowCommand, { readonly type: 'show-page' }>['tab']> | 'schedules';
export const ACTIVITY_TABS: readonly ActivityTab[] = ['operations', 'events', 'runtime', 'schedules', 'disk'];
/** The tabs of the Conflicts page. */
export type ConflictsTab = 'findings' | 'ports' | 'variables' | 'connectivity' | 'changes' | 'robustness' | 'guide';
export const CONFLICTS_TABS: readonly ConflictsTab[] = ['findings', 'ports', 'variables', 'connectivity', 'changes', 'robustness', 'guide'];
/** The tabs of the Storage page. */
export type StorageTab = 'mounts' | 'sync' | 'buckets' | 'server' | 'conflicts' | 'decisions';
export const STORAGE_TABS: readonly StorageTab[] = ['mounts', 'sync', 'buckets', 'server', 'conflicts', 'decisions'];
/** The tabs of the Workspaces page. */
export type WorkspacesTab = 'workspaces' | 'excluded' | 'conflicts' | 'savings' | 'migration' | 'trouble';
export const WORKSPACES_TABS: readonly WorkspacesTab[] = ['workspaces', 'excluded', 'conflicts', 'savings', 'migration', 'trouble'];
/** The tabs of the Snapshots page. */
export type SnapshotsTab = 'snapshots' | 'compare' | 'space' | 'settings';
export const SNAPSHOTS_TABS: readonly SnapshotsTab[] = ['snapshots', 'compare', 'space', 'settings'];
/** The tabs of the Files page. */
export type FilesTab = 'files' | 'git' | 'duplicates' | 'templates';
export const FILES_TABS: readonly FilesTab[] = ['files', 'git', 'duplicates', 'templates'];
/** The tabs of the Settings page. */
export type SettingsTab = 'settings' | 'machine' | 'help';
export const SETTINGS_TABS: readonly SettingsTab[] = ['settings', 'machine', 'help'];
/** What the Snapshots page is to ask as soon as it is there: the palette and the tray come from elsewhere. */
export type SnapshotsQuestion = 'create' | 'restore-last-good';
/** What can be done to a project and is asked in a dialog first. */
export type ProjectAction = 'rebuild' | 'scale' | 'remove' | 'clean' | 'add-service' | 'healthcheck' | 'remap-ports' | 'rename-network' | 'resubnet' | 'relocate' | 'scripts' | 'rollback';
export const PROJECT_ACTIONS: readonly ProjectAction[] = ['rebuild', 'scale', 'remove', 'clean', 'add-service', 'healthcheck', 'remap-ports', 'rename-network', 'resubnet', 'relocate', 'scripts', 'rollback'];
export type Theme = 'system' | 'light' | 'dark';

/** The plan that is shown: loading, there, or failed. */
export interface PlanSheetState {
  readonly projectId: string;
  readonly mode: string;
  readonly plan: ModePlan | null;
  readonly error: AppError | null;
}

/** What the checks said of every mode of a project. */
export interface ChecksState {
  readonly revision: number;
  readonly reports: readonly { readonly mode: string; readonly areas: readonly AreaState[]; readonly findings: ModePlan['findings']; readonly trustQuestions: readonly string[] }[] | null;
  readonly error: AppError | null;
  readonly running: boolean;
}

/** What the window itself is doing; nothing here outlives it but what `remember` keeps. */
export interface Ui {
  readonly bootError: AppError | null;
  readonly page: Page;
  readonly activityTab: ActivityTab;
  readonly conflictsTab: ConflictsTab;
  readonly storageTab: StorageTab;
  readonly workspacesTab: WorkspacesTab;
  readonly snapshotsTab: SnapshotsTab;
  readonly snapshotsQuestion: SnapshotsQuestion | null;
  readonly filesTab: FilesTab;
  readonly settingsTab: SettingsTab;
  /** The help of the page is shown beside it. */
  readonly help: boolean;
  /** How the services are shown. */
  readonly servicesAs: 'table' | 'graph';
  readonly projectId: string | null;
  readonly theme: Theme;
  /** What the palette offers while it is open. */
  readonly palette: 'commands' | 'projects' | null;
  /** The command whose form is open, by its name in the contract. */
  readonly command: string | null;
  readonly shortcuts: boolean;
  readonly service: string | null;
  readonly sheet: PlanSheetState | null;
  /** The dialog of an action on the current project. */
  readonly action: ProjectAction | null;
  /** The place in a file that is shown. */
  readonly source: Where | null;
  /** The place in a file that the Files page is to go to. */
  readonly editing: Where | null;
  /** The operation whose undo is asked. */
  readonly undoing: string | null;
  /** A plan that runs or ran without the sheet: shown beside its progress. */
  readonly plans: { readonly [operationId: string]: ModePlan };
  /** Modes whose plan is being made right now, before the switch starts. */
  readonly preparing: string | null;
  readonly notice: AppError | null;
  /** Operations whose outcome was put away. */
  readonly dismissed: readonly string[];
  readonly checks: { readonly [projectId: string]: ChecksState };
  readonly filter: string;
}

export interface State {
  readonly model: Model;
  readonly ui: Ui;
}

const KEYS = { theme: 'berth.theme', project: 'berth.project', page: 'berth.page' } as const;

function initialTheme(): Theme {
  const theme = remembered(KEYS.theme);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function initialPage(): Page {
  const page = remembered(KEYS.page);
  return PAGES.find((one) => one === page) ?? 'project';
}

export const useStore = create<State>()(() => ({
  model: EMPTY_MODEL,
  ui: {
    bootError: null,
    page: initialPage(),
    activityTab: 'operations',
    conflictsTab: 'findings',
    storageTab: 'mounts',
    workspacesTab: 'workspaces',
    snapshotsTab: 'snapshots',
    snapshotsQuestion: null,
    filesTab: 'files',
    settingsTab: 'settings',
    help: false,
    servicesAs: 'table',
    projectId: remembered(KEYS.project),
    theme: initialTheme(),
    palette: null,
    command: null,
    shortcuts: false,
    service: null,
    sheet: null,
    action: null,
    source: null,
    editing: null,
    undoing: null,
    plans: {},
    preparing: null,
    notice: null,
    dismissed: [],
    checks: {},
    filter: '',
  },
}));

export function setModel(change: (model: Model) => Model): void {
  useStore.setState((state) => {
    const model = change(state.model);
    return model === state.model ? state : { model };
  });
}

export function setUi(change: Partial<Ui> | ((ui: Ui) => Partial<Ui>)): void {
  useStore.setState((state) => ({ ui: { ...state.ui, ...(typeof change === 'function' ? change(state.ui) : change) } }));
}

export function goTo(page: Page): void {
  remember(KEYS.page, page);
  setUi({ page, filter: '' });
}

/** Goes to a tab of the Activity page. */
export function goToActivity(activityTab: ActivityTab): void {
  goTo('activity');
  setUi({ activityTab });
}

/** Goes to a tab of the Conflicts page. */
export function goToConflicts(conflictsTab: ConflictsTab): void {
  goTo('conflicts');
  setUi({ conflictsTab });
}

/** Goes to a tab of the Storage page. */
export function goToStorage(storageTab: StorageTab): void {
  goTo('storage');
  setUi({ storageTab });
}

/** Goes to a tab of the Workspaces page. */
export function goToWorkspaces(workspacesTab: WorkspacesTab): void {
  goTo('workspaces');
  setUi({ workspacesTab });
}

/** Goes to a tab of the Settings page. */
export function goToSettings(settingsTab: SettingsTab): void {
  goTo('settings');
  setUi({ settingsTab });
}

/** Goes to a tab of the Snapshots page. */
export function goToSnapshots(snapshotsTab: SnapshotsTab, snapshotsQuestion: SnapshotsQuestion | null = null): void {
  goTo('snapshots');
  setUi({ snapshotsTab, snapshotsQuestion });
}

/** Goes to a place of a file, to change it there. */
export function goToFile(editing: Where): void {
  goTo('files');
  setUi({ editing, source: null, filesTab: 'files' });
}

export function chooseProject(projectId: string): void {
  remember(KEYS.project, projectId);
  setUi((ui) => (ui.projectId === projectId ? {} : { projectId, service: null, sheet: null, action: null, command: null, source: null, editing: null, undoing: null, snapshotsQuestion: null, filter: '' }));
}

export function chooseTheme(theme: Theme): void {
  remember(KEYS.theme, theme);
  setUi({ theme });
}
