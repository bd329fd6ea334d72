import { useCallback, useEffect } from 'react';
import type { BerthEvent } from '@shared/contract/events';
import type { AppError } from '@shared/kernel/app-error';
import { call, subscribe } from '../../lib/client';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import type { WorkspacesStatus } from './workspaces-answer';

/** Kinds whose outcome the page tells. */
export const WORKSPACE_KINDS = /^workspaces\./;

export interface WorkspacesFacts {
  readonly status: WorkspacesStatus | null;
  readonly error: AppError | null;
  readonly again: () => void;
  /** Takes over what a change answered with. */
  readonly set: (status: WorkspacesStatus) => void;
}

/** How the workspaces of a project are: asked when the page is opened and when files or containers of the project changed; after that it is told. */
export function useWorkspaces(projectId: string): WorkspacesFacts {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const asked = useAnswer(useCallback(() => call('workspaces.list', { project: projectId }).then((status) => ({ status, revision })), [projectId, revision]));
  const { set, again } = asked;
  const take = useCallback((status: WorkspacesStatus) => set({ status, revision }), [set, revision]);
  useEffect(
    () =>
      subscribe((events) => {
        const status = announcedWorkspaces(events.map(({ event }) => event), projectId);
        if (status !== null) take(status);
      }),
    [projectId, take],
  );
  return { status: asked.value?.status ?? null, error: asked.error, again, set: take };
}

/** How the workspaces of a project are by the newest of these events; null where none is about them. */
export function announcedWorkspaces(events: readonly BerthEvent[], projectId: string): WorkspacesStatus | null {
  const newest = events.findLast((event) => event.type === 'workspaces.changed' && event.projectId === projectId);
  return newest?.type === 'workspaces.changed' ? newest.workspaces : null;
}
