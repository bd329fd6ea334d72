import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationKind } from '@main/operations/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import { changeHash, type ChangeSetDependencies } from './change-set';
import { textOf } from '@shared/domain/operations/operation-input';

/** The operation `changes.apply`, which no door starts by itself: one step of a deploy, as a transaction of its own. */
export function applyOperation(deps: Pick<ChangeSetDependencies, 'projects' | 'buildIdentity'> & { readonly remaker: ServiceRemaker }): OperationKind {
  return {
    kind: 'changes.apply',
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Deploy ${servicesOf(input)?.join(', ') ?? textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const [projectId, mode] = [textOf(input, 'project'), textOf(input, 'mode')];
      if ((await changeHash(deps, projectId, mode)) !== textOf(input, 'hash')) {
        throw new AppError('plan-stale', `The files of ${textOf(input, 'name')} were changed since they were tested.`, { hint: 'Test them again, then deploy.' });
      }
      return deps.remaker.remake(context, { projectId, mode, services: servicesOf(input), recreate: [] });
    },
    async rollback(context, input) {
      if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, textOf(input, 'project'));
    },
    async finish(context, input) {
      if (deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode: textOf(input, 'mode') });
      return null;
    },
  };
}

/** Null: the whole mode. */
function servicesOf(input: JsonObject): readonly string[] | null {
  return Array.isArray(input['services']) ? input['services'].map(String) : null;
}
