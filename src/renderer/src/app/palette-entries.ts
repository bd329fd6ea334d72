import { say } from '../locales/say';
import { commandsWords } from '../locales/en/commands';
import { snapshotsWords } from '../locales/en/snapshots';
import { storageWords } from '../locales/en/storage';
import { workspacesWords } from '../locales/en/workspaces';
import { shellLine } from '@shared/contract/command-words';
import { openCommand } from '../features/commands/command-ways';
import type { Entry as CommandEntry } from '../features/commands/command-form';
import { setTheme, THEMES } from '../lib/theme';
import { call, start } from '../lib/client';
import { openDrawer } from '../lib/drawer';
import { capitalised } from '../lib/format';
import type { Project } from '../lib/model';
import { closeProject, openFolder } from '../lib/open-folder';
import { currentOperation, currentProject, currentServices } from '../lib/selectors';
import { ACTIVITY_TABS, chooseProject, CONFLICTS_TABS, goTo, goToActivity, goToConflicts, goToSnapshots, goToStorage, goToWorkspaces, PAGES, PROJECT_ACTIONS, setUi, SNAPSHOTS_TABS, STORAGE_TABS, WORKSPACES_TABS, type State } from '../lib/store';
import { attempt, cancel, showPlan, startProject, stopProject, switchTo } from '../lib/switch-flow';
import { reconnect, runChecks } from '../lib/sync';
import { healthMark, type Mark } from '../ui/state-mark';

/** Something the palette offers. */
export interface PaletteEntry {
  readonly group: string;
  readonly text: string;
  readonly run: () => unknown;
  /** The keys that do the same. */
  readonly keys?: string;
  /** The command line that does the same. */
  readonly command?: string;
  /** Says more than the name; found, too. */
  readonly hint?: string;
  /** How it is, in a shape; the hint says it in words. */
  readonly mark?: Mark;
}

type Add = (group: string, text: string, run: () => unknown, more?: Pick<PaletteEntry, 'keys' | 'command' | 'hint'>) => void;

const { groups } = say.palette;

/** Everything the window can do: what it has places for first, then every command of the contract. */
export function commandEntries(state: State, commands: readonly CommandEntry[]): readonly PaletteEntry[] {
  const project = currentProject(state);
  const entries: PaletteEntry[] = [];
  const add: Add = (group, text, run, more = {}) => void entries.push({ group, text: capitalised(text), run, ...more });
  if (project !== null) addProject(add, state, project);
  addPlaces(add, state);
  for (const entry of projectEntries(state)) if (entry.text !== project?.name) entries.push({ ...entry, text: say.palette.openProject(entry.text) });
  add(groups.projects, say.actions.openFolder, () => openFolder(), { keys: 'mod+O' });
  if (project !== null) add(groups.projects, say.header.closeProject, () => closeProject(project.id), { command: shellLine(['berth', 'projects', 'close', project.name]) });
  if (state.model.engine?.state === 'unreachable') add(groups.project, `${say.actions.retry}: Docker`, () => reconnect());
  for (const theme of THEMES) add(groups.look, say.palette.theme(theme), () => setTheme(theme));
  add(groups.look, say.palette.shortcuts, () => setUi({ shortcuts: true }), { keys: '?' });
  for (const one of commands) entries.push({ group: commandsWords.palette.all, text: one.name.replace('.', ' '), hint: one.summary, command: `berth ${one.name.replace('.', ' ')}`, run: () => openCommand(one, project) });
  return entries;
}

/** The open projects, each with how it is. */
export function projectEntries({ model }: State): readonly PaletteEntry[] {
  return (model.projects ?? []).map((project, index) => {
    const health = model.services[project.id]?.health;
    return {
      group: groups.projects,
      text: project.name,
      hint: [health === undefined ? '' : (say.header.healths[health] ?? health), project.dir].filter((part) => part !== '').join(' · '),
      ...(health === undefined ? {} : { mark: healthMark(health) }),
      ...(index < 9 ? { keys: `mod+${String(index + 1)}` } : {}),
      run: () => chooseProject(project.id),
    };
  });
}

