import type { ScannedDocument, ScannedFile, ScannedTree } from '../types';
import { filesByPath } from './decide-group';
import type { FileChange, ResolutionPlan } from './types';

/** What an apply root yields: how often each document, by identity and by what it says. */
type Yielded = ReadonlyMap<string, number>;

/**
 * Compares the tree before and after a resolution: each root yields the same objects, less the duplicates that were to go; every reference leads to a file; files that
 * are kept have their bytes. What somebody else changed meanwhile in other files is theirs. Resolves with one sentence for each thing that is not so. `rendered`: files that
 * templates have made anew.
 */
export function verifyResolution(before: ScannedTree, after: ScannedTree, plan: ResolutionPlan, rendered: ReadonlySet<string> = new Set()): readonly string[] {
  const theirs = changedByOthers(before, after, plan);
  return [...lostObjects(before, after, plan, new Set([...theirs, ...rendered])), ...deadReferences(before, after, theirs), ...changedKept(before, after, plan)];
}

/** Files that are not as they were though the resolution has nothing to do with them. */
function changedByOthers(before: ScannedTree, after: ScannedTree, plan: ResolutionPlan): ReadonlySet<string> {
  const ours = new Set([...plan.changes.flatMap((change) => ('target' in change ? [change.path, change.target] : [change.path])), ...keptPaths(plan)]);
  const [had, has] = [filesByPath(before), filesByPath(after)];
  return new Set([...had.keys(), ...has.keys()].filter((path) => !ours.has(path) && had.get(path)?.contentHash !== has.get(path)?.contentHash));
}

function lostObjects(before: ScannedTree, after: ScannedTree, plan: ResolutionPlan, changed: ReadonlySet<string>): readonly string[] {
  const without = new Set([...changed, ...plan.changes.filter((change) => change.change === 'merge').map((change) => change.path)]);
  const [filesBefore, filesAfter] = [filesByPath(before), filesByPath(after)];
  const roots = new Map(after.applyRoots.map((root) => [`${root.made} ${root.path}`, root]));
  const allowed = documentsOf(filesBefore, plan, (action) => action !== 'keep' && action !== 'none');
  const kept = documentsOf(filesBefore, plan, (action) => action === 'keep');
  const problems: string[] = [];
  const everywhere = new Set(after.applyRoots.flatMap((root) => [...yielded(filesAfter, root.files, new Set()).keys()]).map(identityOf));
  for (const root of before.applyRoots) {
    const had = yielded(filesBefore, root.files, without);
    const has = yielded(filesAfter, roots.get(`${root.made} ${root.path}`)?.files ?? [], without);
    // A merged text says something new of the same object.
    const identities = new Set([...yielded(filesAfter, roots.get(`${root.made} ${root.path}`)?.files ?? [], new Set()).keys()].map(identityOf));
    const name = root.path === '' ? 'the folder itself' : root.path;
    for (const [object, count] of had) {
      const rest = has.get(object) ?? 0;
      // A copy in the folder itself of what a controller applies goes whole: it is looked for there.
      const known = root.made === 'folder' ? everywhere : identities;
      const isStillThere = rest > 0 || (identityOf(object) !== '' && known.has(identityOf(object)));
      if (!isStillThere || (rest < count && !allowed.has(object))) problems.push(`${name} would no longer have ${words(object)}.`);
    }
    for (const [object, count] of has) if (count > (had.get(object) ?? 0) && !kept.has(object)) problems.push(`${name} would newly have ${words(object)}.`);
  }
  return problems;
}

function yielded(files: ReadonlyMap<string, ScannedFile>, paths: readonly string[], without: ReadonlySet<string>): Yielded {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (without.has(path)) continue;
    for (const document of files.get(path)?.documents ?? []) counts.set(keyOf(document), (counts.get(keyOf(document)) ?? 0) + 1);
  }
  return counts;
}

function documentsOf(files: ReadonlyMap<string, ScannedFile>, plan: ResolutionPlan, fits: (action: string) => boolean): ReadonlySet<string> {
  const all = plan.groups
    .filter((group) => group.status === 'planned')
    .flatMap((group) => group.members.filter((one) => fits(one.action)).flatMap((member) => (files.get(member.path)?.documents ?? []).filter((document) => group.class === 'exact-dup' || (document.index === member.document && document.item === member.item))));
  return new Set(all.map(keyOf));
}

/** A reference that led to a file and does not any more. What led nowhere before is not ours. */
function deadReferences(before: ScannedTree, after: ScannedTree, theirs: ReadonlySet<string>): readonly string[] {
  const [were, are] = [new Set(before.files.map((file) => file.path)), new Set(after.files.map((file) => file.path))];
  const dead = after.applyRoots.flatMap((root) => root.references.filter((one) => were.has(one.to) && !are.has(one.to) && !theirs.has(one.to)));
  return [...new Set(dead.map((one) => `${one.from} (line ${String(one.line)}) would refer to ${one.to}, which is gone.`))];
}

function changedKept(before: ScannedTree, after: ScannedTree, plan: ResolutionPlan): readonly string[] {
  const [had, has] = [filesByPath(before), filesByPath(after)];
  const changing = new Set(plan.changes.map((change: FileChange) => change.path));
  return [...keptPaths(plan)].filter((path) => !changing.has(path) && had.get(path)?.contentHash !== has.get(path)?.contentHash).map((path) => `${path}, which is kept, has changed or is gone.`);
}

function keptPaths(plan: ResolutionPlan): ReadonlySet<string> {
  return new Set(plan.groups.filter((group) => group.status === 'planned').flatMap((group) => (group.kept === null ? [] : [group.kept.path])));
}

function keyOf(document: ScannedDocument): string {
  const { id, meaning } = document;
  return JSON.stringify([id === null ? '' : `${id.kind} ${id.namespace === '' ? '' : `${id.namespace}/`}${id.name}`, id?.group ?? '', meaning]);
}

function identityOf(key: string): string {
  const [name, group] = JSON.parse(key) as readonly [string, string, string];
  return name === '' ? '' : `${group} ${name}`;
}

function words(key: string): string {
  const [name] = JSON.parse(key) as readonly [string];
  return name === '' ? 'a document without a name' : name;
}
