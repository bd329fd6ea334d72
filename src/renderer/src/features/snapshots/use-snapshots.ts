import { useCallback, useEffect } from 'react';
import type { BerthEvent } from '@shared/contract/events';
import type { AppError } from '@shared/kernel/app-error';
import { call, subscribe } from '../../lib/client';
import { useAnswer } from '../../lib/use-answer';
import type { SnapshotsStatus } from './snapshots-answer';

/** Kinds whose outcome the page tells. */
export const SNAPSHOT_KINDS = /^snapshots\./;

export interface SnapshotsFacts {
  readonly status: SnapshotsStatus | null;
  readonly error: AppError | null;
  readonly again: () => void;
  /** Takes over what a change answered with. */
  readonly set: (status: SnapshotsStatus) => void;
}

/** The snapshots of a project: asked once, when the page is opened; after that it is told. */
export function useSnapshots(projectId: string): SnapshotsFacts {
  const { value, error, again, set } = useAnswer(useCallback(() => call('snapshots.list', { project: projectId }), [projectId]));
  useEffect(
    () =>
      subscribe((events) => {
        const status = announcedSnapshots(events.map(({ event }) => event), projectId);
        if (status !== null) set(status);
      }),
    [projectId, set],
  );
  return { status: value, error, again, set };
}

/** The snapshots of a project by the newest of these events; null where none is about them. */
export function announcedSnapshots(events: readonly BerthEvent[], projectId: string): SnapshotsStatus | null {
  const newest = events.findLast((event) => event.type === 'snapshots.changed' && event.projectId === projectId);
  return newest?.type === 'snapshots.changed' ? newest.snapshots : null;
}
