import { BrowserWindow, type Rectangle } from 'electron';
import { CHANNELS, type WindowCommand } from '../../preload/api';
import { createFreeTimer } from './free-timer';
import { pageWindow } from './page-window';
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
  /** How many files its page has changed and not saved; they would be lost with it. */
  noteUnsaved(files: number): void;
  unsavedFiles(): number;
  /** True where it was closed into the tray, whether its memory was given back since or not. */
  isInTray(): boolean;
  /** How long a closed one is kept was set anew: it counts for one that is closed already. */
  freeTimeChanged(): void;
}

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly onCreated: (window: BrowserWindow) => void;
  /** Whether a closed window stays in the tray. */
  readonly staysInTray: () => boolean;
  /** Closing it would end Berth and lose what is not saved: the end is asked for instead, and the question comes before it. */
  readonly askToQuit: () => boolean;
  /** How long it stays there before its memory is given back. */
  readonly freeAfterMs: () => number;
}

/** Makes the window and opens its page at once; nothing here waits for an engine or a database. */
export function createMainWindow(options: MainWindowOptions): MainWindow {
  let window: BrowserWindow | null = null;
  let inTray = false;
  /** Where it was, for the one that is made in its place. */
  let place: Partial<Rectangle> = { width: 1280, height: 820 };
  const freeing = createFreeTimer(options.freeAfterMs, () => window?.destroy());
  let listening = false;
  let unsaved = 0;
  let waiting: WindowCommand[] = [];

  function open(): BrowserWindow {
    const made = new BrowserWindow({
      ...pageWindow(options),
      ...place,
      minWidth: 900,
      minHeight: 600,
      title: 'Berth',
    });
    listening = false;
    inTray = false;
    made.once('ready-to-show', () => {
      performance.mark('berth:window-shown');
      made.show();
    });
    made.on('show', () => {
      inTray = false;
      freeing.stop();
    });
    made.on('close', (event) => {
      place = made.getNormalBounds();
      if (!options.staysInTray()) {
        if (unsaved > 0 && options.askToQuit()) event.preventDefault();
        return;
      }
      event.preventDefault();
      inTray = true;
      made.hide();
      freeing.start();
    });
    made.on('closed', () => {
      freeing.stop();
      noteUnsaved(0);
      window = null;
      listening = false;
    });
    options.onCreated(made);
    void made.loadURL(APP_URL).catch(() => undefined);
    window = made;
    return made;
  }

  function noteUnsaved(files: number): void {
    unsaved = files;
    freeing.hold(files > 0);
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
    isInTray: () => inTray,
    freeTimeChanged: () => freeing.setAnew(),
    noteUnsaved,
    unsavedFiles: () => unsaved,
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
