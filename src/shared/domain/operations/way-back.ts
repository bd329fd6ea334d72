import { FINAL_STATES, type Operation, type OperationState } from './operation';

/** How an operation that has ended can be taken back: its files from their backup, or the switch to the mode it came from. */
export type WayBack = { readonly kind: 'undo' } | { readonly kind: 'switch'; readonly projectId: string; readonly mode: string };

/** A record as any door has it: what its input and result are is looked at here. */
type Ended = Pick<Operation, 'kind' | 'state' | 'projectId' | 'undoable'> & { readonly input: unknown; readonly result: unknown };

/** The way back from an operation; null where there is none. Whether its project is still where it led is for the caller to look at. */
export function wayBack(operation: Ended): WayBack | null {
  if (!FINAL_STATES.includes(operation.state)) return null;
  if (operation.undoable) return { kind: 'undo' };
  if (operation.kind !== 'modes.switch' || operation.state !== 'succeeded' || operation.projectId === null) return null;
  const from = textOf(operation.result, 'from');
  if (from === null || from === 'mixed' || from === textOf(operation.input, 'mode')) return null;
  return { kind: 'switch', projectId: operation.projectId, mode: from };
}

/** Ends after which an operation may be run once more. */
const RETRIABLE: ReadonlySet<OperationState> = new Set<OperationState>(['failed', 'rolled-back', 'cancelled', 'needs-attention']);

/** True for an operation that ended without success and can be run once more. */
export function canRetry({ state }: Pick<Operation, 'state'>): boolean {
  return RETRIABLE.has(state);
}

function textOf(record: unknown, field: string): string | null {
  if (typeof record !== 'object' || record === null) return null;
  const value: unknown = (record as { readonly [key: string]: unknown })[field];
  return typeof value === 'string' ? value : null;
}
