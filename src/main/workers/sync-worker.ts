import { parentPort, workerData } from 'node:worker_threads';
import { errorData } from '@shared/kernel/app-error';
import { openQuickS3 } from '../platform/s3/quick-client';
import { systemClock } from '../platform/system-clock';
import { SyncCore } from '../workspaces/engine-core';
import type { SyncAnswer, SyncCall, SyncValue, SyncWorkerData } from '../workspaces/engine-protocol';
import type { SyncWatch } from '../workspaces/engine-types';

/** The thread of one sync engine: reading folders and files blocks it, and nobody else. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('The sync worker must be started as a worker thread.');
  const { options } = workerData as SyncWorkerData;
  const core = new SyncCore(options, openQuickS3({ ...options.s3, concurrency: options.settings.concurrency }), systemClock);
  const running = new Map<number, AbortController>();
  const watches = new Map<number, SyncWatch>();
  const post = (answer: SyncAnswer): void => port.postMessage(answer);

  const answer = async (call: SyncCall): Promise<SyncValue> => {
    switch (call.method) {
      case 'run':
      case 'plan': {
        const abort = new AbortController();
        running.set(call.id, abort);
        try {
          if (call.method === 'plan') return await core.plan(call.request, abort.signal);
          return await core.run(call.request, (progress) => post({ id: call.id, kind: 'progress', progress }), abort.signal);
        } finally {
          running.delete(call.id);
        }
      }
      case 'contents':
        return core.contents(call.scope);
      case 'cancel':
        running.get(call.of)?.abort();
        return null;
      case 'watch':
        watches.set(call.id, await core.watch(call.request, (event) => post({ id: call.id, kind: 'event', event })));
        return null;
      case 'unwatch':
        await watches.get(call.of)?.stop();
        watches.delete(call.of);
        return null;
      case 'close':
        await core.close();
        return null;
    }
  };
  port.on('message', (call: SyncCall) => {
    void answer(call)
      .then(
        (value) => post({ id: call.id, kind: 'done', value }),
        (error: unknown) => post({ id: call.id, kind: 'failed', error: errorData(error) }),
      )
      .finally(() => {
        if (call.method === 'close') port.close();
      });
  });
}

main();
