import { isDryRun } from '@shared/domain/operations/dry-run';
import { keepsStateBefore, saysWhenItChanges } from '@shared/domain/snapshots/before';
import type { LiveOperation, OperationDeps } from './live-operation';
import type { OperationContext, OperationKind } from './types';

/** When what an operation changes is kept. */
interface Keeping {
  /** Before `run`, and before any file is backed up. */
  atStart(): Promise<void>;
  /** Handed to the operation. */
  readonly beforeChange: NonNullable<OperationContext['beforeChange']>;
}

/** Sees to it that the state of a project is kept once before it is changed; an operation that another one waits for, and a second try, leave it at what was kept before. */
export function keepFirst(live: LiveOperation, kind: OperationKind, deps: Pick<OperationDeps, 'keepState' | 'structural'>): Keeping {
  const { id: operationId, projectId, attempt } = live.operation;
  const { keepState } = deps;
  if (keepState === undefined || projectId === null || live.parent !== null || attempt > 1 || isDryRun(live.operation)) return { atStart: () => Promise.resolve(), beforeChange: () => Promise.resolve(null) };
  let isKept = false;
  const beforeChange = async (volumes: readonly string[] = []): Promise<string | null> => {
    if (isKept) return null;
    isKept = true;
    const plansFiles = kind.plan !== undefined && ((await deps.structural?.planOf(operationId)) ?? null) !== null;
    if (!keepsStateBefore(kind.kind, plansFiles)) return null;
    return keepState({ projectId, operationId, kind: kind.kind, volumes }, live.abort.signal, (text) => live.log(text, undefined));
  };
  return {
    atStart: async () => {
      if (!saysWhenItChanges(kind.kind)) await beforeChange();
    },
    beforeChange,
  };
}
