import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { CHANNELS, type BerthApi, type WindowCommand } from './api';

/** Listens on a channel and hands over only the payload: the event object must not reach the page. */
function listen<T>(channel: string, listener: (payload: T) => void): () => void {
  const onMessage = (_event: IpcRendererEvent, payload: T): void => listener(payload);
  ipcRenderer.on(channel, onMessage);
  return () => void ipcRenderer.removeListener(channel, onMessage);
}

let lastStream = 0;

const api: BerthApi = {
  invoke: (name, input) => ipcRenderer.invoke(CHANNELS.call, { name, input }),
  subscribe: (listener) => listen(CHANNELS.events, listener),
  stream(name, input, onItems, onEnd) {
    const id = (lastStream += 1);
    const stopListening = listen<{ id: number; items: readonly unknown[] }>(CHANNELS.streamItems, (batch) => batch.id === id && onItems(batch.items));
    void ipcRenderer.invoke(CHANNELS.stream, { id, name, input }).then(onEnd).finally(stopListening);
    return () => {
      stopListening();
      ipcRenderer.send(CHANNELS.streamStop, { id });
    };
  },
  pickFolder: () => ipcRenderer.invoke(CHANNELS.pickFolder, null),
  pickFiles: (question) => ipcRenderer.invoke(CHANNELS.pickFiles, question),
  window: (verb, value) => ipcRenderer.invoke(CHANNELS.window, { verb, value: value ?? null }),
  onCommand: (listener) => listen<WindowCommand>(CHANNELS.command, listener),
  platform: process.platform,
};

contextBridge.exposeInMainWorld('berth', api);
