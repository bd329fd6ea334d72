import { atOnce, type Steps } from '../../../kernel/steps';
import type { DuplicateGroup, GroupMember, ScannedFile, ScannedTree } from '../types';
import { chosenGroup, decideGroup, filesByPath, type Deciding } from './decide-group';
import { fileChanges } from './file-changes';
import { referenceEdits, rootIndex, type ReferenceOutcome } from './references';
import type { GroupChoice, GroupPlan, MemberPlan, PolicyRule, ResolutionPlan, ReviewReason } from './types';

/** What a plan is made with. */
export interface Planning extends Deciding {
  /** Only these groups; null: all of them. */
  readonly only: ReadonlySet<string> | null;
  readonly choices: readonly GroupChoice[];
  /** Files whose bytes do not allow what would be done with them, and why in one sentence. */
  readonly blocked: ReadonlyMap<string, string>;
}

/** What groups decided so far take away and keep, by document. */
interface Taken {
  readonly removed: Map<string, string>;
  /** With the object and the place it is kept for. */
  readonly kept: Map<string, string>;
  /** The one that is kept of equal ones; null where that is still to be decided by the user. */
  readonly instead: Map<string, GroupMember | null>;
}

const CLASS_ORDER: readonly DuplicateGroup['class'][] = ['intra-file-dup', 'exact-dup', 'semantic-dup', 'default-equivalent-dup', 'identity-conflict', 'cross-env-variant', 'overlay-of'];
const RESOLVABLE_KINDS: readonly ScannedFile['kind'][] = ['manifests', 'compose', 'other'];

/** The plan for a scanned tree. Nothing in it depends on the order of files, members or groups. */
export function planResolution(tree: ScannedTree, planning: Planning): ResolutionPlan {
  return atOnce(planSteps(tree, planning));
}

/** The same in steps, a group in each. */
export function* planSteps(tree: ScannedTree, planning: Planning): Steps<ResolutionPlan> {
  const { groups, outcomes } = yield* decideSteps(tree, planning);
  const merges = new Map(planning.choices.flatMap((choice) => (choice.mergedText === null ? [] : [[choice.groupId, choice.mergedText] as const])));
  const planned = groups.filter((group) => group.status === 'planned');
  return {
    groups,
    changes: fileChanges(tree, planned, outcomes, merges),
    counts: { groups: groups.length, planned: planned.length, manual: groups.length - planned.length, info: tree.groups.filter((group) => group.certainty === 'info').length },
  };
}

/** What is decided about each group, by its id, and how references follow. */
export function* decideSteps(tree: ScannedTree, planning: Planning): Steps<{ readonly groups: readonly GroupPlan[]; readonly outcomes: readonly ReferenceOutcome[] }> {
  const files = filesByPath(tree);
  const choices = new Map(planning.choices.map((choice) => [choice.groupId, choice]));
  const wanted = tree.groups.filter((group) => (planning.only === null ? group.certainty !== 'info' : planning.only.has(group.id))).flatMap((group) => withoutMoved(group, planning.policies));
  // What somebody chose comes first: a rule does not take its files away from it.
  const inOrder = [...wanted].sort((left, right) => Number(choices.has(right.id)) - Number(choices.has(left.id)) || CLASS_ORDER.indexOf(left.class) - CLASS_ORDER.indexOf(right.class) || (left.id < right.id ? -1 : 1));
  const index = rootIndex(tree);
  const taken: Taken = { removed: new Map(), kept: new Map(), instead: new Map() };
  const outcomes: ReferenceOutcome[] = [];
  const decide = (given: DuplicateGroup): GroupPlan => {
    const choice = choices.get(given.id);
    const group = choice === undefined ? withWinners(given, taken) : given;
    const decided = choice === undefined ? decideGroup(group, files, planning) : chosenGroup(group, files, choice, planning);
    if (decided.status !== 'planned') {
      if (isOfEquals(group)) for (const member of group.members) taken.instead.set(placeKey(member), null);
      return decided;
    }
    const mended = referenceEdits(index, group, decided, files);
    const refusal = hindrance(group, decided, files, planning, choice !== undefined, taken, mended);
    if (refusal !== null) return left(decided, refusal.review, refusal.reason);
    take(taken, group, decided, files);
    outcomes.push(mended);
    return decided;
  };
  const groups: GroupPlan[] = [];
  for (const given of inOrder) {
    groups.push(decide(given));
    yield;
  }
  return { groups: groups.sort((one, other) => (one.groupId < other.groupId ? -1 : 1)), outcomes };
}

/** Of equal copies one speaks for all in a group of different ones: by then that is the one that is kept of them. */
function withWinners(group: DuplicateGroup, { instead }: Taken): DuplicateGroup {
  if (isOfEquals(group)) return group;
  const members = group.members.map((member) => instead.get(placeKey(member)) ?? member);
  return { ...group, members: members.filter((member, index) => members.findIndex((one) => placeKey(one) === placeKey(member)) === index) };
}

function isOfEquals(group: Pick<DuplicateGroup, 'class' | 'layer'>): boolean {
  return group.class === 'exact-dup' || group.class === 'semantic-dup' || (group.class === 'intra-file-dup' && group.layer !== null);
}

