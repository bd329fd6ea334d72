import type { AppErrorData } from '../../kernel/app-error';
import type { Json } from '../../kernel/json';

export type OperationState =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'rolling-back'
  | 'rolled-back'
  | 'interrupted'
  | 'cancelled'
  | 'needs-attention';

export const FINAL_STATES: readonly OperationState[] = ['succeeded', 'failed', 'rolled-back', 'cancelled', 'needs-attention'];

/** Progress of an operation: `step` of `of` steps are done; `message` says what happens now; `bytes` where data moves. */
export interface OperationProgress {
  readonly step: number;
  readonly of: number;
  readonly message: string;
  readonly bytes?: { readonly done: number; readonly total?: number | undefined } | undefined;
  /** Per service, where the operation works on services: 'waiting' | 'building' | 'creating' | 'stopping' | 'starting' | 'checking' | 'done' | 'failed'. */
  readonly services?: { readonly [service: string]: string } | undefined;
}

/** One entry of the work that changes the world. Times are ISO strings; `key` serialises (operations of one key run in order). */
export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly title: string;
  readonly projectId: string | null;
  readonly state: OperationState;
  readonly progress: OperationProgress;
  readonly input: Json;
  readonly result: Json;
  readonly error: AppErrorData | null;
  /** False once the commit point is passed: then Undo takes the place of Cancel. */
  readonly cancellable: boolean;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}
