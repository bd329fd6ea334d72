import { decidingRule, explainScore, scoreOf, type DecidingRule, type PriorityScore } from '../hierarchy/score';
import type { HierarchyRules } from '../hierarchy/rules';
import type { DuplicateGroup, GroupMember, ScannedFile, ScannedTree } from '../types';
import { ARCHIVE_FOLDER, kindOf, policyFor } from './policy';
import { sensitiveDifference } from './sensitive';
import type { GitKnowledge, GroupChoice, GroupPlan, MemberPlan, PolicyRule, ResolutionAction, ResolutionStrategy, ReviewReason } from './types';

/** What groups are decided with. */
export interface Deciding {
  readonly rules: HierarchyRules;
  readonly policies: readonly PolicyRule[];
  /** Null: the folder is in no repository. */
  readonly git: GitKnowledge | null;
  /** Also what is only likely the same (defaults and what a server adds left out). */
  readonly likely: boolean;
}

/** A member with its rank. */
export interface Ranked {
  readonly member: GroupMember;
  readonly score: PriorityScore;
}

/** The one that is kept. `decidedBy` null: the ranks are equal. */
export interface Winner {
  readonly member: GroupMember;
  readonly decidedBy: DecidingRule | 'same-file' | null;
}

interface Refusal {
  readonly review: ReviewReason;
  readonly reason: string;
}

/** Files by their path, for looking them up again and again. */
export function filesByPath(tree: Pick<ScannedTree, 'files'>): ReadonlyMap<string, ScannedFile> {
  return new Map(tree.files.map((file) => [file.path, file]));
}

/** The members of a group, the highest first; equal ones by path and place, so that the order of files on the disk decides nothing. */
export function rankMembers(group: DuplicateGroup, files: ReadonlyMap<string, ScannedFile>, rules: HierarchyRules): readonly Ranked[] {
  return group.members
    .map((member) => {
      const file = files.get(member.path);
      const document = file?.documents.find((one) => one.index === member.document && one.item === member.item);
      return { member, score: scoreOf(member.path, { ...file?.marks, ...document?.marks }, rules) };
    })
    .sort((left, right) => right.score.score - left.score.score || compare(left.member.path, right.member.path) || left.member.document - right.member.document || (left.member.item ?? -1) - (right.member.item ?? -1));
}

/** Which member the hierarchy keeps; null where it cannot tell. */
export function winnerOf(ranked: readonly Ranked[], areEqual: boolean): Winner | null {
  const [first, ...others] = ranked;
  if (first === undefined) return null;
  const rival = others.find((one) => one.member.path !== first.member.path);
  const sameFile = others.some((one) => one.member.path === first.member.path);
  // Two in one file: which of them stays matters only when they differ, and then no rule can tell.
  if (sameFile && !areEqual) return null;
  if (rival === undefined) return { member: first.member, decidedBy: 'same-file' };
  const decidedBy = decidingRule(first.score, rival.score);
  return decidedBy === null ? null : { member: first.member, decidedBy };
}

/** What becomes of one group without being asked. */
export function decideGroup(group: DuplicateGroup, files: ReadonlyMap<string, ScannedFile>, deciding: Deciding): GroupPlan {
  const ranked = rankMembers(group, files, deciding.rules);
  const winner = winnerOf(ranked, group.layer !== null);
  const members = plannedMembers(group, ranked, winner?.member ?? null, null, deciding);
  const refusal = refusalOf(group, ranked, winner, members, deciding) ?? partly(group, members, files);
  if (refusal !== null || winner === null || winner.decidedBy === null) {
    return { ...shared(group), status: 'manual_review', strategy: 'manual', kept: null, decidedBy: null, reason: refusal?.reason ?? '', review: refusal?.review ?? 'tie', members: members.map((one) => ({ ...one, action: 'none', target: null })) };
  }
  const kept = { path: winner.member.path, document: winner.member.document };
  return { ...shared(group), status: 'planned', strategy: strategyOf(group), kept, decidedBy: winner.decidedBy, reason: whyKept(winner.decidedBy, kept.path, ranked), review: null, members };
}

/** What the user said about a group. It is done as given, but for what nobody can do. */
export function chosenGroup(group: DuplicateGroup, files: ReadonlyMap<string, ScannedFile>, choice: GroupChoice, deciding: Deciding): GroupPlan {
  const ranked = rankMembers(group, files, deciding.rules);
  const kept = ranked.find(({ member }) => member.path === choice.keep.path && (choice.keep.document === null || member.document === choice.keep.document))?.member ?? null;
  const members = plannedMembers(group, ranked, kept, choice, deciding);
  const refusal = impossible(members, deciding) ?? partly(group, members, files);
  const reason = kept === null ? `${choice.keep.path} is not in this group.` : (refusal?.reason ?? `You chose ${kept.path}.`);
  const isPlanned = kept !== null && refusal === null;
  return { ...shared(group), status: isPlanned ? 'planned' : 'manual_review', strategy: 'manual', kept: isPlanned ? { path: kept.path, document: kept.document } : null, decidedBy: isPlanned ? 'user' : null, reason, review: isPlanned ? null : (refusal?.review ?? 'conflicting'), members };
}

function shared(group: DuplicateGroup): Pick<GroupPlan, 'groupId' | 'class'> {
  return { groupId: group.id, class: group.class };
}

