import Database from 'libsql';
import { AppError } from '@shared/kernel/app-error';
import { createSealer, loadOrCreateKey } from './seal';
import { StoreCore, type CoreAnswer, type CoreRequest } from './store-core';
import { LeaseHeldError, openDatabase } from './store-database';
import type { StoreMethod, StoreWorkerData } from './store-protocol';

interface Waiting {
  readonly request: CoreRequest;
  readonly settle: (answer: CoreAnswer) => void;
}

/** The store's core without its thread, with the same group commit: for unit tests, which have no built worker. */
export function openStoreInProcess(data: StoreWorkerData): { request(method: StoreMethod | 'close', args: readonly unknown[]): Promise<unknown> } | 'locked' {
  let core: StoreCore;
  try {
    const db = openDatabase(() => new Database(data.database), data.database);
    core = new StoreCore(db, createSealer(loadOrCreateKey(data.keyFile)));
  } catch (error) {
    if (error instanceof LeaseHeldError) return 'locked';
    throw error;
  }
  let waiting: Waiting[] = [];
  let closed = false;
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0 || closed) return;
    const answers = core.runBatch(batch.map((one) => one.request));
    answers.forEach((answer, index) => batch[index]?.settle(answer));
  };
  return {
    request(method, args) {
      if (closed) return Promise.reject(new AppError('internal', 'The store is closed.'));
      if (method === 'close') {
        flush();
        closed = true;
        core.close();
        return Promise.resolve(null);
      }
      return new Promise((resolve, reject) => {
        const settle = (answer: CoreAnswer): void => (answer.ok ? resolve(answer.value) : reject(AppError.fromData(answer.error)));
        // In-process values are copied as the worker's would be, so that a test cannot lean on shared objects.
        waiting.push({ request: structuredClone({ method, args }), settle });
        if (waiting.length === 1) setImmediate(flush);
      });
    },
  };
}
