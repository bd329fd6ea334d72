import { filesByPath, rankMembers } from '@shared/domain/gitops/plan/decide-group';
import { decideSteps, withoutMoved } from '@shared/domain/gitops/plan/plan-resolution';
import type { GitKnowledge } from '@shared/domain/gitops/plan/types';
import type { DuplicateGroup, ScannedTree } from '@shared/domain/gitops/types';
import type { Steps } from '@shared/kernel/steps';
import { inTurns } from '@main/platform/in-turns';
import type { ProjectRules, RulesStore } from './rules-store';
import type { GroupJudge, JudgedGroup } from './types';

/** What git says at this moment is left to the plan. */
const COMMITTED: GitKnowledge = { dirty: new Set(), tracked: { has: () => true } };

/** What a scan shows beside each group: scores, the copy that would stay, and whether that needs a person: as the plan decides it. Kept for as long as the groups and the rules are the same. */
export function hierarchyJudge(rules: Pick<RulesStore, 'of'>): GroupJudge {
  const judged = new WeakMap<readonly DuplicateGroup[], { readonly by: ProjectRules; readonly groups: Promise<readonly JudgedGroup[]> }>();
  return async (tree, projectId) => {
    const by = await rules.of(projectId);
    const before = judged.get(tree.groups);
    if (before?.by === by) return before.groups;
    const groups = inTurns(judgeSteps(tree, by));
    judged.set(tree.groups, { by, groups });
    return groups;
  };
}

function* judgeSteps(tree: ScannedTree, { hierarchy, policies }: ProjectRules): Steps<readonly JudgedGroup[]> {
  const files = filesByPath(tree);
  const { groups } = yield* decideSteps(tree, { rules: hierarchy, policies, git: COMMITTED, likely: false, only: null, choices: [], blocked: new Map() });
  const plans = new Map(groups.map((plan) => [plan.groupId, plan]));
  const judged: JudgedGroup[] = [];
  for (const group of tree.groups.flatMap((given) => withoutMoved(given, policies))) {
    const ranked = new Map(rankMembers(group, files, hierarchy).map(({ member, score }) => [member, score.score]));
    const plan = plans.get(group.id);
    const kept = plan?.members.find((member) => member.action === 'keep');
    const keep = kept === undefined ? null : (group.members.find((one) => one.path === kept.path && one.document === kept.document && one.item === kept.item) ?? null);
    judged.push({ group, scores: group.members.map((member) => ranked.get(member) ?? 0), keep, resolution: plan?.status === 'planned' ? 'auto' : 'manual' });
    yield;
  }
  return judged;
}
