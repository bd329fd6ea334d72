import { join } from 'node:path';
import { app } from 'electron';
import { errorData } from '@shared/kernel/app-error';
import type { AppServices } from './app-services';
import type { AppSettings } from './app-settings';
import type { News } from './news';
import { startNotifications, type Notifications } from './notifications';
import { openExternal } from './security';
import { createTrayActions } from './tray-actions';
import { trayModel, type TrayAction, type TrayModel } from './tray-model';
import { createTrayView } from './tray';
import { trayClient, watchForTray, type TrayWatch } from './tray-watch';
import type { MainWindow } from './window';
import type { AppWords } from './words/words';

export interface TrayOptions {
  readonly services: AppServices;
  readonly settings: AppSettings;
  readonly words: () => AppWords;
  readonly iconsDir: string;
  readonly window: MainWindow;
}

/** Tray and notifications, from the services' start to the end of the app. */
export function startTray({ services, settings, words, iconsDir, window }: TrayOptions): TrayWatch {
  const client = trayClient(services.dispatcher);
  const view = createTrayView({ iconsDir, onAction: (action) => void act(action), onClick: () => window.show() });
  const model = (): TrayModel => trayModel(watch.state(), words());
  const watch = watchForTray(services, client, () => view.draw(model()));
  // The tray has no room for it, and what did not begin is in no list.
  const onError = (error: unknown): void => window.command({ type: 'show-error', error: errorData(error) });
  const act: (action: TrayAction) => Promise<void> = createTrayActions({
    client,
    watch,
    show: () => window.show(),
    command: (command) => window.command(command),
    openPage: (url) => void openExternal(url),
    quit: () => app.quit(),
    onError,
  });
  const shown: News[] = [];
  const isTest = process.env['BERTH_TEST'] === '1';
  const notifications = startNotifications({ services, client, settings, words, act, onError, icon: join(iconsDir, 'icon.png'), window: () => window.current(), command: (command) => window.command(command), onShown: isTest ? (news) => shown.push(news) : undefined });
  const language = settings.onChanged((key) => key === 'window.language' && view.draw(model()));
  app.once('will-quit', () => {
    for (const one of [language, notifications, watch, view]) one.dispose();
  });
  if (isTest) Object.assign(globalThis, { berthTray: testTray({ model, act, notifications, shown }) });
  return watch;
}

/** What a test can do with a tray that no test can click. */
function testTray({ model, act, notifications, shown }: { readonly model: () => TrayModel; readonly act: (action: TrayAction) => Promise<void>; readonly notifications: Notifications; readonly shown: readonly News[] }): object {
  const told = (index: number): News => {
    const news = shown[index];
    if (news === undefined) throw new Error(`There was no notification ${String(index)}.`);
    return news;
  };
  return {
    notifications: () => shown,
    openNotification: (index: number) => notifications.open(told(index)),
    async actOnNotification(index: number, at: number) {
      const action = told(index).actions[at];
      if (action === undefined) throw new Error(`The notification ${String(index)} has no button ${String(at)}.`);
      await notifications.act(told(index), action);
    },
    model,
    async click(id: string) {
      const all = model().items.flatMap((item) => [item, ...item.items]);
      const item = all.find((one) => one.id === id);
      if (item === undefined || !item.enabled || item.action === null) throw new Error(`The tray has no “${id}” to click now.`);
      await act(item.action);
    },
  };
}
