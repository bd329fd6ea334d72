import { filesByPath, rankMembers } from '@shared/domain/gitops/plan/decide-group';
import { decideGroups, withoutMoved } from '@shared/domain/gitops/plan/plan-resolution';
import type { GitKnowledge } from '@shared/domain/gitops/plan/types';
import type { DuplicateGroup, ScannedTree } from '@shared/domain/gitops/types';
import type { ProjectRules, RulesStore } from './rules-store';
import type { GroupJudge, JudgedGroup } from './types';

/** What git says at this moment is left to the plan. */
const COMMITTED: GitKnowledge = { dirty: new Set(), tracked: { has: () => true } };

/** What a scan shows beside each group: scores, the copy that would stay, and whether that needs a person: as the plan decides it. */
export function hierarchyJudge(rules: RulesStore): GroupJudge {
  const judged = new WeakMap<readonly DuplicateGroup[], { readonly by: ProjectRules; readonly groups: readonly JudgedGroup[] }>();
  return (tree, projectId) => {
    const by = rules.known(projectId);
    const before = judged.get(tree.groups);
    if (before !== undefined && before.by.hierarchy === by.hierarchy && before.by.policies === by.policies) return before.groups;
    const groups = judgeTree(tree, by);
    judged.set(tree.groups, { by, groups });
    return groups;
  };
}

function judgeTree(tree: ScannedTree, { hierarchy, policies }: ProjectRules): readonly JudgedGroup[] {
  const files = filesByPath(tree);
  const { groups } = decideGroups(tree, { rules: hierarchy, policies, git: COMMITTED, likely: false, only: null, choices: [], blocked: new Map() });
  const plans = new Map(groups.map((plan) => [plan.groupId, plan]));
  return tree.groups.flatMap((given) => withoutMoved(given, policies)).map((group): JudgedGroup => {
    const ranked = new Map(rankMembers(group, files, hierarchy).map(({ member, score }) => [member, score.score]));
    const plan = plans.get(group.id);
    const kept = plan?.members.find((member) => member.action === 'keep');
    const keep = kept === undefined ? null : (group.members.find((one) => one.path === kept.path && one.document === kept.document && one.item === kept.item) ?? null);
    return { group, scores: group.members.map((member) => ranked.get(member) ?? 0), keep, resolution: plan?.status === 'planned' ? 'auto' : 'manual' };
  });
}
