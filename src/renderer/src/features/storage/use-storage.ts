import { useCallback, useEffect } from 'react';
import type { BerthEvent } from '@shared/contract/events';
import type { AppError } from '@shared/kernel/app-error';
import { call, subscribe } from '../../lib/client';
import { isFinal, type Operation } from '../../lib/model';
import { failedOf, runningOf, undoableOf } from '../../lib/operation-results';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useVisible } from '../../lib/use-visible';
import type { StorageConflicts, StorageStatus } from './storage-answer';

/** What changes is announced; sizes of folders and caches are not, and neither is an S3 of somebody else that nobody mounts. */
const LOOK_AGAIN_MS = 60_000;
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

/** What the page shows on every tab. Asked when it is opened and when files or containers changed; after that it is told. */
export function useStorage(projectId: string): StorageFacts {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const visible = useVisible();
  const status = useAnswer(useCallback(() => call('storage.status', { project: projectId }).then((answer) => ({ answer, revision })), [projectId, revision]));
  const conflicts = useAnswer(useCallback(() => call('storage.conflicts', { project: projectId }).then((answer) => ({ answer, revision })), [projectId, revision]));
  const [lookAgain, readAgain] = [status.again, conflicts.again];
  const { set } = status;
  useEffect(
    () =>
      subscribe((events) => {
        const answer = announcedStatus(events.map(({ event }) => event), projectId);
        if (answer !== null) set({ answer, revision });
      }),
    [projectId, revision, set],
  );
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

/** How storage of a project is by the newest of these events; null where none is about it. */
export function announcedStatus(events: readonly BerthEvent[], projectId: string): StorageStatus | null {
  const newest = events.findLast((event) => event.type === 'storage.changed' && event.projectId === projectId);
  return newest?.type === 'storage.changed' ? newest.status : null;
}

/** The storage operation of the project that runs or waits. */
export function runningStorage(operations: readonly Operation[] | null, projectId: string): Operation | null {
  return runningOf(operations, projectId, KINDS);
}

/** The newest storage operation of the project, where it went wrong while this window was open or needs somebody: said until it is put away. */
export function failedStorage(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }, dismissed: readonly string[]): Operation | null {
  return failedOf(operations, projectId, KINDS, seen, dismissed);
}

/** The newest change of the storage files that can be taken back and was made while this window was open. */
export function undoableStorage(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }): Operation | null {
  return undoableOf(operations, projectId, KINDS, seen);
}

/** Another text when something ended that may have changed what lies in buckets. */
export function bucketsRevision(operations: readonly Operation[] | null, projectId: string): string {
  return operations?.find((operation) => operation.projectId === projectId && isFinal(operation) && CHANGES_BUCKETS.test(operation.kind))?.id ?? '';
}
