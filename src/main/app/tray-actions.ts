import { startChoice } from '@shared/domain/projects/start-choice';
import { isStalePlan, MOST_PLANS } from '@shared/domain/modes/stale-plan';
import type { Client } from '../dispatch/types';
import type { WindowCommand } from '../../preload/api';
import type { TrayAction } from './tray-model';
import type { TrayWatch } from './tray-watch';

/** What a click in the tray does. Each branch makes the same calls as its twin in the window. */
export function createTrayActions(options: {
  readonly client: Client;
  readonly watch: TrayWatch;
  readonly show: () => void;
  readonly command: (command: WindowCommand) => void;
  /** Opens a page of this machine in the browser; every other address is refused. */
  readonly openPage: (url: string) => void;
  readonly quit: () => void;
  readonly onError: (error: unknown) => void;
}): (action: TrayAction) => Promise<void> {
  const { client, watch } = options;

  async function switchTo(projectId: string, mode: string, plansLeft = MOST_PLANS): Promise<void> {
    const plan = await client.call('modes.plan', { project: projectId, mode });
    if (plan.mustAsk) return options.command({ type: 'show-plan', projectId, mode });
    try {
      await client.start('modes.switch', { project: projectId, mode, planId: plan.id });
    } catch (error) {
      if (!isStalePlan(error) || plansLeft === 1) throw error;
      await switchTo(projectId, mode, plansLeft - 1);
    }
  }

  async function start(projectId: string): Promise<void> {
    const project = watch.state().projects.find((one) => one.id === projectId);
    const list = await client.call('services.list', { project: projectId });
    const choice = project === undefined ? { kind: 'none' as const } : startChoice(project, list.services);
    if (choice.kind === 'switch') await switchTo(projectId, choice.mode);
    if (choice.kind === 'start') await client.start('services.start', { project: projectId });
  }

  async function run(action: TrayAction): Promise<void> {
    switch (action.type) {
      case 'show':
        return options.show();
      case 'show-conflicts':
        return options.command({ type: 'show-page', page: 'conflicts' });
      case 'show-changes':
        options.command({ type: 'show-project', projectId: action.projectId });
        return options.command({ type: 'show-page', page: 'project' });
      case 'show-alerts':
        if (action.projectId !== null) options.command({ type: 'show-project', projectId: action.projectId });
        return options.command({ type: 'show-page', page: 'project' });
      case 'show-runtime':
        return options.command({ type: 'show-page', page: 'activity', tab: 'runtime' });
      case 'pause':
      case 'resume':
        await client.call(action.type === 'pause' ? 'runtime.pause' : 'runtime.resume', { component: action.component });
        return;
      case 'switch':
        return switchTo(action.projectId, action.mode);
      case 'start':
        return start(action.projectId);
      case 'stop':
        await client.start('services.stop', { project: action.projectId });
        return;
      case 'validate':
        await watch.validate();
        options.command({ type: 'show-page', page: 'conflicts' });
        return options.command({ type: 'check-again', projectId: action.projectId });
      case 'sync':
        await client.start('storage.sync', { project: action.projectId });
        return;
      case 'sync-workspaces':
        await client.start('workspaces.sync', { project: action.projectId });
        return;
      case 'back-up':
        await client.start('snapshots.create', { project: action.projectId });
        return;
      case 'show-restore':
        return options.command({ type: 'show-restore', projectId: action.projectId });
      case 'open-console':
        return options.openPage(action.url);
      case 'choose-project':
        watch.chooseProject(action.projectId);
        return options.command({ type: 'show-project', projectId: action.projectId });
      case 'quit':
        return options.quit();
    }
  }

  return async (action) => {
    try {
      await run(action);
    } catch (error) {
      options.onError(error);
    }
  };
}
