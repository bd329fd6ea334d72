import type { OutputOf } from '@shared/contract/contract';
import { changedWinners } from '@shared/domain/gitops/hierarchy/preview';
import { groupsWithin } from '@shared/domain/gitops/scan/within';
import { rulesOf } from '@shared/domain/gitops/hierarchy/rules';
import { currentVersion } from '@shared/domain/gitops/hierarchy/versions';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import { placeOf, type Place } from './place';
import type { ResolveDependencies } from './resolve-dependencies';
import { lookedPlan, type PlanRequest, type ReadyPlan } from './resolution-plan';

type Names = 'gitops.plan' | 'gitops.hierarchy' | 'gitops.set-hierarchy' | 'gitops.preview-hierarchy' | 'gitops.hierarchy-versions' | 'gitops.policies' | 'gitops.set-policies';

/** Binds what is asked about resolutions and their rules; resolving itself is an operation. */
export function resolveHandlers(deps: ResolveDependencies): Pick<Handlers, Names> {
  const placed = ({ project, dir }: { readonly project?: string | undefined; readonly dir?: string | undefined }): Promise<Place> => placeOf(deps, { ...(project === undefined ? {} : { project }), ...(dir === undefined ? {} : { dir }) });
  const idOf = async (reference: string): Promise<string> => (await deps.projects.resolve(reference)).id;
  const hierarchyOf = async (id: string): Promise<OutputOf<'gitops.hierarchy'>> => {
    const { version, config } = currentVersion(await deps.rules.versions(id));
    const rules = rulesOf(config);
    return { version, config: copyOf(config), rules: { directories: [...rules.directories], names: [...rules.names], metadata: [...rules.metadata] } };
  };
  return {
    'gitops.plan': async (input, context) => {
      const { dir, within, projectId } = await placed(input);
      const request = { dir, within, projectId, only: input.group.length === 0 ? null : input.group, likely: input.likely, choices: [], operationId: '', at: deps.now().toISOString() };
      return shownPlan(request, await lookedPlan(deps, request, context.signal));
    },
    'gitops.hierarchy': async ({ project }) => hierarchyOf(await idOf(project)),
    'gitops.set-hierarchy': async ({ project, config, version, note }) => {
      const id = await idOf(project);
      if ((config === undefined) === (version === undefined)) throw new AppError('input-invalid', 'Give either new rules or the version to go back to.', { hint: 'Versions: berth gitops hierarchy-versions' });
      if (version !== undefined) await deps.rules.goBack(id, version);
      else await deps.rules.setHierarchy(id, config ?? {}, note);
      return hierarchyOf(id);
    },
    'gitops.preview-hierarchy': async (input, context) => {
      const { dir, within, projectId } = await placed(input);
      const looked = await deps.scans.look({ dir, projectId }, context.signal);
      const tree = { ...looked, groups: groupsWithin(looked.groups, within) };
      const { hierarchy } = await deps.rules.of(projectId);
      const changed = changedWinners(tree, hierarchy, rulesOf(input.config));
      return { changed: changed.length, of: tree.groups.filter((group) => group.certainty !== 'info').length, groups: changed.map(({ groupId, before, after }) => ({ id: groupId, before, after })) };
    },
    'gitops.hierarchy-versions': async ({ project }) => (await deps.rules.versions(await idOf(project))).map(({ version, at, note, config }) => ({ version, at, note, config: copyOf(config) })),
    'gitops.policies': async ({ project }) => [...(await deps.rules.of(await idOf(project))).policies],
    'gitops.set-policies': async ({ project, policies }) => [...(await deps.rules.setPolicies(await idOf(project), policies))],
  };
}

function shownPlan({ dir, within }: Pick<PlanRequest, 'dir' | 'within'>, { plan, tree }: ReadyPlan): OutputOf<'gitops.plan'> {
  const identities = new Map(tree.groups.map(({ id, identity }) => [id, identity === null ? null : { ...identity }]));
  return {
    dir,
    within,
    groups: plan.groups.map((group) => ({
      id: group.groupId,
      class: group.class,
      identity: identities.get(group.groupId) ?? null,
      status: group.status,
      strategy: group.strategy,
      keep: group.kept?.path ?? null,
      decidedBy: group.decidedBy,
      reason: group.reason,
      review: group.review,
      members: group.members.map(({ path, document, line, action, target, score, explanation }) => ({ file: path, document, line, action, target, priorityScore: score.score, explanation })),
    })),
    files: plan.changes.map((change) => ({ file: change.path, action: change.change, target: 'target' in change ? change.target : null })),
    counts: { ...plan.counts, info: groupsWithin(tree.groups, within).filter((group) => group.certainty === 'info').length },
  };
}

function copyOf(config: { readonly directory_priority?: readonly string[] | undefined; readonly file_name_priority?: readonly string[] | undefined; readonly metadata_priority?: readonly string[] | undefined }): OutputOf<'gitops.hierarchy'>['config'] {
  return {
    ...(config.directory_priority === undefined ? {} : { directory_priority: [...config.directory_priority] }),
    ...(config.file_name_priority === undefined ? {} : { file_name_priority: [...config.file_name_priority] }),
    ...(config.metadata_priority === undefined ? {} : { metadata_priority: [...config.metadata_priority] }),
  };
}
