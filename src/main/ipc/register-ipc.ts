import { basename } from 'node:path';
import { ipcMain, type BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { CHANNELS, type FileQuestion, type PickedFile, type PickedFolder } from '../../preload/api';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import { failed, succeeded, type Result } from '@shared/kernel/result';
import type { AppServices } from '../app/app-services';
import { createBatcher } from './batches';
import { createFolderHandles } from './folder-handles';
import { isOwnPage } from './sender';
import { fileQuestion, plainInput } from './window-input';

const STREAM_BATCH_MS = 40;
const MAX_STREAMS = 16;

export interface IpcOptions {
  /** Settles once the services can be asked; a rejection is what every call is answered with. */
  readonly services: Promise<AppServices>;
  readonly pickFolder: (window: WebContents) => Promise<string | null>;
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
  const streams = new Map<string, AbortController>();

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

  handle(CHANNELS.stream, async ({ id, name, input }, event) => {
    const checkedName = String(name);
    const checked = await checkedInput(checkedName, input);
    const key = `${event.sender.id}:${String(id)}`;
    if (!Number.isInteger(id) || streams.has(key) || streams.size >= MAX_STREAMS) throw new AppError('input-invalid', 'Too many logs are open at once.', { hint: 'Close one first.' });
    const abort = new AbortController();
    streams.set(key, abort);
    const batcher = createBatcher<unknown>(STREAM_BATCH_MS, (items) => {
      if (!event.sender.isDestroyed()) event.sender.send(CHANNELS.streamItems, { id, items });
    });
    try {
      const services = await options.services;
      const result = await services.dispatcher.stream(checkedName, checked, { door: 'window', signal: abort.signal }, (item) => batcher.push(item));
      batcher.flush();
      return result;
    } finally {
      batcher.dispose();
      streams.delete(key);
    }
  });

  ipcMain.on(CHANNELS.streamStop, (event, payload: unknown) => {
    try {
      requireOwnPage(event);
      streams.get(`${event.sender.id}:${String(plainInput(payload)['id'])}`)?.abort();
    } catch {
      // A message that may not be sent has no answer to give.
    }
  });

  handle(CHANNELS.pickFolder, async (_payload, event) => {
    const dir = await options.pickFolder(event.sender);
    return succeeded<PickedFolder | null>(dir === null ? null : { handle: handles.add(dir), dir });
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

  function endStreamsOf(contentsId: number): void {
    for (const [key, abort] of streams) if (key.startsWith(`${contentsId}:`)) abort.abort();
  }

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
      contents.on('did-start-navigation', (details) => details.isMainFrame && !details.isSameDocument && endStreamsOf(id));
      contents.on('render-process-gone', () => endStreamsOf(id));
      window.on('closed', () => {
        closed = true;
        windowIds.delete(id);
        endStreamsOf(id);
        subscription?.dispose();
      });
    },
  };
}
