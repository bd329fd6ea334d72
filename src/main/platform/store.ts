import { open as openFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import { workerEntry } from './entries';
import { readLeaseNote, removeLeaseNote, stateLocked, writeLeaseNote } from './lease';
import { ensureStateFolders, statePaths, thisMachine, type StatePaths } from './paths';
import type { StoreGreeting, StoreMethod, StoreRequest, StoreResponse, StoreWorkerData } from './store-protocol';
import type { Store } from './types';

/** Another process may be between taking the lease and letting it go; two that start together may both see "busy" once. */
const BUSY_RETRIES_MS = [20, 60, 150];

export interface OpenStoreOptions {
  /** Overrides BERTH_HOME and the platform's folder. */
  readonly home?: string | undefined;
  readonly version?: string | undefined;
  /** Runs the same core on this thread: for unit tests, which have no built worker. */
  readonly inProcess?: boolean | undefined;
}

/** A store that is open: this process holds the lease until `close` or until it dies. */
export interface OpenedStore extends Store {
  readonly paths: StatePaths;
}

interface Channel {
  request(method: StoreMethod | 'close', args: readonly unknown[]): Promise<unknown>;
  /** Resolves once nothing of the database is left in this process. */
  readonly ended: Promise<void>;
}

/** Opens the state folder and takes the lease. Rejects with `state-locked` (naming the process that has it) or `setup-failed`. */
export async function openStore(options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const paths = statePaths(thisMachine(), options.home);
  await ensureStateFolders(paths);
  await createPrivate(paths.database);
  const data: StoreWorkerData = { database: paths.database, keyFile: paths.keyFile };
  const open = options.inProcess === true ? openInProcess : openWorker;
  let channel = await open(data);
  for (const delayMs of BUSY_RETRIES_MS) {
    if (channel !== 'locked') break;
    await new Promise((resolve) => setTimeout(resolve, delayMs + Math.random() * delayMs));
    channel = await open(data);
  }
  if (channel === 'locked') throw stateLocked(paths.home, await readLeaseNote(paths.lease));
  await writeLeaseNote(paths.lease, { pid: process.pid, startedAt: new Date().toISOString(), socketPath: paths.socket, version: options.version ?? '' }).catch(() => undefined);
  return storeOver(channel, paths);
}

/**
 * SQLite gives its other files the mode of this one. A file that is there is not opened: closing any descriptor of it would take the locks of this process on it,
 * and with them the lease, should it be open already (POSIX: fcntl, F_SETLK).
 */
async function createPrivate(file: string): Promise<void> {
  try {
    await (await openFile(file, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function openInProcess(data: StoreWorkerData): Promise<Channel | 'locked'> {
  const { openStoreInProcess } = await import('./store-in-process');
  const opened = openStoreInProcess(data);
  return opened === 'locked' ? 'locked' : { ...opened, ended: Promise.resolve() };
}

async function openWorker(data: StoreWorkerData): Promise<Channel | 'locked'> {
  const worker = new Worker(workerEntry('store-worker'), { workerData: data });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const greeting = await new Promise<StoreGreeting>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new AppError('setup-failed', 'Berth’s store did not start.')));
  });
  if (!greeting.ready) {
    // It ends by itself. A thread that is ended from outside in the middle of a native call takes the process with it.
    await ended;
    if (greeting.locked) return 'locked';
    throw AppError.fromData(greeting.error);
  }
  // While nothing is asked of it, the store must not keep a finished command line alive.
  worker.unref();
  return workerChannel(worker, ended);
}

function workerChannel(worker: Worker, ended: Promise<void>): Channel {
  let nextId = 1;
  let gone: AppErrorData | null = null;
  let closing = false;
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const fail = (message: string): void => {
    gone = { code: 'internal', message, hint: 'Restart Berth; what was running is undone or finished then.' };
    for (const one of waiting.values()) one.reject(AppError.fromData(gone));
    waiting.clear();
  };
  worker.on('message', (response: StoreResponse) => {
    const one = waiting.get(response.id);
    if (one === undefined) return;
    waiting.delete(response.id);
    if (waiting.size === 0 && !closing) worker.unref();
    if (response.ok) one.resolve(response.value);
    else one.reject(AppError.fromData(response.error));
  });
  worker.on('error', (error) => fail(`The store stopped: ${error.message}`));
  worker.on('exit', () => fail('The store is closed.'));
  return {
    ended,
    request(method, args) {
      if (gone !== null) return Promise.reject(AppError.fromData(gone));
      const id = nextId;
      nextId += 1;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        // Once it is told to close, it is waited for until the thread has ended.
        closing ||= method === 'close';
        worker.ref();
        worker.postMessage({ id, method, args } satisfies StoreRequest);
      });
    },
  };
}

function storeOver(channel: Channel, paths: StatePaths): OpenedStore {
  const call =
    <M extends StoreMethod>(method: M) =>
    (...args: Parameters<Store[M]>) =>
      channel.request(method, args) as ReturnType<Store[M]>;
  let closing: Promise<void> | null = null;
  return {
    paths,
    putOperation: call('putOperation'),
    patchOperation: call('patchOperation'),
    getOperation: call('getOperation'),
    listOperations: call('listOperations'),
    openOperations: call('openOperations'),
    appendJournal: call('appendJournal'),
    journal: call('journal'),
    appendLog: call('appendLog'),
    log: call('log'),
    pruneOperations: call('pruneOperations'),
    getRecord: call('getRecord'),
    listRecords: call('listRecords'),
    patchRecord: call('patchRecord'),
    removeRecord: call('removeRecord'),
    appendLogEntries: call('appendLogEntries'),
    listLogEntries: call('listLogEntries'),
    appendSamples: call('appendSamples'),
    samples: call('samples'),
    pruneSamples: call('pruneSamples'),
    putProject: call('putProject'),
    listProjects: call('listProjects'),
    removeProject: call('removeProject'),
    getSetting: call('getSetting'),
    putSetting: call('putSetting'),
    replaceDuplicates: call('replaceDuplicates'),
    listDuplicates: call('listDuplicates'),
    patchDuplicate: call('patchDuplicate'),
    duplicateSettings: call('duplicateSettings'),
    patchDuplicateSettings: call('patchDuplicateSettings'),
    close() {
      // The note goes first: after the lock is free it may be the next process's.
      closing ??= removeLeaseNote(paths.lease, process.pid)
        .catch(() => undefined)
        .then(() => channel.request('close', []))
        .then(() => channel.ended);
      return closing;
    },
  };
}
