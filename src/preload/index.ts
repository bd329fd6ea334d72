import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import { CHANNELS, type BerthApi, type StreamAnswer, type WindowCommand } from './api';
import { createOrderedEnd } from './ordered-end';

/** Listens on a channel and hands over only the payload: the event object must not reach the page. */
function listen<T>(channel: string, listener: (payload: T) => void): () => void {
  const onMessage = (_event: IpcRendererEvent, payload: T): void => listener(payload);
  ipcRenderer.on(channel, onMessage);
  return () => void ipcRenderer.removeListener(channel, onMessage);
}

/** What of the page's own window is used here; its other types are none of the main process's. */
declare const window: { addEventListener(type: 'drop', listener: (event: { readonly isTrusted: boolean; readonly dataTransfer: { readonly files: ArrayLike<Parameters<typeof webUtils.getPathForFile>[0]> } | null }) => void, capture: boolean): void };

const dropListeners = new Set<Parameters<BerthApi['onFolderDrop']>[0]>();

// Here and not in the page: only what a hand dropped has a path, and the page can neither forge the event nor send a path.
window.addEventListener(
  'drop',
  (event) => {
    const file = event.isTrusted ? event.dataTransfer?.files[0] : undefined;
    const path = file === undefined ? '' : webUtils.getPathForFile(file);
    if (path === '') return;
    void ipcRenderer.invoke(CHANNELS.dropFolder, { path }).then((answer: Parameters<Parameters<BerthApi['onFolderDrop']>[0]>[0]) => {
      for (const listener of dropListeners) listener(answer);
    });
  },
  true,
);

let lastStream = 0;

const api: BerthApi = {
  invoke: (name, input) => ipcRenderer.invoke(CHANNELS.call, { name, input }),
  subscribe: (listener) => listen(CHANNELS.events, listener),
  stream(name, input, onItems, onEnd) {
    const id = (lastStream += 1);
    const order = createOrderedEnd<StreamAnswer>(({ batches: _sent, ...result }) => {
      stopListening();
      onEnd(result);
    });
    const stopListening = listen<{ id: number; items: readonly unknown[]; skipped: number }>(CHANNELS.streamItems, (batch) => {
      if (batch.id !== id) return;
      try {
        onItems(batch.items, batch.skipped);
      } finally {
        // Told when it was taken in: what a busy page cannot take waits where it can be left out.
        ipcRenderer.send(CHANNELS.streamTaken, { id });
        order.came();
      }
    });
    void ipcRenderer.invoke(CHANNELS.stream, { id, name, input }).then((answer: StreamAnswer) => order.ended(answer, answer.batches ?? 0), stopListening);
    return () => {
      stopListening();
      ipcRenderer.send(CHANNELS.streamStop, { id });
    };
  },
  pickFolder: () => ipcRenderer.invoke(CHANNELS.pickFolder, null),
  onFolderDrop(listener) {
    dropListeners.add(listener);
    return () => void dropListeners.delete(listener);
  },
  pickFiles: (question) => ipcRenderer.invoke(CHANNELS.pickFiles, question),
  window: (verb, value) => ipcRenderer.invoke(CHANNELS.window, { verb, value: value ?? null }),
  onCommand: (listener) => listen<WindowCommand>(CHANNELS.command, listener),
  platform: process.platform,
};

contextBridge.exposeInMainWorld('berth', api);
