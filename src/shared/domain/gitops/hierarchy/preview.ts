import { filesByPath, rankMembers, winnerOf } from '../plan/decide-group';
import type { ScannedTree } from '../types';
import type { HierarchyRules } from './rules';

/** A group that another copy would win. Null: the rules cannot tell. */
export interface WinnerChange {
  readonly groupId: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Which groups would change their winner under other rules, by their id. */
export function changedWinners(tree: ScannedTree, before: HierarchyRules, after: HierarchyRules): readonly WinnerChange[] {
  const [was, is] = [winners(tree, before), winners(tree, after)];
  return [...was].filter(([id, winner]) => is.get(id) !== winner).map(([groupId, winner]): WinnerChange => ({ groupId, before: winner, after: is.get(groupId) ?? null })).sort((left, right) => (left.groupId < right.groupId ? -1 : 1));
}

/** The file each group would keep; null for a tie. */
function winners(tree: ScannedTree, rules: HierarchyRules): ReadonlyMap<string, string | null> {
  const files = filesByPath(tree);
  return new Map(
    tree.groups.filter((group) => group.certainty !== 'info').map((group) => {
      const winner = winnerOf(rankMembers(group, files, rules), group.layer !== null);
      return [group.id, winner === null || winner.decidedBy === null ? null : winner.member.path];
    }),
  );
}
