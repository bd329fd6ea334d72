/** Electron's utility processes talk through `process.parentPort`, forked ones through `process.send`. */
interface ParentPort {
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
  postMessage(message: unknown): void;
}

const parentPort = (process as unknown as { readonly parentPort?: ParentPort | null }).parentPort ?? undefined;

/** Sends a message to the process that started this one. */
export function post(message: unknown): void {
  if (parentPort === undefined) process.send?.(message);
  else parentPort.postMessage(message);
}

/** The same, resolved once it is on its way: whoever sends much does not pile it up here. */
export function posted(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    if (parentPort === undefined && process.send !== undefined) {
      process.send(message, () => resolve());
      return;
    }
    post(message);
    setImmediate(resolve);
  });
}

/** Has `receive` get what the process that started this one sends, and tells it that this one is up. `onGone`: it is gone; without one this process ends. */
export function listen(receive: (message: unknown) => void, onGone: () => void = () => process.exit(0)): void {
  if (parentPort === undefined) {
    process.on('message', receive);
    process.on('disconnect', onGone);
  } else parentPort.on('message', ({ data }) => {
    receive(data);
  });
  post({ ready: true });
}
