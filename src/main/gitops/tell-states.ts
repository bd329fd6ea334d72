import type { GroupPlan } from '@shared/domain/gitops/plan/types';
import { inParallel } from '@shared/kernel/in-parallel';
import type { DuplicatePatch } from '@main/platform/types';
import type { ResolveDependencies } from './resolve-dependencies';

const AT_ONCE = 8;

/** Notes with what is kept of these groups how far they are. A folder of no project keeps nothing; what cannot be noted is only logged, since the files are what counts. */
export async function tellStates(deps: Pick<ResolveDependencies, 'states' | 'log'>, projectId: string | null, groups: readonly string[], patchOf: (groupId: string) => DuplicatePatch): Promise<void> {
  if (projectId === null) return;
  await inParallel(groups, AT_ONCE, (groupId) =>
    deps.states.change(projectId, groupId, patchOf(groupId)).then(
      () => undefined,
      (error: unknown) => deps.log.warn('The state of a group could not be kept', { groupId, error }),
    ),
  );
}

/** What is kept of a group that is resolved. A deleted file has no action of its own there. */
export function resolvedPatch(group: GroupPlan): DuplicatePatch {
  const files = Object.fromEntries(group.members.map(({ path, action }) => [path, action === 'delete' ? ('none' as const) : action]));
  return { resolution_status: 'resolved', resolution_strategy: group.strategy, files };
}
