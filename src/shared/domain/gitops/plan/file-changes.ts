import type { ScannedFile, ScannedTree } from '../types';
import { filesByPath } from './decide-group';
import type { PlannedEdit, ReferenceOutcome } from './references';
import type { FileChange, GroupPlan, MemberPlan, ReferenceEdit } from './types';

interface Losing {
  readonly member: MemberPlan;
  readonly plan: GroupPlan;
}

/** One change for each file that changes, by path. */
export function fileChanges(tree: ScannedTree, planned: readonly GroupPlan[], outcomes: readonly ReferenceOutcome[], merges: ReadonlyMap<string, string>): readonly FileChange[] {
  const files = filesByPath(tree);
  const losing = new Map<string, Losing[]>();
  for (const plan of planned) {
    for (const member of plan.members) {
      if (member.action === 'keep' || member.action === 'none') continue;
      losing.set(member.path, [...(losing.get(member.path) ?? []), { member, plan }]);
    }
  }
  const changes = [...losing].flatMap(([path, all]) => {
    const file = files.get(path);
    return file === undefined ? [] : [changeOf(file, [...all].sort((left, right) => left.member.document - right.member.document || (left.plan.groupId < right.plan.groupId ? -1 : 1)))];
  });
  const merged = planned.flatMap((plan): readonly FileChange[] => {
    const [text, file] = [merges.get(plan.groupId), files.get(plan.kept?.path ?? '')];
    return text === undefined || file === undefined ? [] : [{ path: file.path, contentHash: file.contentHash, groups: [plan.groupId], change: 'merge', text }];
  });
  return [...changes, ...merged, ...referenceChanges(files, outcomes)].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function changeOf(file: ScannedFile, losing: readonly Losing[]): FileChange {
  const groups = [...new Set(losing.map((one) => one.plan.groupId))].sort();
  const shared = { path: file.path, contentHash: file.contentHash, groups };
  const keptFile = [...new Set(losing.map((one) => one.plan.kept?.path ?? ''))].sort().join(', ');
  const reason = losing[0]?.plan.reason ?? '';
  const [first] = losing;
  const isOneAction = losing.every((one) => one.member.action === first?.member.action && one.member.target === first.member.target);
  if (first === undefined || !isOneAction || !coversAll(file, losing)) {
    const documents = [...new Set(losing.map((one) => one.member.document))].sort((left, right) => left - right);
    return { ...shared, change: losing.every((one) => one.member.action === 'delete') ? 'remove-documents' : 'comment-documents', documents, keptFile, reason };
  }
  const { action, target } = first.member;
  if (action === 'delete') return { ...shared, change: 'delete', reason };
  return (action === 'move' || action === 'archive') && target !== null ? { ...shared, change: action, target, reason } : { ...shared, change: 'comment', keptFile, reason };
}

function coversAll(file: ScannedFile, losing: readonly Losing[]): boolean {
  if (losing.some((one) => one.plan.class === 'exact-dup')) return true;
  return file.documents.every((document) => losing.some(({ member }) => member.document === document.index && member.item === document.item));
}

function referenceChanges(files: ReadonlyMap<string, ScannedFile>, outcomes: readonly ReferenceOutcome[]): readonly FileChange[] {
  const byFile = new Map<string, Map<string, PlannedEdit>>();
  for (const edit of outcomes.flatMap((outcome) => outcome.edits)) {
    const edits = byFile.get(edit.file) ?? new Map<string, PlannedEdit>();
    byFile.set(edit.file, edits.set(`${edit.as} ${edit.from}`, edit));
  }
  return [...byFile].flatMap(([path, edits]) => {
    const contentHash = files.get(path)?.contentHash;
    const sorted = [...edits.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, { as, from, to }]): ReferenceEdit => ({ as, from, to }));
    return contentHash === undefined ? [] : [{ path, contentHash, groups: [], change: 'references' as const, edits: sorted }];
  });
}
