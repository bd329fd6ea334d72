import { Command } from 'cmdk';
import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { storageWords } from '../locales/en/storage';
import { snapshotsWords } from '../locales/en/snapshots';
import { workspacesWords } from '../locales/en/workspaces';
import { call, start } from '../lib/client';
import { capitalised } from '../lib/format';
import { openFolder } from '../lib/open-folder';
import { currentOperation, currentProject, currentServices } from '../lib/selectors';
import { ACTIVITY_TABS, chooseProject, CONFLICTS_TABS, goTo, goToActivity, goToConflicts, goToSnapshots, goToStorage, goToWorkspaces, PAGES, PROJECT_ACTIONS, setUi, SNAPSHOTS_TABS, STORAGE_TABS, useStore, WORKSPACES_TABS, type State } from '../lib/store';
import { attempt, cancel, showPlan, startProject, stopProject, switchTo } from '../lib/switch-flow';
import { reconnect, runChecks } from '../lib/sync';
import { Dialog } from '../ui/dialog';
import { applyTheme } from '../features/settings/settings-page';
import './palette.css';

interface Entry {
  readonly group: string;
  readonly text: string;
  readonly run: () => unknown;
}

/** Everything the window can do, by name. Loaded when it is first opened. */
export function Palette(): ReactElement {
  const entries = entriesFor(useStore.getState());
  const close = (): void => setUi({ palette: false });
  const groups = [...new Set(entries.map((entry) => entry.group))];
  return (
    <Dialog kind="palette" title={say.palette.label} onClose={close} testId="palette">
      <Command label={say.palette.label} loop>
        <Command.Input placeholder={say.palette.placeholder} autoFocus />
        <Command.List className="scroll" label={say.palette.label}>
          <Command.Empty>{say.palette.nothing}</Command.Empty>
          {groups.map((group) => (
            <Command.Group key={group} heading={group}>
              {entries
                .filter((entry) => entry.group === group)
                .map((entry) => (
                  <Command.Item
                    key={entry.text}
                    value={entry.text}
                    onSelect={() => {
                      close();
                      void entry.run();
                    }}
                  >
                    {entry.text}
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

function entriesFor(state: State): readonly Entry[] {
  const project = currentProject(state);
  const services = currentServices(state)?.services ?? [];
  const operation = currentOperation(state);
  const { groups } = say.palette;
  const entries: Entry[] = [];
  const add = (group: string, text: string, run: () => unknown): void => void entries.push({ group, text, run });

  if (project !== null) {
    for (const mode of project.modes) {
      add(groups.project, say.palette.switchTo(mode.name), () => switchTo(project.id, mode.name));
      add(groups.project, say.palette.previewOf(mode.name), () => showPlan(project.id, mode.name));
    }
    add(groups.project, say.actions.start, () => startProject(project.id));
    add(groups.project, say.actions.stop, () => stopProject(project.id));
    add(groups.project, say.actions.checkAgain, () => {
      goToConflicts('findings');
      return runChecks(project.id);
    });
    add(groups.project, storageWords.startAll, () => attempt(() => start('storage.start', { project: project.id })));
    add(groups.project, storageWords.stopAll, () => attempt(() => start('storage.stop', { project: project.id })));
    add(groups.project, storageWords.sync.allNow, () => attempt(() => start('storage.sync', { project: project.id })));
    add(groups.project, workspacesWords.syncAllOfProject, () => attempt(() => start('workspaces.sync', { project: project.id })));
    add(groups.project, workspacesWords.startAllOfProject, () => attempt(() => start('workspaces.start', { project: project.id })));
    add(groups.project, workspacesWords.stopAllOfProject, () => attempt(() => start('workspaces.stop', { project: project.id })));
    add(groups.project, snapshotsWords.backUpNow, () => attempt(() => start('snapshots.create', { project: project.id })));
    add(groups.project, snapshotsWords.create.open, () => goToSnapshots('snapshots', 'create'));
    add(groups.project, snapshotsWords.restore.openLast, () => goToSnapshots('snapshots', 'restore-last-good'));
    for (const action of PROJECT_ACTIONS) add(groups.project, say.actionsMenu.items[action], () => setUi({ action }));
    if (operation !== null && operation.cancellable) add(groups.project, say.palette.cancelRunning, () => cancel(operation));
    for (const service of services) {
      add(groups.services, say.palette.logsOf(service.name), () => {
        goTo('project');
        setUi({ service: service.name });
      });
      if (service.containerIds.length > 0) add(groups.services, say.palette.restartOf(service.name), () => attempt(() => start('services.restart', { project: project.id, services: [service.name] })));
    }
  }
  for (const page of PAGES) add(groups.go, say.palette.goTo(say.pages[page]), () => goTo(page));
  for (const tab of CONFLICTS_TABS) add(groups.go, say.palette.goTo(say.conflicts.tabs[tab]), () => goToConflicts(tab));
  for (const tab of STORAGE_TABS) add(groups.go, say.palette.goTo(storageWords.goTo[tab]), () => goToStorage(tab));
  for (const tab of WORKSPACES_TABS) add(groups.go, say.palette.goTo(workspacesWords.goTo[tab]), () => goToWorkspaces(tab));
  for (const tab of SNAPSHOTS_TABS) add(groups.go, say.palette.goTo(snapshotsWords.goTo[tab]), () => goToSnapshots(tab));
  for (const tab of ACTIVITY_TABS) add(groups.go, say.palette.goTo(say.activity.tabs[tab]), () => goToActivity(tab));
  for (const component of state.model.runtime?.components ?? []) {
    const paused = component.state === 'paused';
    add(groups.go, paused ? say.runtime.resume(component.name) : say.runtime.pause(component.name), () => attempt(() => call(paused ? 'runtime.resume' : 'runtime.pause', { component: component.name })));
  }
  for (const one of state.model.projects ?? []) if (one.id !== project?.id) add(groups.projects, say.palette.openProject(one.name), () => chooseProject(one.id));
  add(groups.projects, say.actions.openFolder, () => openFolder());
  if (state.model.engine?.state === 'unreachable') add(groups.project, `${say.actions.retry}: Docker`, () => reconnect());
  for (const theme of ['system', 'light', 'dark'] as const) add(groups.look, say.palette.theme(theme), () => applyTheme(theme));
  add(groups.look, say.palette.shortcuts, () => setUi({ shortcuts: true }));
  return entries.map((entry) => ({ ...entry, text: capitalised(entry.text) }));
}
