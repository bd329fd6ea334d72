import { useCallback } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { call } from '../../lib/client';
import { useStore } from '../../lib/store';
import { useAnswer, type Answer } from '../../lib/use-answer';

/** The changes and the look at the disk they are of. */
export interface ReadChanges {
  readonly set: OutputOf<'changes.show'>;
  readonly revision: string;
}

/** What changed and does not run yet: read again when files or what images are built from changed, or an operation ended. */
export function useChanges(projectId: string): Answer<ReadChanges> {
  const revision = useStore((state) => `${String(state.model.revisions[projectId] ?? 0)} ${String(state.model.sourceRevisions[projectId] ?? 0)}`);
  return useAnswer(useCallback(() => call('changes.show', { project: projectId }).then((set) => ({ set, revision })), [projectId, revision]));
}