function placeKey({ path, document, item }: Pick<GroupMember, 'path' | 'document' | 'item'>): string {
  return `${path}#${String(document)}#${String(item)}`;
}

/** The object a group is about, where it is applied. */
function aboutOf(group: DuplicateGroup): string {
  return JSON.stringify([group.applyRoot, group.identity]);
}

/** What a rule has moved aside is no copy any more. Nothing where no two others are left. */
export function withoutMoved(group: DuplicateGroup, policies: readonly PolicyRule[]): readonly DuplicateGroup[] {
  const folders = policies.flatMap(({ action, target }) => (action === 'move' && target !== null ? [`${target.replace(/\/+$/, '')}/`] : []));
  if (folders.length === 0) return [group];
  const members = group.members.filter((member) => !folders.some((folder) => member.path.startsWith(folder)));
  return members.length < 2 ? [] : [{ ...group, members }];
}

interface Hindrance {
  readonly review: ReviewReason;
  readonly reason: string;
}

function hindrance(group: DuplicateGroup, plan: GroupPlan, files: ReadonlyMap<string, ScannedFile>, planning: Planning, isChosen: boolean, taken: Taken, mended: ReferenceOutcome): Hindrance | null {
  for (const member of changing(plan)) {
    const blocked = planning.blocked.get(member.path);
    if (blocked !== undefined) return { review: 'not-text', reason: blocked };
    const file = files.get(member.path);
    if (file === undefined || !RESOLVABLE_KINDS.includes(file.kind)) return { review: 'file-kind', reason: `${member.path} has a meaning of its own (${file?.kind ?? 'not scanned'}), so it is not taken away.` };
    if (member.action === 'comment' && member.path.toLowerCase().endsWith('.json')) return { review: 'not-text', reason: `${member.path} is JSON, which has no comments.` };
    if (member.target !== null && files.has(member.target)) return { review: 'target', reason: `${member.target} is there already.` };
  }
  const undecided = isOfEquals(group) ? undefined : group.members.find((member) => taken.instead.get(placeKey(member)) === null);
  if (undecided !== undefined && !isChosen) return { review: 'conflicting', reason: `${undecided.path} has equal copies that are to be decided first.` };
  if (mended.refused !== null) return { review: 'other-root', reason: mended.refused };
  const dirty = mended.edits.find((edit) => planning.git?.dirty.has(edit.file) === true);
  if (dirty !== undefined && !isChosen) return { review: 'dirty', reason: `${dirty.file} refers to it and has changes that are not committed.` };
  return contradiction(group, plan, files, taken);
}

/** Another group keeps what this one would take away, or takes it away differently. After that one is resolved, this one is another. */
function contradiction(group: DuplicateGroup, plan: GroupPlan, files: ReadonlyMap<string, ScannedFile>, taken: Taken): Hindrance | null {
  for (const member of plan.members) {
    for (const key of keysOf(group, member, files)) {
      const [before, keptFor] = [taken.removed.get(key), taken.kept.get(key)];
      // What was kept of equal ones may lose to another version of the same object.
      const isOthers = keptFor !== undefined && keptFor !== aboutOf(group);
      const clashes = member.action === 'keep' ? before !== undefined : isOthers || (before !== undefined && before !== actionKey(member));
      if (clashes && member.action !== 'none') return { review: 'conflicting', reason: `Another group decides about ${member.path}; look again after that.` };
    }
  }
  return null;
}

function take(taken: Taken, group: DuplicateGroup, plan: GroupPlan, files: ReadonlyMap<string, ScannedFile>): void {
  for (const member of plan.members) {
    for (const key of keysOf(group, member, files)) {
      if (member.action === 'keep') taken.kept.set(key, aboutOf(group));
      else if (member.action !== 'none') taken.removed.set(key, actionKey(member));
    }
  }
  const winner = group.members.find((member) => plan.members.some((one) => one.action === 'keep' && placeKey(one) === placeKey(member))) ?? null;
  if (isOfEquals(group)) for (const member of group.members) taken.instead.set(placeKey(member), winner);
}

function actionKey(member: MemberPlan): string {
  return `${member.action} ${member.target ?? ''}`;
}

/** The documents a member stands for: all of its file, where the whole files are the same. */
function keysOf(group: DuplicateGroup, member: MemberPlan, files: ReadonlyMap<string, ScannedFile>): readonly string[] {
  const documents = group.layer === 'L0' && group.class === 'exact-dup' ? (files.get(member.path)?.documents ?? []) : [];
  return documents.length === 0 ? [`${member.path}#${String(member.document)}#${String(member.item)}`] : documents.map((one) => `${member.path}#${String(one.index)}#${String(one.item)}`);
}

function changing(plan: GroupPlan): readonly MemberPlan[] {
  return plan.members.filter((one) => one.action !== 'keep' && one.action !== 'none');
}

function left(plan: GroupPlan, review: ReviewReason, reason: string): GroupPlan {
  return { ...plan, status: 'manual_review', strategy: 'manual', kept: null, decidedBy: null, review, reason, members: plan.members.map((one) => ({ ...one, action: 'none', target: null })) };
}
