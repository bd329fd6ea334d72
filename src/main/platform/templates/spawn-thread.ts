import { Worker } from 'node:worker_threads';
import type { ChildHandle } from '../child-worker';
import type { TemplateThreadData } from './protocol';

/** A thread with the channel of a child process: killing it ends whatever it computes. */
export function spawnThread(entry: string, memoryMiB: number, data: TemplateThreadData): ChildHandle {
  // What the engine prints when it stops is for nobody.
  const worker = new Worker(entry, { workerData: data, stdout: true, stderr: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: memoryMiB } });
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => {
      let told = false;
      const once = (): void => {
        if (!told) listener();
        told = true;
      };
      worker.once('error', once);
      worker.once('exit', once);
    },
    kill: () => void worker.terminate(),
    hold: (on) => (on ? worker.ref() : worker.unref()),
  };
}
