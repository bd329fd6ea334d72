import { useCallback, useEffect } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { call } from '../../lib/client';
import { isFinal, type Operation } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useVisible } from '../../lib/use-visible';
import type { StorageConflicts, StorageStatus } from './storage-answer';

/** Mounts answer or stop answering by themselves, and no event tells of it. */
const LOOK_AGAIN_MS = 5_000;
const KINDS = /^(?:storage|buckets|objects)\./;
/** Kinds after which other buckets or objects may be there. */
const CHANGES_BUCKETS = /^(?:buckets|objects)\.|^storage\.(?:sync|start|stop|use|server)$/;

export interface StorageFacts {
  readonly status: StorageStatus | null;
  readonly error: AppError | null;
  readonly conflicts: StorageConflicts | null;
  readonly conflictsError: AppError | null;
  readonly again: () => void;
}

/** What the page shows on every tab. Asked again when files or containers changed, and now and then while the page can be seen. */
export function useStorage(projectId: string): StorageFacts {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const visible = useVisible();
  const status = useAnswer(useCallback(() => call('storage.status', { project: projectId }).then((answer) => ({ answer, revision })), [projectId, revision]));
  const conflicts = useAnswer(useCallback(() => call('storage.conflicts', { project: projectId }).then((answer) => ({ answer, revision })), [projectId, revision]));
  const [lookAgain, readAgain] = [status.again, conflicts.again];
  useEffect(() => {
    if (!visible) return undefined;
    const timer = setInterval(lookAgain, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [visible, lookAgain]);
  const again = useCallback(() => {
    lookAgain();
    readAgain();
  }, [lookAgain, readAgain]);
  return { status: status.value?.answer ?? null, error: status.error, conflicts: conflicts.value?.answer ?? null, conflictsError: conflicts.error, again };
}

/** The storage operation of the project that runs or waits. */
export function runningStorage(operations: readonly Operation[] | null, projectId: string): Operation | null {
  return operations?.find((operation) => operation.projectId === projectId && KINDS.test(operation.kind) && !isFinal(operation)) ?? null;
}

/** The newest storage operation of the project, where it went wrong while this window was open or needs somebody: said until it is put away. */
export function failedStorage(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }, dismissed: readonly string[]): Operation | null {
  const newest = operations?.find((operation) => operation.projectId === projectId && KINDS.test(operation.kind));
  if (newest === undefined || newest.error === null || newest.state === 'cancelled' || dismissed.includes(newest.id)) return null;
  return seen[newest.id] === undefined && newest.state !== 'needs-attention' ? null : newest;
}

/** The newest change of the storage files that can be taken back and was made while this window was open. */
export function undoableStorage(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }): Operation | null {
  return operations?.find((operation) => operation.projectId === projectId && operation.undoable && KINDS.test(operation.kind) && seen[operation.id] !== undefined) ?? null;
}

/** Another text when something ended that may have changed what lies in buckets. */
export function bucketsRevision(operations: readonly Operation[] | null, projectId: string): string {
  return operations?.find((operation) => operation.projectId === projectId && isFinal(operation) && CHANGES_BUCKETS.test(operation.kind))?.id ?? '';
}
