import { Notification, type BrowserWindow } from 'electron';
import type { Disposable } from '@shared/kernel/disposable';
import type { WindowCommand } from '../../preload/api';
import type { Client } from '../dispatch/types';
import type { AppServices } from './app-services';
import { createNewsroom, type News } from './news';

export interface NotificationOptions {
  readonly services: AppServices;
  readonly client: Client;
  readonly icon: string;
  readonly window: () => BrowserWindow | null;
  readonly command: (command: WindowCommand) => void;
  /** Under test: told what would be shown, whether the system can show it or not. */
  readonly onShown?: ((news: News) => void) | undefined;
}

/** The notifications of the system. */
export interface Notifications extends Disposable {
  /** What a click on one does. */
  open(news: News): void;
}

/** Notifications of the system for what goes wrong while nobody looks at the window; a click shows the page. */
export function startNotifications(options: NotificationOptions): Notifications {
  const newsroom = createNewsroom();
  options.client.call('alerts.list', {}).then((alerts) => newsroom.know(alerts), () => undefined);
  // A notification that is not held is collected, and its click with it.
  const shown = new Set<Notification>();

  function show(news: News): void {
    options.onShown?.(news);
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title: news.title, body: news.body, icon: options.icon, urgency: news.urgent ? 'critical' : 'normal' });
    shown.add(notification);
    notification.on('click', () => {
      shown.delete(notification);
      open(news);
    });
    notification.on('close', () => shown.delete(notification));
    notification.on('failed', () => shown.delete(notification));
    notification.show();
  }

  function open(news: News): void {
    if (news.command.type === 'show-project') options.command({ type: 'show-page', page: 'project' });
    options.command(news.command);
  }

  const subscription = options.services.events.subscribe((events) => {
    for (const { event } of events) {
      const news = newsroom.newsOf(event);
      if (news.length > 0 && !isLookedAt(options.window())) news.forEach(show);
    }
  });
  return {
    open,
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
