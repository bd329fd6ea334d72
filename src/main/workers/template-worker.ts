import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine, renderCall } from '../platform/templates/engine';
import type { RenderCall, TemplateThreadData } from '../platform/templates/protocol';

/** Renders templates: they may loop, ask for memory and stop the engine, so nothing else is in this thread. Answers `{id, bytes}` with `{id, result}`; ends when the engine stopped. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('The template worker must be started as a worker thread.');
  const place = new Int32Array((workerData as TemplateThreadData).place);
  port.on('message', ({ id, bytes }: { readonly id: number; readonly bytes: Uint8Array }) => {
    const call = JSON.parse(new TextDecoder().decode(bytes)) as RenderCall;
    try {
      const answer = renderCall(call, (mark) => void Atomics.store(place, 0, mark + 1));
      port.postMessage({ id, result: JSON.stringify(answer) });
    } catch {
      // The instance is of no use any more; the next template gets a thread of its own.
      process.exit(1);
    }
  });
  void loadEngine(__filename).then(() => port.postMessage({ ready: true }), () => process.exit(1));
}

main();
