import type { ApplyRoot, DuplicateGroup, RootReference, ScannedFile, ScannedTree } from '../types';
import type { GroupPlan, MemberPlan } from './types';

/** A reference that is written anew: `from` and `to` are files of the tree, `to` null where it is taken out. */
export interface PlannedEdit {
  /** The kustomization. */
  readonly file: string;
  readonly as: string;
  readonly from: string;
  readonly to: string | null;
}

/** Who applies a file, and who refers to it; made once for a tree. */
export interface RootIndex {
  readonly rootsOf: ReadonlyMap<string, ReadonlySet<ApplyRoot>>;
  readonly referencesTo: ReadonlyMap<string, readonly { readonly root: ApplyRoot; readonly reference: RootReference }[]>;
}

/** Looks every root of a tree through. */
export function rootIndex(tree: Pick<ScannedTree, 'applyRoots'>): RootIndex {
  const rootsOf = new Map<string, Set<ApplyRoot>>();
  const referencesTo = new Map<string, { readonly root: ApplyRoot; readonly reference: RootReference }[]>();
  for (const root of tree.applyRoots) {
    for (const path of root.files) rootsOf.set(path, (rootsOf.get(path) ?? new Set<ApplyRoot>()).add(root));
    for (const reference of root.references) {
      const known = referencesTo.get(reference.to) ?? [];
      known.push({ root, reference });
      referencesTo.set(reference.to, known);
    }
  }
  return { rootsOf, referencesTo };
}

/** What has to be mended for a group, or why it cannot be. */
export interface ReferenceOutcome {
  readonly edits: readonly PlannedEdit[];
  readonly refused: string | null;
}

/** The lists of a kustomization whose entries can be taken out or pointed elsewhere. */
const MENDABLE: readonly string[] = ['resources', 'bases', 'components', 'crds'];
const NOTHING: ReferenceOutcome = { edits: [], refused: null };

/**
 * A file that goes must leave no reference behind, and nobody who applies it may lose what it said: where a root has the kept file already, the reference
 * goes; where it has not, it points to the kept file; where neither can be done, the group is left to the user.
 */
export function referenceEdits(index: RootIndex, group: DuplicateGroup, plan: GroupPlan, files: ReadonlyMap<string, ScannedFile>): ReferenceOutcome {
  const kept = plan.kept?.path ?? null;
  if (kept === null) return NOTHING;
  const edits: PlannedEdit[] = [];
  for (const member of plan.members) {
    if (member.action === 'keep' || member.action === 'none' || member.path === kept) continue;
    const outcome = isWhole(group, member, plan, files) ? ofWholeFile(index, member.path, kept) : ofPart(index, member.path, kept);
    if (outcome.refused !== null) return outcome;
    edits.push(...outcome.edits);
  }
  return { edits, refused: null };
}

/** Whether nothing of a file is left once this group is resolved. Files that lose their documents to several groups are looked at as parts. */
export function isWhole(group: Pick<DuplicateGroup, 'layer' | 'class'>, member: Pick<MemberPlan, 'path'>, plan: GroupPlan, files: ReadonlyMap<string, ScannedFile>): boolean {
  if (group.class === 'exact-dup' && group.layer === 'L0') return true;
  const going = plan.members.filter((one) => one.path === member.path && one.action !== 'keep' && one.action !== 'none');
  const documents = files.get(member.path)?.documents ?? [];
  return documents.every((document) => going.some((one) => one.document === document.index && one.item === document.item));
}

function ofWholeFile({ rootsOf, referencesTo }: RootIndex, loser: string, kept: string): ReferenceOutcome {
  const edits = new Map<string, PlannedEdit>();
  const haveKept = rootsOf.get(kept) ?? new Set<ApplyRoot>();
  // The folder itself is a root only for what nobody else applies: a copy of what somebody applies is not missed there.
  const isCopy = [...haveKept].some((root) => root.made !== 'folder');
  const references = referencesTo.get(loser) ?? [];
  const referring = new Set(references.map((one) => one.root));
  const losing = [...(rootsOf.get(loser) ?? [])].filter((root) => !referring.has(root) && !haveKept.has(root) && !(isCopy && root.made === 'folder')).sort((left, right) => (left.path < right.path ? -1 : 1));
  if (losing[0] !== undefined) return refused(loser, losing[0].path, kept);
  for (const { root, reference } of references) {
    if (!MENDABLE.includes(reference.as)) return { edits: [], refused: `${reference.from} refers to ${loser} under ${reference.as}, which is not changed by itself.` };
    const key = `${reference.from} ${reference.as}`;
    const to = haveKept.has(root) ? null : kept;
    if (to !== null && !isBelow(folderOf(reference.from), to)) return { edits: [], refused: `${reference.from} refers to ${loser}, and cannot lead to ${kept} instead: kustomize reads only files below its own folder.` };
    const before = edits.get(key);
    // The same line serves several roots, and they would need different ones.
    if (before !== undefined && before.to !== to) return refused(loser, root.path, kept);
    edits.set(key, { file: reference.from, as: reference.as, from: loser, to });
  }
  return { edits: [...edits.values()], refused: null };
}

function ofPart({ rootsOf }: RootIndex, loser: string, kept: string): ReferenceOutcome {
  const haveKept = rootsOf.get(kept) ?? new Set<ApplyRoot>();
  const isCopy = [...haveKept].some((root) => root.made !== 'folder');
  const [losing] = [...(rootsOf.get(loser) ?? [])].filter((root) => !haveKept.has(root) && !(isCopy && root.made === 'folder')).map((root) => root.path).sort();
  return losing === undefined ? NOTHING : refused(loser, losing, kept);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function isBelow(folder: string, path: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

function refused(loser: string, root: string, kept: string): ReferenceOutcome {
  return { edits: [], refused: `${loser} is also applied from ${root === '' ? 'the folder itself' : root}, which does not have ${kept}.` };
}
