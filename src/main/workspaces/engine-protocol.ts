import type { AppErrorData } from '@shared/kernel/app-error';
import type { SyncEngineOptions, SyncPlan, SyncProgress, SyncReport, SyncRequest, SyncWatchEvent } from './engine-types';

/** What the thread is started with. */
export interface SyncWorkerData {
  readonly options: SyncEngineOptions;
}

/** To the thread. `cancel` names the request it ends; `unwatch` the watch. */
export type SyncCall =
  | { readonly id: number; readonly method: 'run' | 'plan'; readonly request: SyncRequest }
  | { readonly id: number; readonly method: 'watch'; readonly request: Pick<SyncRequest, 'workspace'> }
  | { readonly id: number; readonly method: 'unwatch' | 'cancel'; readonly of: number }
  | { readonly id: number; readonly method: 'close' };

/** From the thread. */
export type SyncAnswer =
  | { readonly id: number; readonly kind: 'done'; readonly value: SyncReport | SyncPlan | null }
  | { readonly id: number; readonly kind: 'failed'; readonly error: AppErrorData }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: SyncProgress }
  | { readonly id: number; readonly kind: 'event'; readonly event: SyncWatchEvent };
