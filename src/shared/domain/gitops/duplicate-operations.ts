import type { Operation } from '../operations/operation';

const KINDS = ['gitops.scan', 'gitops.resolve', 'gitops.resolve-group'];
const OPEN: readonly Operation['state'][] = ['queued', 'running', 'rolling-back', 'interrupted'];

/** The operations that look for duplicates or resolve them, as they were given. */
export function duplicateOperations<O extends Pick<Operation, 'kind'>>(operations: readonly O[]): readonly O[] {
  return operations.filter((operation) => KINDS.includes(operation.kind));
}

/** The one that is under way; null for none. */
export function openDuplicateOperation(operations: readonly Operation[]): Operation | null {
  return duplicateOperations(operations).find((operation) => OPEN.includes(operation.state)) ?? null;
}
