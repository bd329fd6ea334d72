import { Notification, type BrowserWindow } from 'electron';
import type { Disposable } from '@shared/kernel/disposable';
import type { WindowCommand } from '../../preload/api';
import type { Client } from '../dispatch/types';
import type { AppServices } from './app-services';
import type { AppSettings } from './app-settings';
import { actionWord, createNewsroom, type News, type NewsAction } from './news';
import type { TrayAction } from './tray-model';
import type { AppWords } from './words/words';

export interface NotificationOptions {
  readonly services: Pick<AppServices, 'events'>;
  readonly client: Client;
  readonly settings: Pick<AppSettings, 'get'>;
  readonly words: () => AppWords;
  readonly icon: string;
  readonly window: () => BrowserWindow | null;
  readonly command: (command: WindowCommand) => void;
  /** Does what the item of the tray does. */
  readonly act: (action: TrayAction) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Under test: told what would be shown, whether the system can show it or not. */
  readonly onShown?: ((news: News) => void) | undefined;
}

/** The notifications of the system. */
export interface Notifications extends Disposable {
  /** What a click on one does. */
  open(news: News): void;
  /** What one of its buttons does. */
  act(news: News, action: NewsAction): Promise<void>;
}

/** Notifications of the system for what ends or goes wrong while nobody looks at the window; a click shows it. */
export function startNotifications(options: NotificationOptions): Notifications {
  const newsroom = createNewsroom(() => options.settings.get('notifications.show'), options.words);
  options.client.call('alerts.list', {}).then((alerts) => newsroom.know(alerts), () => undefined);
  // A notification that is not held is collected, and its click with it.
  const shown = new Set<Notification>();

  function show(news: News): void {
    options.onShown?.(news);
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title: news.title, body: news.body, icon: options.icon, urgency: news.urgent ? 'critical' : 'normal', actions: news.actions.map((action) => ({ type: 'button', text: actionWord(action, options.words()) })) });
    shown.add(notification);
    const over = (): boolean => shown.delete(notification);
    notification.on('click', () => {
      over();
      open(news);
    });
    notification.on('action', ({ actionIndex }) => {
      over();
      const action = news.actions[actionIndex];
      if (action !== undefined) void act(news, action);
    });
    notification.on('close', over);
    notification.on('failed', over);
    notification.show();
  }

  function open(news: News): void {
    if (news.command.type === 'show-project') options.command({ type: 'show-page', page: 'project' });
    options.command(news.command);
  }

  async function act(news: News, action: NewsAction): Promise<void> {
    try {
      // What was changed is looked at before it is taken back.
      if (action.type === 'undo') options.command({ type: 'show-operation', operationId: action.operationId, undo: true });
      else if (action.type === 'retry') await options.client.call('operations.retry', { id: action.operationId });
      else if (action.type === 'switch') await options.act({ type: 'switch', projectId: action.projectId, mode: action.mode });
      else open(news);
    } catch (error) {
      options.onError(error);
    }
  }

  const subscription = options.services.events.subscribe((events) => {
    for (const { event } of events) {
      const news = newsroom.newsOf(event);
      if (news.length > 0 && !isLookedAt(options.window())) news.forEach(show);
    }
  });
  return {
    open,
    act,
    dispose() {
      subscription.dispose();
      for (const notification of shown) notification.close();
      shown.clear();
    },
  };
}

function isLookedAt(window: BrowserWindow | null): boolean {
  return window !== null && window.isVisible() && !window.isMinimized() && window.isFocused();
}
