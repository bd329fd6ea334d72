import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { AppError, errorData } from '@shared/kernel/app-error';
import { loadOrCreateKey, createSealer } from '../platform/seal';
import { StoreCore } from '../platform/store-core';
import { LeaseHeldError, openDatabase } from '../platform/store-database';
import type { StoreGreeting, StoreRequest, StoreResponse, StoreWorkerData } from '../platform/store-protocol';

/** The thread that owns the database and with it the lease. Nothing here outlives the process. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('The store worker must be started as a worker thread.');
  const { database, keyFile } = workerData as StoreWorkerData;
  let core: StoreCore;
  try {
    const db = openDatabase(() => new Database(database), database);
    core = new StoreCore(db, createSealer(loadOrCreateKey(keyFile)));
  } catch (error) {
    const locked = error instanceof LeaseHeldError;
    const data = locked ? new AppError('state-locked', 'Another Berth is running.').toData() : errorData(error);
    port.postMessage({ ready: false, error: data, locked } satisfies StoreGreeting);
    return;
  }
  port.postMessage({ ready: true } satisfies StoreGreeting);
  port.on('message', (first: StoreRequest) => {
    // Everything that has arrived meanwhile goes into the same commit: one sync for all that wait.
    const batch = [first];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) batch.push(next.message as StoreRequest);
    const closing = batch.findIndex((request) => request.method === 'close');
    const work = closing === -1 ? batch : batch.slice(0, closing);
    const answers = core.runBatch(work as never);
    answers.forEach((answer, index) => port.postMessage({ id: work[index]?.id ?? -1, ...answer } satisfies StoreResponse));
    if (closing === -1) return;
    core.close();
    port.postMessage({ id: batch[closing]?.id ?? -1, ok: true, value: null } satisfies StoreResponse);
    port.close();
  });
}

main();
