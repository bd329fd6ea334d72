import type { NamesOfKind, OutputOf } from '@shared/contract/contract';
import { isDryRun, isFinal, type Operation } from './model';

type OperationName = NamesOfKind<'operation'>;

/** What became of one kind of operation in a project: the one that runs, the last answer, and why there is no newer one. */
export interface LastRun<N extends OperationName> {
  readonly running: Operation | null;
  /** Of the newest, when it ended without an answer and nobody had asked it to. */
  readonly failure: Operation['error'];
  readonly last: { readonly result: OutputOf<N>; readonly operation: Operation } | null;
}

/** Reads it from the operations, so that it is there after a reload too. `list` is a field of the answer that is a list. */
export function lastRun<N extends OperationName>(operations: readonly Operation[] | null, projectId: string, kind: N, list: keyof OutputOf<N> & string): LastRun<N> {
  const own = (operations ?? []).filter((operation) => operation.kind === kind && operation.projectId === projectId && !isDryRun(operation));
  const running = own.find((operation) => !isFinal(operation)) ?? null;
  const ended = own.filter(isFinal);
  const answered = ended.find((operation) => hasList(operation.result, list));
  const newest = ended[0];
  return {
    running,
    failure: running === null && newest !== undefined && newest !== answered && newest.state !== 'cancelled' ? newest.error : null,
    // The main process checks results against the contract.
    last: answered === undefined ? null : { result: answered.result as unknown as OutputOf<N>, operation: answered },
  };
}

/** A record of an older Berth may look otherwise than today's contract. */
function hasList(result: unknown, list: string): boolean {
  return typeof result === 'object' && result !== null && !Array.isArray(result) && Array.isArray((result as { readonly [field: string]: unknown })[list]);
}

/** The operation of these kinds that runs or waits in a project. */
export function runningOf(operations: readonly Operation[] | null, projectId: string, kinds: RegExp): Operation | null {
  return operations?.find((operation) => operation.projectId === projectId && kinds.test(operation.kind) && !isFinal(operation)) ?? null;
}

/** The newest operation of these kinds, where it went wrong while this window was open or needs somebody: said until it is put away. */
export function failedOf(operations: readonly Operation[] | null, projectId: string, kinds: RegExp, seen: { readonly [operationId: string]: unknown }, dismissed: readonly string[]): Operation | null {
  const newest = operations?.find((operation) => operation.projectId === projectId && kinds.test(operation.kind));
  if (newest === undefined || newest.error === null || newest.state === 'cancelled' || dismissed.includes(newest.id)) return null;
  return seen[newest.id] === undefined && newest.state !== 'needs-attention' ? null : newest;
}

/** The newest change of these kinds that can be taken back and was made while this window was open. */
export function undoableOf(operations: readonly Operation[] | null, projectId: string, kinds: RegExp, seen: { readonly [operationId: string]: unknown }): Operation | null {
  return operations?.find((operation) => operation.projectId === projectId && operation.undoable && kinds.test(operation.kind) && seen[operation.id] !== undefined) ?? null;
}

/** The newest change of the project that can be taken back and was made while this window was open. */
export function freshUndoable(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }): Operation | null {
  return operations?.find((operation) => operation.projectId === projectId && operation.undoable && seen[operation.id] !== undefined) ?? null;
}

/** What an operation has to say although it succeeded; results of other kinds have none. */
export function warningsOf(result: Operation['result']): readonly string[] {
  const warnings = (result as { readonly warnings?: unknown } | null)?.warnings;
  return Array.isArray(warnings) ? warnings.flatMap((one: { readonly message?: unknown } | null) => (typeof one?.message === 'string' ? [one.message] : [])) : [];
}