function plannedMembers(group: DuplicateGroup, ranked: readonly Ranked[], kept: GroupMember | null, choice: GroupChoice | null, deciding: Deciding): readonly MemberPlan[] {
  return ranked.map(({ member, score }) => {
    const policy = policyFor(deciding.policies, member.path, kindOf(group));
    const asked: ResolutionAction | undefined = choice?.actions[member.path];
    const action = member === kept ? 'keep' : asked === undefined || asked === 'keep' ? policy.action : asked;
    const { path, document, item, line } = member;
    return { path, document, item, line, action, target: targetOf(action, path, policy), score, explanation: explainScore(score, deciding.rules) };
  });
}

function targetOf(action: ResolutionAction, path: string, policy: PolicyRule): string | null {
  if (action === 'archive') return `${ARCHIVE_FOLDER}/${path}`;
  return action === 'move' ? `${(policy.target ?? 'retired').replace(/\/+$/, '')}/${path}` : null;
}

/** Why a group is left to the user; null where it is not. */
function refusalOf(group: DuplicateGroup, ranked: readonly Ranked[], winner: Winner | null, members: readonly MemberPlan[], deciding: Deciding): Refusal | null {
  if (group.certainty === 'info') return { review: 'info', reason: 'This is told for your information; nothing is done about it.' };
  if (group.certainty === 'likely' && !deciding.likely) return { review: 'likely', reason: group.layer === 'L5' || group.layer === 'L6' ? 'They are the same only after defaults and what a server adds, so it is for you to say.' : `${group.reason} So it is for you to say.` };
  if (group.layer === null && group.differences.length === 0) return { review: 'unknown-difference', reason: 'They differ, and it is not known where.' };
  const sensitive = group.layer === null ? sensitiveDifference(group) : null;
  if (sensitive !== null) return { review: 'sensitive', reason: `They differ in ${sensitive.what} (${sensitive.pointer}), which is never decided for you.` };
  if (winner === null) return tieOf(group, ranked);
  const dirty = members.find((one) => deciding.git?.dirty.has(one.path) === true);
  if (dirty !== undefined) return { review: 'dirty', reason: `${dirty.path} has changes that are not committed.` };
  const asks = members.find((one) => one.action !== 'keep' && policyFor(deciding.policies, one.path, kindOf(group)).mode === 'ask');
  if (asks !== undefined) return { review: 'asks', reason: `The policy for ${asks.path} says that you are asked.` };
  return impossible(members, deciding);
}

function tieOf(group: DuplicateGroup, ranked: readonly Ranked[]): Refusal {
  const [first] = ranked;
  const top = ranked.filter((one) => one.score.score === first?.score.score).map((one) => one.member.path);
  if (new Set(group.members.map((one) => one.path)).size < group.members.length) return { review: 'same-file', reason: `${first?.member.path ?? 'One file'} has different versions of it, and no rule can tell which is meant.` };
  return { review: 'tie', reason: `${[...new Set(top)].slice(0, 3).join(' and ')} have the same rank (${String(first?.score.score ?? 0)}).` };
}

function impossible(members: readonly MemberPlan[], { git }: Deciding): Refusal | null {
  const untracked = members.find((one) => one.action === 'delete' && git?.tracked.has(one.path) !== true);
  return untracked === undefined ? null : { review: 'outside-git', reason: `${untracked.path} is not in git, so it is not deleted: nothing else would have it.` };
}

/** What is only a part of a document cannot be commented out by its lines. A List of nothing else goes as a whole. */
function partly(group: DuplicateGroup, members: readonly MemberPlan[], files: ReadonlyMap<string, ScannedFile>): Refusal | null {
  const isWhole = (one: MemberPlan): boolean => {
    const beside = files.get(one.path)?.documents.filter((document) => document.index === one.document) ?? [];
    return beside.length === 1 && beside[0]?.item === one.item;
  };
  const item = members.find((one) => one.action !== 'keep' && one.action !== 'none' && one.item !== null && !isWhole(one));
  if (item !== undefined) return { review: 'list-item', reason: `${item.path} has it as an item of a List, which is changed by hand.` };
  const isService = group.identity !== null && !('kind' in group.identity) && group.layer !== 'L0';
  return isService ? { review: 'list-item', reason: 'It is one service of a compose file, which is changed by hand.' } : null;
}

function strategyOf(group: DuplicateGroup): ResolutionStrategy {
  if (group.layer === null) return 'identity_keep_highest';
  return group.kind === 'identical' ? 'identical_keep_highest' : 'semantic_keep_highest';
}

function whyKept(decidedBy: DecidingRule | 'same-file', path: string, ranked: readonly Ranked[]): string {
  const [first] = ranked;
  const rival = ranked.find((one) => one.member.path !== path);
  if (decidedBy === 'same-file' || rival === undefined) return `${path} has it more than once; the first one stays.`;
  const by = { directory: first?.score.matched.directory ?? 'a folder in no list', name: first?.score.matched.name ?? 'a file name in no list', metadata: first?.score.matched.metadata.join(', ') ?? '' }[decidedBy];
  const what = { directory: 'folder', name: 'file name', metadata: 'metadata' }[decidedBy];
  return `${path} stays: its ${what} (${by}) ranks above that of ${rival.member.path} (${String(first?.score.score ?? 0)} to ${String(rival.score.score)}).`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
