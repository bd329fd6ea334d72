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
  /** Per service what is being done to it just now, where more is known than the word above: the step of its build. */
  readonly details?: { readonly [service: string]: string } | undefined;
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
  /** The worker that runs it: always 1, since there is one process (S1.20). */
  readonly workerId: number;
  /** Larger goes first: see PRIORITY. */
  readonly priority: number;
  readonly origin: OperationOrigin;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Ids of operations that must have succeeded first; when one of them ends otherwise, this one is cancelled. */
  readonly after: readonly string[];
  /** ISO time before which it does not start; null = at once. */
  readonly notBefore: string | null;
  /** At most one open operation has this key; null = none. */
  readonly dedupeKey: string | null;
  /** True when `operations.undo` can take it back. */
  readonly undoable: boolean;
  /** Counts every stored change of the record. */
  readonly version: number;
  /** The operation that it runs as a part of and that waits for it; not there for one that was asked for by itself. */
  readonly parent?: string | undefined;
}

/** Who asked for it: a person through any door, the drift reconciler, or a schedule. */
export type OperationOrigin = 'user' | 'drift' | 'schedule';

export const PRIORITY: { readonly [origin in OperationOrigin]: number } = { user: 10, schedule: 5, drift: 0 };

/** What an operation has unless it was asked for otherwise; also for those that an earlier version of Berth stored. */
export const OPERATION_DEFAULTS = {
  workerId: 1,
  priority: PRIORITY.user,
  origin: 'user',
  attempt: 1,
  after: [],
  notBefore: null,
  dedupeKey: null,
  undoable: false,
  version: 1,
} as const satisfies Partial<Operation>;
