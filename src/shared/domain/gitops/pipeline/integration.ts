import type { RootReference, ScannedTree } from '../types';

/** What a repository says of files that were changed. */
export interface RepositoryNews {
  readonly branch: string | null;
  /** Of the changed files: those that differ from the last commit. */
  readonly uncommitted: number;
  /** Of the changed files: those that a merge has left with both versions. */
  readonly conflicts: readonly string[];
  /** "a merge" that waits to be finished. */
  readonly unfinished: string | null;
  /** What the branch follows; null for nothing. */
  readonly upstream: string | null;
  readonly ahead: number | null;
  readonly behind: number | null;
}

/** What a change means for what is applied together, and for the repository. `problem`: why it does not fit. */
export type Integration = { readonly problem: string; readonly hint: string } | { readonly problem: null; readonly message: string };

/** Where something that is applied refers to a file that is gone. */
export function referencesToGone(tree: Pick<ScannedTree, 'files' | 'applyRoots'>, changed: readonly string[]): readonly RootReference[] {
  const there = new Set(tree.files.map((file) => file.path));
  const gone = new Set(changed.filter((path) => !there.has(path)));
  const found = new Map<string, RootReference>();
  if (gone.size > 0) for (const { references } of tree.applyRoots) for (const one of references) if (gone.has(one.to) && there.has(one.from)) found.set(`${one.from} ${String(one.line)} ${one.to}`, one);
  return [...found.values()].sort((left, right) => (left.from === right.from ? left.line - right.line : left.from < right.from ? -1 : 1));
}

/** Whether a change fits into what there is, and what is left to do with it. `broken`: null where the folder was not scanned; `news`: null in no repository. */
export function integrationOf(files: number, broken: readonly RootReference[] | null, news: RepositoryNews | null): Integration | null {
  const [first] = broken ?? [];
  if (first !== undefined) return { problem: `${first.from}:${String(first.line)} refers to ${first.to}, which is gone.`, hint: 'Take the reference out, or bring the file back.' };
  const [conflict] = news?.conflicts ?? [];
  if (conflict !== undefined) return { problem: `${conflict} has both versions of ${news?.unfinished ?? 'a merge'}.`, hint: 'Decide what stays, then finish it: berth gitops resolve-merge' };
  if (broken === null && news === null) return null;
  return { problem: null, message: [broken === null ? null : 'References fit', ...newsWords(files, news)].filter((one) => one !== null).join('; ') };
}

function newsWords(files: number, news: RepositoryNews | null): readonly (string | null)[] {
  if (news === null) return [];
  const { branch, uncommitted, unfinished, upstream, ahead, behind } = news;
  const on = branch === null ? 'without a branch' : `on ${branch}`;
  const apart = upstream === null || (ahead ?? 0) + (behind ?? 0) === 0 ? null : `${String(ahead ?? 0)} ahead of ${upstream}, ${String(behind ?? 0)} behind`;
  return [`${uncommitted === 0 ? 'nothing to commit' : `${String(uncommitted)} of ${String(files)} to commit`} ${on}`, apart, unfinished === null ? null : `${unfinished} is unfinished`];
}
