import { isAbsolute, normalize, relative, sep } from 'node:path';
import { parseMergeTree, type MergeConflict, type MergeDecisions } from '@shared/domain/gitops/merge-tree';
import { AppError } from '@shared/kernel/app-error';
import type { GitRepository, WorkTreeState } from '@main/platform/git';

/** A branch that is checked out with at least one commit. */
export interface ReadyState extends WorkTreeState {
  readonly branch: string;
  readonly commit: string;
  readonly headRef: string;
}

/** Rejects in one sentence where nothing can be merged or sent: no branch, no commit, something unfinished. */
export function readyState(state: WorkTreeState, root: string): ReadyState {
  const { branch, commit, headRef, unfinished } = state;
  const refuse = (message: string, hint: string): AppError => new AppError('git-failed', message, { hint, where: { file: root } });
  if (unfinished !== null) throw refuse(`There is ${unfinished} in ${root} that is not finished.`, 'Finish or abort it with git, then try again.');
  if (state.changes.some((change) => change.state === 'conflict')) throw refuse(`Files in ${root} have conflicts that are not decided.`, 'Decide them, then try again.');
  if (headRef === null || branch === null) throw refuse(`No branch is checked out in ${root}.`, 'Switch to a branch first: `git switch <branch>`.');
  if (commit === null) throw refuse(`The branch ${branch} has no commit yet.`, 'Commit something first.');
  return { ...state, branch, commit, headRef };
}

/** The commit that a name stands for; null when there is none. */
export async function commitOf(repository: GitRepository, name: string): Promise<string | null> {
  const { exitCode, stdout } = await repository.run({ args: ['rev-parse', '--verify', '-q', '--end-of-options', `${name}^{commit}`], what: 'The commit cannot be found', answers: [1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').trim() : null;
}

/** A file by its path from the root of the repository. Rejects with `input-invalid` for what lies elsewhere. */
export function pathInRepository(root: string, given: string): string {
  const path = (isAbsolute(given) ? relative(root, given) : normalize(given)).split(sep).join('/');
  if (path === '.' || path === '' || path === '..' || path.startsWith('../') || isAbsolute(path)) throw new AppError('input-invalid', `${given} is no file in the repository ${root}.`, { hint: FROM_THE_ROOT });
  return path;
}

export const FROM_THE_ROOT = 'Name files by their path from the root of the repository.';

/** What is said of a branch that is not there. */
export function noBranch(name: string): AppError {
  return new AppError('not-found', `There is no branch ${name}.`, { hint: 'See `berth gitops branches`.' });
}

/** Commits that only the first has, and that only the second has. */
export async function countsBetween(repository: GitRepository, ours: string, theirs: string): Promise<{ readonly ahead: number; readonly behind: number }> {
  const { stdout } = await repository.run({ args: ['rev-list', '--left-right', '--count', '--end-of-options', `${ours}...${theirs}`], what: 'The branches cannot be compared' });
  const [ahead = 0, behind = 0] = stdout.toString('utf8').trim().split(/\s+/).map(Number);
  return { ahead, behind };
}

/** A merge worked out among objects alone: nothing of the work folder is looked at. */
export async function tryMerge(repository: GitRepository, ours: string, theirs: string, signal: AbortSignal): Promise<{ readonly tree: string; readonly conflicts: readonly MergeConflict[] }> {
  const { exitCode, stdout } = await repository.run({ args: ['merge-tree', '--write-tree', '-z', '--end-of-options', ours, theirs], writes: true, signal, answers: [1], what: 'The branches cannot be merged' });
  const merged = parseMergeTree(stdout.toString('utf8'));
  if (exitCode === 1 && merged.conflicts.length === 0) throw new AppError('git-failed', 'The branches cannot be merged: git finds a conflict that belongs to no single file.', { hint: 'Merge them with git in a terminal.' });
  return merged;
}

/** The merged tree with what the user decided in the places of the conflicts. */
export async function decidedTree(repository: GitRepository, merged: { readonly tree: string; readonly conflicts: readonly MergeConflict[] }, decisions: MergeDecisions, indexFile: string): Promise<string> {
  const lines: string[] = [];
  for (const { path, base, ours, theirs } of merged.conflicts) {
    const text = decisions.texts.find((one) => one.path === path)?.text;
    const side = decisions.ours.includes(path) ? ours : theirs;
    const mode = text === undefined ? side?.mode : (ours ?? theirs ?? base)?.mode;
    if (text === undefined && side === null) lines.push(`0 ${'0'.repeat(merged.tree.length)}\t${path}`);
    else lines.push(`${mode ?? '100644'} ${text === undefined ? (side?.id ?? '') : await writeBlob(repository, text)} 0\t${path}`);
  }
  await repository.run({ args: ['read-tree', '--end-of-options', merged.tree], indexFile, writes: true, what: 'The merge cannot be prepared' });
  await repository.run({ args: ['update-index', '-z', '--index-info'], input: lines.map((line) => `${line}\0`).join(''), indexFile, writes: true, what: 'The merge cannot be prepared' });
  return (await repository.run({ args: ['write-tree'], indexFile, writes: true, what: 'The merge cannot be written' })).stdout.toString('utf8').trim();
}

async function writeBlob(repository: GitRepository, text: string): Promise<string> {
  return (await repository.run({ args: ['hash-object', '-w', '--stdin', '--no-filters'], input: text, writes: true, what: 'The text cannot be stored' })).stdout.toString('utf8').trim();
}

/** Makes a commit object; no branch moves. Signed when the user's own configuration says so. */
export async function writeCommit(repository: GitRepository, tree: string, parents: readonly string[], message: string): Promise<string> {
  if (!repository.hasIdentity) throw new AppError('git-failed', 'Git does not know who you are, so nothing can be committed.', { hint: 'Run `git config --global user.name "Your Name"` and `git config --global user.email you@example.org`. What only the repository says of it is not believed.' });
  const args = ['commit-tree', ...(repository.signs ? ['-S'] : []), ...parents.flatMap((parent) => ['-p', parent]), '-F', '-', tree];
  return (await repository.run({ args, input: message, writes: true, what: 'The commit cannot be made' })).stdout.toString('utf8').trim();
}

/** Rejects where one of these files goes through a program of the repository on its way into or out of git: without it, other bytes would be stored. */
export async function refuseFiltered(repository: GitRepository, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const { stdout } = await repository.run({ args: ['check-attr', '-z', '--stdin', 'filter'], input: paths.map((path) => `${path}\0`).join(''), what: 'The attributes cannot be read' });
  const fields = stdout.toString('utf8').split('\0');
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = '', , value = ''] = fields.slice(at, at + 3);
    if (value === 'unspecified' || value === 'unset' || value === 'set') continue;
    throw new AppError('policy-refused', `${path} goes through the filter ${value} (for example LFS or git-crypt), which Berth does not run.`, { hint: 'Do this step with git in a terminal; nothing was changed.', where: { file: path } });
  }
}

/** The text of a version of a file; null where it is no text, or a large one. */
export async function blobText(repository: GitRepository, id: string, maxBytes: number): Promise<string | null> {
  const size = Number((await repository.run({ args: ['cat-file', '-s', id], what: 'The file cannot be read' })).stdout.toString('utf8'));
  if (size > maxBytes) return null;
  const { stdout } = await repository.run({ args: ['cat-file', 'blob', id], what: 'The file cannot be read' });
  if (stdout.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(stdout);
  } catch {
    return null;
  }
}
