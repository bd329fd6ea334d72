import { decideGroup, filesByPath, rankMembers } from '@shared/domain/gitops/plan/decide-group';
import type { ScannedFile, ScannedTree } from '@shared/domain/gitops/types';
import type { RulesStore } from './rules-store';
import type { GroupJudge } from './types';

/** What a scan shows beside each group: scores, the copy that would stay, and whether that needs a person. Git and the bytes of files are left to the plan. */
export function hierarchyJudge(rules: RulesStore): GroupJudge {
  const looked = new WeakMap<ScannedTree, ReadonlyMap<string, ScannedFile>>();
  return (group, tree, projectId) => {
    const files = looked.get(tree) ?? filesByPath(tree);
    looked.set(tree, files);
    const { hierarchy, policies } = rules.known(projectId);
    const ranked = rankMembers(group, files, hierarchy);
    const plan = decideGroup(group, files, { rules: hierarchy, policies, git: null, likely: false });
    const scores = group.members.map((member) => ranked.find((one) => one.member === member)?.score.score ?? 0);
    return { scores, keep: plan.kept?.path ?? null, resolution: plan.status === 'planned' ? 'auto' : 'manual' };
  };
}
