import { BrowserWindow } from 'electron';
import { AppError } from '@shared/kernel/app-error';
import { pageWindow } from './page-window';
import { LOGS_URL } from './trusted-origin';

/** Logs in windows of their own. They close with the app. */
export interface LogWindows {
  /** Shows the logs of these services, of all when none is named; the window that shows them already comes to the front. */
  open(of: { readonly projectId: string; readonly services: readonly string[] }): void;
}

/** Each follows a log: more than a screen can hold are a mistake of the page. */
const MOST_WINDOWS = 12;

export function createLogWindows(options: { readonly preload: string; readonly icon: string; readonly onCreated: (window: BrowserWindow) => void }): LogWindows {
  const windows = new Map<string, BrowserWindow>();

  function show(window: BrowserWindow): void {
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  return {
    open({ projectId, services }) {
      const url = addressOf(projectId, services);
      const there = windows.get(url);
      if (there !== undefined) return show(there);
      if (windows.size >= MOST_WINDOWS) throw new AppError('input-invalid', 'Too many logs are open in windows of their own.', { hint: 'Close one first.' });
      const made = new BrowserWindow({ ...pageWindow(options), width: 980, height: 640, minWidth: 480, minHeight: 320, title: 'Berth' });
      windows.set(url, made);
      made.once('ready-to-show', () => made.show());
      made.once('closed', () => windows.delete(url));
      options.onCreated(made);
      void made.loadURL(url).catch(() => undefined);
    },
  };
}

/** The page reads from its address what it shows, so that it is the same after a reload. */
function addressOf(projectId: string, services: readonly string[]): string {
  const query = new URLSearchParams({ logs: projectId });
  for (const service of [...new Set(services)].sort()) query.append('service', service);
  return `${LOGS_URL}?${query.toString()}`;
}