function addProject(add: Add, state: State, project: Project): void {
  const services = currentServices(state)?.services ?? [];
  const operation = currentOperation(state);
  const of = (...words: readonly string[]): { readonly command: string } => ({ command: shellLine(['berth', ...words, '--project', project.name]) });
  const input = { project: project.id };
  for (const mode of project.modes) {
    add(groups.project, say.palette.switchTo(mode.name), () => switchTo(project.id, mode.name), of('modes', 'switch', mode.name));
    add(groups.project, say.palette.previewOf(mode.name), () => showPlan(project.id, mode.name), of('modes', 'plan', mode.name));
  }
  add(groups.project, say.actions.start, () => startProject(project.id), of('services', 'start'));
  add(groups.project, say.actions.stop, () => stopProject(project.id), of('services', 'stop'));
  add(groups.project, say.actions.checkAgain, () => (goToConflicts('findings'), runChecks(project.id)), of('checks', 'run'));
  add(groups.project, storageWords.startAll, () => attempt(() => start('storage.start', input)), of('storage', 'start'));
  add(groups.project, storageWords.stopAll, () => attempt(() => start('storage.stop', input)), of('storage', 'stop'));
  add(groups.project, storageWords.sync.allNow, () => attempt(() => start('storage.sync', input)), of('storage', 'sync'));
  add(groups.project, workspacesWords.syncAllOfProject, () => attempt(() => start('workspaces.sync', input)), of('workspaces', 'sync'));
  add(groups.project, workspacesWords.startAllOfProject, () => attempt(() => start('workspaces.start', input)), of('workspaces', 'start'));
  add(groups.project, workspacesWords.stopAllOfProject, () => attempt(() => start('workspaces.stop', input)), of('workspaces', 'stop'));
  add(groups.project, snapshotsWords.backUpNow, () => attempt(() => start('snapshots.create', input)), of('snapshots', 'create'));
  add(groups.project, snapshotsWords.create.open, () => goToSnapshots('snapshots', 'create'));
  add(groups.project, snapshotsWords.restore.openLast, () => goToSnapshots('snapshots', 'restore-last-good'), of('snapshots', 'restore'));
  for (const action of PROJECT_ACTIONS) add(groups.project, say.actionsMenu.items[action], () => setUi({ action }));
  if (operation !== null && operation.cancellable) add(groups.project, say.palette.cancelRunning, () => cancel(operation), { command: `berth operations cancel ${operation.id}` });
  for (const service of services) {
    const runs = service.containerIds.length > 0;
    add(groups.services, say.palette.logsOf(service.name), () => showService(service.name), of('services', 'logs', service.name));
    if (!runs) continue;
    add(groups.services, say.palette.shellIn(service.name), () => openDrawer({ tab: 'terminal', service: service.name }), of('services', 'exec', service.name));
    add(groups.services, say.palette.restartOf(service.name), () => attempt(() => start('services.restart', { ...input, services: [service.name] })), of('services', 'restart', service.name));
  }
}

function showService(service: string): void {
  goTo('project');
  setUi({ service });
}

function addPlaces(add: Add, state: State): void {
  const go = (text: string, run: () => unknown, keys?: string): void => add(groups.go, say.palette.goTo(text), run, keys === undefined ? {} : { keys });
  PAGES.forEach((page, index) => go(say.pages[page], () => goTo(page), String(index + 1)));
  for (const tab of CONFLICTS_TABS) go(say.conflicts.tabs[tab], () => goToConflicts(tab));
  for (const tab of STORAGE_TABS) go(storageWords.goTo[tab], () => goToStorage(tab));
  for (const tab of WORKSPACES_TABS) go(workspacesWords.goTo[tab], () => goToWorkspaces(tab));
  for (const tab of SNAPSHOTS_TABS) go(snapshotsWords.goTo[tab], () => goToSnapshots(tab));
  for (const tab of ACTIVITY_TABS) go(say.activity.tabs[tab], () => goToActivity(tab));
  for (const component of state.model.runtime?.components ?? []) {
    const paused = component.state === 'paused';
    const verb = paused ? 'resume' : 'pause';
    add(groups.go, say.runtime[verb](component.name), () => attempt(() => call(`runtime.${verb}`, { component: component.name })), { command: `berth runtime ${verb} ${component.name}` });
  }
}
