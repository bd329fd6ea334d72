import type { AppErrorData } from '@shared/kernel/app-error';
import type { SentFiles, VolumeScope } from '@shared/domain/workspaces/volume-plan';
import type { SyncEngineOptions, SyncPlan, SyncProgress, SyncReport, SyncRequest, SyncWatchEvent } from './engine-types';

/** What the thread is started with. */
export interface SyncWorkerData {
  readonly options: SyncEngineOptions;
}

/** To the thread. `cancel` names the request it ends; `unwatch` the watch. */
export type SyncCall =
  | { readonly id: number; readonly method: 'run' | 'plan'; readonly request: SyncRequest }
  | { readonly id: number; readonly method: 'contents'; readonly scope: VolumeScope }
  | { readonly id: number; readonly method: 'watch'; readonly request: Pick<SyncRequest, 'workspace'> }
  | { readonly id: number; readonly method: 'unwatch' | 'cancel'; readonly of: number }
  | { readonly id: number; readonly method: 'close' };

/** What a call is answered with. */
export type SyncValue = SyncReport | SyncPlan | SentFiles | null;

/** From the thread. */
export type SyncAnswer =
  | { readonly id: number; readonly kind: 'done'; readonly value: SyncValue }
  | { readonly id: number; readonly kind: 'failed'; readonly error: AppErrorData }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: SyncProgress }
  | { readonly id: number; readonly kind: 'event'; readonly event: SyncWatchEvent };
