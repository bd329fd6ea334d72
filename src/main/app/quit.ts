import { app, dialog, powerMonitor, type BrowserWindow } from 'electron';
import { quitQuestion, type QuitQuestion, type QuitWords } from '@shared/domain/operations/quit-question';
import { within } from '../platform/within';
import type { AppServices } from './app-services';
import { trayClient } from './tray-watch';
import type { AppWords } from './words/words';

/** How long a graceful end may take before the process goes anyway; what was running is recovered at the next start. */
const CLOSE_DEADLINE_MS = 28_000;
/** How long services that are still starting, or a store that does not answer, may hold up the end. */
const ANSWER_MS = 1_000;
const WAIT = 0;
const QUIT = 1;

export interface QuitOptions {
  readonly services: Promise<AppServices>;
  readonly words: () => AppWords;
  readonly window: () => BrowserWindow | null;
  /** What the page would lose. */
  readonly unsavedFiles: () => number;
  /** Somebody would rather wait than quit. */
  readonly onStay: () => void;
}

/** Quit, SIGTERM and SIGINT end alike: the services close what they hold, containers go on running. A person who quits in the middle of an operation, or with files that are not saved, is asked first. */
export function endGracefully(options: QuitOptions): { /** True once it is settled that the app ends: from then on nothing holds it up. */ readonly isLeaving: () => boolean } {
  const { leave, isLeaving } = askBeforeQuit(options);
  // Only once the app is ready: Chromium installs its own handlers while it starts, over those that were there.
  void app.whenReady().then(() => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leave);
    // A system that shuts down waits for nobody's answer.
    powerMonitor.on('shutdown', leave);
  });
  let ending = false;
  app.on('will-quit', (event) => {
    if (ending) return;
    ending = true;
    event.preventDefault();
    void closeAndExit(options.services);
  });
  return { isLeaving };
}

async function closeAndExit(services: Promise<AppServices>): Promise<void> {
  const close = async (): Promise<void> => (await settledNow(services))?.close();
  await within(CLOSE_DEADLINE_MS, close().catch(() => undefined), undefined);
  app.exit(0);
}

function askBeforeQuit({ onStay, ...options }: QuitOptions): { readonly leave: () => void; readonly isLeaving: () => boolean } {
  let agreed = false;
  let asking = false;

  function leave(): void {
    agreed = true;
    app.quit();
  }

  app.on('before-quit', (event) => {
    if (agreed) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void mayQuit(options)
      .catch(() => true)
      .then((may) => {
        asking = false;
        if (may) leave();
        else if (!agreed) onStay();
      });
  });
  return { leave, isLeaving: () => agreed };
}

async function mayQuit({ services, words, window, unsavedFiles }: Omit<QuitOptions, 'onStay'>): Promise<boolean> {
  const ready = await settledNow(services);
  if (ready === undefined) return true;
  const { quit } = words();
  const asked = await ask(ready, unsavedFiles, quit);
  if (asked === null) return true;
  const over = new AbortController();
  // Once nothing runs any more there is nothing to ask: the quit that was asked for goes on.
  const lookAgain = (): void => void ask(ready, unsavedFiles, quit).then((still) => still === null && over.abort());
  const subscription = ready.events.subscribe((events) => {
    if (events.some(({ event }) => event.type === 'operation.changed')) lookAgain();
  });
  lookAgain();
  try {
    const parent = window();
    const box = { type: 'question' as const, title: 'Berth', message: asked.message, detail: asked.detail, buttons: [asked.stay, quit.quit], defaultId: WAIT, cancelId: WAIT, noLink: true, signal: over.signal };
    const { response } = parent === null ? await dialog.showMessageBox(box) : await dialog.showMessageBox(parent, box);
    return response === QUIT || over.signal.aborted;
  } finally {
    subscription.dispose();
  }
}

async function ask(services: AppServices, unsavedFiles: () => number, words: QuitWords): Promise<QuitQuestion | null> {
  const operations = await within(ANSWER_MS, trayClient(services.dispatcher).call('operations.list', { limit: 500 }).catch(() => []), []);
  return quitQuestion(operations, unsavedFiles(), words);
}

/** The services when they are there already; nothing when they are still starting or failed to. */
function settledNow(services: Promise<AppServices>): Promise<AppServices | undefined> {
  return within(ANSWER_MS, services.catch(() => undefined), undefined);
}
