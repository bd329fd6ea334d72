import { basename } from 'node:path';
import { ipcMain, type BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { CHANNELS, type FileQuestion, type PickedFile, type PickedFolder } from '../../preload/api';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import { failed, succeeded, type Result } from '@shared/kernel/result';
import type { AppServices } from '../app/app-services';
import { createFolderHandles } from './folder-handles';
import { isOwnPage } from './sender';
import { fileQuestion, plainInput } from './window-input';
import { createWindowStreams } from './window-streams';

export interface IpcOptions {
  /** Settles once the services can be asked; a rejection is what every call is answered with. */
  readonly services: Promise<AppServices>;
  readonly pickFolder: (window: WebContents) => Promise<string | null>;
  /** What was dropped into the window, judged; rejects what is no folder. */
  readonly droppedFolder: (window: WebContents, path: string) => Promise<string>;
  /** Absolute paths; none when the dialog was closed. */
  readonly pickFiles: (window: WebContents, question: FileQuestion) => Promise<readonly string[]>;
  /** Verbs of the window itself. Throws AppError for what it does not take. */
  readonly windowVerb: (verb: string, value: unknown) => Promise<unknown>;
  readonly onPageReady: () => void;
}

/** The window's door: every channel checks sender, size and schema before anything is done. Returns what adds a window to it. */
export function registerIpc(options: IpcOptions): { addWindow(window: BrowserWindow): void } {
  const windowIds = new Set<number>();
  const handles = createFolderHandles();
  const streams = createWindowStreams(options.services);

  function requireOwnPage(event: IpcMainInvokeEvent | IpcMainEvent): void {
    if (!isOwnPage(event.senderFrame, event.sender.id, windowIds)) throw new AppError('policy-refused', 'This page may not ask Berth for anything.');
  }

  function handle(channel: string, answer: (payload: { readonly [key: string]: unknown }, event: IpcMainInvokeEvent) => Promise<Result<unknown, AppErrorData>>): void {
    ipcMain.handle(channel, async (event, payload: unknown) => {
      try {
        requireOwnPage(event);
        return await answer(plainInput(payload), event);
      } catch (error) {
        return failed(errorData(error));
      }
    });
  }

  /** The contract with all its forms is loaded with the first call: the window never waits for it. */
  async function checkedInput(name: string, input: unknown): Promise<{ readonly [key: string]: unknown }> {
    const { windowInput } = await import('./window-rules');
    return windowInput(name, plainInput(input), handles.pathOf);
  }

  handle(CHANNELS.call, async ({ name, input }) => {
    const checkedName = String(name);
    const checked = await checkedInput(checkedName, input);
    const services = await options.services;
    return services.dispatcher.call(checkedName, checked, { door: 'window', signal: new AbortController().signal });
  });

  handle(CHANNELS.stream, ({ id, name, input }, event) => {
    const checkedName = String(name);
    return streams.open(event.sender, id, checkedName, () => checkedInput(checkedName, input));
  });

  /** What is told and has no answer; a message that may not be sent is not heard. */
  function hear(channel: string, tell: (senderId: number, id: unknown) => void): void {
    ipcMain.on(channel, (event, payload: unknown) => {
      try {
        requireOwnPage(event);
        tell(event.sender.id, plainInput(payload)['id']);
      } catch {
        // There is nobody to say it to.
      }
    });
  }
  hear(CHANNELS.streamStop, (senderId, id) => streams.stop(senderId, id));
  hear(CHANNELS.streamTaken, (senderId, id) => streams.taken(senderId, id));

  handle(CHANNELS.pickFolder, async (_payload, event) => {
    const dir = await options.pickFolder(event.sender);
    return succeeded<PickedFolder | null>(dir === null ? null : { handle: handles.add(dir), dir });
  });

  handle(CHANNELS.dropFolder, async ({ path }, event) => {
    const dir = await options.droppedFolder(event.sender, String(path));
    return succeeded<PickedFolder>({ handle: handles.add(dir), dir });
  });

  handle(CHANNELS.pickFiles, async (question, event) => {
    const paths = await options.pickFiles(event.sender, fileQuestion(question));
    return succeeded<readonly PickedFile[]>(paths.map((path) => ({ handle: handles.add(path), name: basename(path) })));
  });

  handle(CHANNELS.window, async ({ verb, value }) => {
    if (verb === 'page-ready') {
      options.onPageReady();
      return succeeded(null);
    }
    return succeeded(await options.windowVerb(String(verb), value));
  });

  return {
    addWindow(window) {
      const contents = window.webContents;
      const id = contents.id;
      windowIds.add(id);
      let subscription: { dispose(): void } | undefined;
      let closed = false;
      options.services.then(
        (services) => {
          if (closed) return;
          subscription = services.events.subscribe((events) => {
            if (!contents.isDestroyed()) contents.send(CHANNELS.events, events);
          });
        },
        () => undefined,
      );
      contents.on('did-start-navigation', (details) => details.isMainFrame && !details.isSameDocument && streams.endOf(id));
      contents.on('render-process-gone', () => streams.endOf(id));
      window.on('closed', () => {
        closed = true;
        windowIds.delete(id);
        streams.endOf(id);
        subscription?.dispose();
      });
    },
  };
}
