import { join } from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';
import { CHANNELS, type WindowCommand } from '../../preload/api';
import { APP_URL } from './trusted-origin';

/** The one window. It may be closed and made again while the app lives on in the tray. */
export interface MainWindow {
  /** Shows the window, making it again when it was closed. */
  show(): void;
  /** Shows the window and hands it a command, now or as soon as its page listens. */
  command(command: WindowCommand): void;
  /** The page has loaded its code and listens. */
  pageReady(): void;
  current(): BrowserWindow | null;
}

const BACKGROUND = { light: '#ffffff', dark: '#18181b' };

/** Makes the window and opens its page at once; nothing here waits for an engine or a database. */
export function createMainWindow(options: { readonly preload: string; readonly icon: string; readonly onCreated: (window: BrowserWindow) => void }): MainWindow {
  let window: BrowserWindow | null = null;
  let listening = false;
  let waiting: WindowCommand[] = [];

  function open(): BrowserWindow {
    const made = new BrowserWindow({
      width: 1280,
      height: 820,
      minWidth: 900,
      minHeight: 600,
      show: false,
      title: 'Berth',
      icon: join(options.icon),
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      autoHideMenuBar: true,
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    listening = false;
    made.once('ready-to-show', () => made.show());
    made.on('closed', () => {
      window = null;
      listening = false;
    });
    options.onCreated(made);
    void made.loadURL(APP_URL).catch(() => undefined);
    window = made;
    return made;
  }

  function show(): BrowserWindow {
    const shown = window ?? open();
    if (shown.isMinimized()) shown.restore();
    if (shown.isVisible()) shown.focus();
    else if (listening) shown.show();
    return shown;
  }

  return {
    show: () => void show(),
    current: () => window,
    command(command) {
      const target = show();
      if (listening) target.webContents.send(CHANNELS.command, command);
      else waiting.push(command);
    },
    pageReady() {
      listening = true;
      for (const command of waiting) window?.webContents.send(CHANNELS.command, command);
      waiting = [];
    },
  };
}
