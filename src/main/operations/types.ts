import type { OutputOf } from '@shared/contract/contract';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationLimits } from '@main/platform/types';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { Operation, OperationOrigin, OperationProgress, OperationState } from '@shared/domain/operations/operation';

/**
 * One journaled effect or note of an operation, as recovery and rollback read it. `result` is undefined when the
 * effect may or may not have happened; a note's is null. `undone`: a finished undo effect whose intent carries
 * `undoes: <seq of this record>` says so.
 */
export interface EffectRecord {
  readonly seq: number;
  readonly name: string;
  readonly intent: JsonObject;
  readonly result: Json | undefined;
  readonly undone: boolean;
}

/** What an operation's code is handed while it runs. */
export interface OperationContext {
  readonly operationId: string;
  /** Aborted by cancel (before the commit) and by shutdown. Not passed to rollback and finish. */
  readonly signal: AbortSignal;
  /**
   * The only way to the outside world. The intent is committed to the journal (synced) before `act` runs and its
   * result after. `name` is static, for example 'container.start': it names the failpoint and the undo.
   * Throws `cancelled` before the act when the operation was cancelled.
   */
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
  /** Journals a fact without an effect (for example the plan), synced before it resolves. */
  note(name: string, data: JsonObject): Promise<void>;
  /** The point of no return: synced; from here on cancel is refused, failures and crashes are finished forwards. Throws `cancelled` if a cancel came first. */
  commit(): Promise<void>;
  /** Everything journaled so far, oldest first. */
  records(): readonly EffectRecord[];
  progress(change: Partial<OperationProgress>): void;
  log(text: string, service?: string): void;
  /**
   * For kinds that find out while they run what they change: right before they do, so that what is there is kept first, with the contents of
   * these volumes. Resolves with the id of the snapshot; null where none is made, and the second time.
   */
  readonly beforeChange?: ((volumes?: readonly string[]) => Promise<string | null>) | undefined;
}

/** Keeps the state of a project before an operation changes it, and the contents of these volumes, and resolves with the id of the snapshot. Rejects only with `blocked`, when volumes cannot be kept, and with `cancelled`. */
export type StateKeeper = (request: { readonly projectId: string; readonly operationId: string; readonly kind: string; readonly volumes: readonly string[] }, signal: AbortSignal, log: (text: string) => void) => Promise<string | null>;

/** Handed to rollback and finish: like OperationContext without cancel; its effects are journaled too, so that a second crash repeats them. */
export interface RecoveryContext {
  readonly operationId: string;
  readonly reason: 'failed' | 'cancelled' | 'crashed';
  readonly records: readonly EffectRecord[];
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
  progress(change: Partial<OperationProgress>): void;
  log(text: string, service?: string): void;
}

/** Noted by an operation that changes files and then makes containers anew, as `{ services }`: when its files are put back, these follow them. */
export const CONTAINERS_NOTE = 'containers.follow';

/** A plan as doors show it: rendered Markdown and the files it names. */
export type PlanDocument = OutputOf<'operations.preview'>;

/** How an operation is put into the queue. Doors give none of it: a person's request has priority and starts at once. */
export interface EnqueueOptions {
  readonly origin?: OperationOrigin | undefined;
  /** Default: PRIORITY of the origin. */
  readonly priority?: number | undefined;
  /** While an operation with this key is open, it is the answer and nothing is added. */
  readonly dedupeKey?: string | undefined;
  /** Ids that must have succeeded first. */
  readonly after?: readonly string[] | undefined;
  /** ISO time before which it does not start. */
  readonly notBefore?: string | undefined;
  /** Id of the operation that waits for it while it runs. */
  readonly parent?: string | undefined;
}

