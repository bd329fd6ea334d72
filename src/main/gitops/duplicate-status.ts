import { duplicateStatus } from '@shared/domain/gitops/duplicate-status';
import type { Project } from '@shared/domain/projects/project';
import type { Handlers } from '@main/dispatch/types';
import type { Operations } from '@main/operations/types';
import type { Scheduler } from '@main/operations/scheduler';

/** Operations that are looked through for those of a project. */
const LOOKED_AT = 500;

/** What the state of duplicates is told from. */
export interface DuplicateStatusDependencies {
  readonly project: (reference: string) => Promise<Project>;
  readonly operations: Pick<Operations, 'list'>;
  readonly schedules: () => Pick<Scheduler, 'list'>;
  /** Statuses of the groups that are stored; null where nothing keeps them. */
  readonly statuses: (projectId: string) => Promise<readonly string[] | null>;
}

/** Binds `gitops.duplicate-status`. */
export function duplicateStatusHandlers(deps: DuplicateStatusDependencies): Pick<Handlers, 'gitops.duplicate-status'> {
  return {
    'gitops.duplicate-status': async (input) => {
      const { id } = await deps.project(input.project);
      const [operations, schedules, statuses] = await Promise.all([deps.operations.list({ projectId: id, limit: LOOKED_AT }), deps.schedules().list(), deps.statuses(id)]);
      const next = schedules.find((one) => one.kind === 'gitops.scan' && one.enabled && one.input['project'] === id);
      const status = duplicateStatus(operations, statuses, next?.nextAt ?? null);
      return { ...status, counts: { ...status.counts } };
    },
  };
}
