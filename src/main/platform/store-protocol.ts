import type { AppErrorData } from '@shared/kernel/app-error';
import type { Store } from './types';

/** The store's calls as messages: what the main thread asks and the store worker answers. */
export type StoreMethod = Exclude<keyof Store, 'close'>;

export interface StoreRequest {
  readonly id: number;
  readonly method: StoreMethod | 'close';
  readonly args: readonly unknown[];
}

export type StoreResponse =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: AppErrorData };

/** The first message of the worker: whether the file could be opened and is ours. */
export type StoreGreeting = { readonly ready: true } | { readonly ready: false; readonly error: AppErrorData; readonly locked: boolean };

export interface StoreWorkerData {
  readonly database: string;
  readonly keyFile: string;
}