/** What one kind of operation does. Registered once, under the contract name. */
export interface OperationKind {
  readonly kind: string;
  /** False when it can run without an engine. Default true: while the engine is away it waits in the queue. */
  readonly needsEngine?: boolean | undefined;
  /** How often it is tried again by itself after a failure with one of these codes, once everything is rolled back; waits 1, 2, 4 … 60 s. Default: never. */
  readonly retry?: { readonly attempts: number; readonly codes: readonly string[] } | undefined;
  /** For operations that change files of a project: what they are going to do. Called with the prepared input; null when this input changes nothing. The queue stores the document, and writes it with a backup of every named file before `run`. */
  plan?(input: JsonObject): Promise<StructuralPlan | null>;
  /** The same for operations that keep backups of their own: the document is shown to whoever asks, and the queue stores none and makes no backup. */
  describe?(input: JsonObject): Promise<StructuralPlan | null>;
  /** For kinds that keep by themselves what taking one of their operations back needs: the kind whose work `operations.undo` does then, by `{ id }`, and whether it can be done, once it ended well. */
  readonly undoneBy?: { readonly kind: string; readonly isPossible: (operationId: string) => Promise<boolean> } | undefined;
  /** Validates and normalises the input before anything is stored (a project folder becomes its id); a retry passes it its own output again. Rejects with the AppError the caller sees. */
  prepare?(input: JsonObject): Promise<JsonObject>;
  /** Stands in for `prepare` when that found the engine away and the queue waits for one: checks what can be checked without it; `run` checks the rest. Absent: then the operation is refused. */
  prepareWithoutEngine?(input: JsonObject): Promise<JsonObject>;
  /** Operations with one key run in order, others side by side: 'project:p_…'. */
  key(input: JsonObject): string;
  /** Words for the activity list: "Switch shop to prod". */
  title(input: JsonObject): string;
  projectId(input: JsonObject): string | null;
  run(context: OperationContext, input: JsonObject): Promise<Json>;
  /**
   * Undoes what the records say, idempotently, deciding by looking at the world. Called after a failure or a cancel
   * before commit, and after a crash before commit. Throwing makes the operation `needs-attention`.
   */
  rollback(context: RecoveryContext, input: JsonObject): Promise<void>;
  /** After a crash past the commit: finish forwards, idempotently. Resolves with the operation's result. */
  finish(context: RecoveryContext, input: JsonObject): Promise<Json>;
}

export interface OperationFilter {
  readonly projectId?: string | undefined;
  readonly limit: number;
}

/** What became of an operation that a crash had left in the middle. */
export interface RecoveredOperation {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly state: OperationState;
  readonly error: AppErrorData | null;
}

/** `without-engine`: only operations of kinds that need none; the others wait for the next call. */
export type RecoveryScope = 'all' | 'without-engine';

export interface Operations {
  register(kind: OperationKind): void;
  /** What was registered under this name. */
  kindOf(name: string): OperationKind | undefined;
  /** Stored before it resolves. */
  enqueue(kind: string, input: JsonObject, options?: EnqueueOptions): Promise<Operation>;
  /** Lets go of nothing that runs, starts nothing more; paused operations stay queued. */
  pause(): void;
  resume(): void;
  /** The engine came or went: those that wait for it are looked at again. */
  engineChanged(): void;
  readonly paused: boolean;
  /** Numbers for the runtime page: queued, running, succeeded, failed, retried, lastStartedAt … since this process began. */
  counters(): { readonly [name: string]: number };
  /** ISO time of the last start or end of an operation; null before the first. */
  lastTickAt(): string | null;
  /** Removes ended operations beyond the limits, and their leftovers in temporary folders. */
  cleanup(limits: OperationLimits): Promise<{ readonly removed: number; readonly kept: number }>;
  get(id: string): Promise<Operation>;
  list(filter: OperationFilter): Promise<readonly Operation[]>;
  steps(id: string): Promise<readonly { readonly seq: number; readonly name: string; readonly phase: string; readonly at: string; readonly text: string }[]>;
  logOf(id: string): Promise<readonly string[]>;
  /** The plan of an operation that is not queued. Rejects as enqueue does, and with `input-invalid` when it changes no files. */
  preview(kind: string, input: JsonObject): Promise<PlanDocument>;
  cancel(id: string): Promise<Operation>;
  retry(id: string): Promise<Operation>;
  /** Resolves with the operation once its state is final, or as it is after timeoutMs. */
  wait(id: string, timeoutMs: number): Promise<Operation>;
  /** Finishes or undoes what a crash left, and lets go what an earlier process had queued. Called at the start and whenever the engine is back; safe to call again. */
  recover(scope?: RecoveryScope): Promise<readonly RecoveredOperation[]>;
  /** Resolves when nothing runs and nothing can be started now (operations that wait for an engine do not count). */
  whenIdle(): Promise<void>;
  /** Stops taking work, cancels or finishes what runs within graceMs. */
  shutdown(graceMs: number): Promise<void>;
}
