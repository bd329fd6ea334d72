import { branchNameProblem, featureBranchName } from '@shared/domain/gitops/git-names';
import { upstreamOf } from '@shared/domain/gitops/git-config';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { changedBetween, type GitRepository } from '@main/platform/git';
import { commitOf, countsBetween, readyState, refuseFiltered, writeCommit } from './git-commands';
import type { GitOperation } from './git-operation';
import { mergeBranch, refuseDirty } from './git-sync';
import type { GitDependencies, GitWork } from './git-types';

/** The operations on branches, and the commit of named files. */
export function branchOperations(deps: GitDependencies): readonly GitOperation[] {
  const name = (input: JsonObject): string => textOf(input, 'name');
  const checkName = (input: JsonObject): void => refuseName(name(input));
  return [
    {
      kind: 'gitops.create-branch',
      title: (input) => `Create the branch ${typeof input['name'] === 'string' ? input['name'] : 'for a change'}`,
      check: (input) => (typeof input['name'] === 'string' ? refuseName(input['name']) : undefined),
      run: (work, input) => createBranch(work, typeof input['name'] === 'string' ? input['name'] : featureBranchName(typeof input['for'] === 'string' ? input['for'] : 'change', deps.now()), input['switch'] !== false),
    },
    { kind: 'gitops.switch-branch', title: (input) => `Switch to ${name(input)}`, check: checkName, run: (work, input) => switchBranch(work, name(input)) },
    { kind: 'gitops.merge-branch', title: (input) => `Merge ${name(input)}`, check: checkName, run: (work, input) => mergeBranch(deps, work, name(input), null) },
    { kind: 'gitops.delete-branch', title: (input) => `Delete the branch ${name(input)}`, check: checkName, run: (work, input) => deleteBranch(work, name(input), input['unmerged'] === true) },
    { kind: 'gitops.commit', title: (input) => `Commit ${String(textsOf(input, 'files').length)} files`, run: (work, input) => commitFiles(deps, work, textsOf(input, 'files'), textOf(input, 'message')) },
  ];
}

/** Rejects a name that git would not take. */
export function refuseName(name: string): void {
  const problem = branchNameProblem(name);
  if (problem !== null) throw new AppError('input-invalid', `${JSON.stringify(name)} cannot be the name of a branch. ${problem}`, { hint: 'For example: gitops/cleanup.' });
}

const refOf = (name: string): string => `refs/heads/${name}`;

/** Makes a branch where the work folder stands; what is not committed stays as it is. */
export async function createBranch(work: GitWork, name: string, isSwitched: boolean): Promise<JsonObject> {
  const { repository } = work;
  const state = readyState(await work.state(), repository.place.root);
  if ((await commitOf(repository, refOf(name))) !== null) throw new AppError('git-failed', `There is a branch ${name} already.`, { hint: 'Take another name, or switch to it.' });
  await work.apply({ ref: { name: refOf(name), from: null, to: state.commit }, head: isSwitched ? { from: state.headRef, to: refOf(name) } : null, files: null, staged: [] }, `berth: branch from ${state.branch}`);
  return { branch: name, commit: state.commit, from: state.branch, switched: isSwitched };
}

async function switchBranch(work: GitWork, name: string): Promise<JsonObject> {
  const { repository } = work;
  const found = await work.state();
  const commit = await existing(repository, name);
  if (found.headRef === refOf(name)) return { branch: name, commit, from: name, changedFiles: 0 };
  const state = readyState(found, repository.place.root);
  const changed = [...(await changedBetween(repository, state.commit, commit)).keys()];
  await refuseFiltered(repository, changed);
  refuseDirty(state, changed);
  await work.apply({ ref: null, head: { from: state.headRef, to: refOf(name) }, files: { from: state.commit, to: commit }, staged: [] }, `berth: moving from ${state.branch} to ${name}`);
  return { branch: name, commit, from: state.branch, changedFiles: changed.length };
}

async function existing(repository: GitRepository, name: string): Promise<string> {
  const commit = await commitOf(repository, refOf(name));
  if (commit === null) throw new AppError('not-found', `There is no branch ${name}.`, { hint: 'See `berth gitops branches`.' });
  return commit;
}

async function deleteBranch(work: GitWork, name: string, evenUnmerged: boolean): Promise<JsonObject> {
  const { repository } = work;
  const state = await work.state();
  const commit = await existing(repository, name);
  if (state.headRef === refOf(name)) throw new AppError('git-failed', `${name} is checked out.`, { hint: 'Switch to another branch first.' });
  if (!evenUnmerged) await refuseUnmerged(repository, name, commit, state.commit);
  await work.apply({ ref: { name: refOf(name), from: commit, to: null }, head: null, files: null, staged: [] }, 'berth: delete');
  return { branch: name, commit };
}

async function refuseUnmerged(repository: GitRepository, name: string, commit: string, head: string | null): Promise<void> {
  const upstream = upstreamOf(repository.settings, name);
  const followed = upstream === null ? null : await commitOf(repository, `refs/remotes/${upstream.remote}/${upstream.branch}`);
  for (const other of [head, followed]) if (other !== null && (await countsBetween(repository, commit, other)).ahead === 0) return;
  throw new AppError('git-failed', `${name} has commits that are nowhere else.`, { hint: 'Merge it first, or say that they may go: --unmerged. Its last commit is ' + commit.slice(0, 12) + '.' });
}

/** Commits these files and nothing else; what else is in the index stays there. Hooks of the repository do not run. */
export async function commitFiles(deps: GitDependencies, work: GitWork, paths: readonly string[], message: string): Promise<JsonObject> {
  const { repository } = work;
  const { root } = repository.place;
  const state = await work.state();
  if (state.unfinished !== null) readyState(state, root);
  if (state.headRef === null) throw new AppError('git-failed', `No branch is checked out in ${root}.`, { hint: 'Switch to a branch first.' });
  const named = new Set(paths);
  const changes = state.changes.filter((change) => named.has(change.path) || (change.from !== null && named.has(change.from)));
  const files = [...new Set(changes.flatMap(({ path, from }) => [...(named.has(path) ? [path] : []), ...(from !== null && named.has(from) ? [from] : [])]))];
  if (changes.some((change) => change.state === 'conflict')) throw new AppError('git-failed', 'Files with conflicts cannot be committed.', { hint: 'Decide them first.' });
  if (files.length === 0) throw new AppError('git-failed', 'There is nothing to commit: these files are as they were.', { hint: 'See `berth gitops git`.' });
  await refuseFiltered(repository, files);
  const { stage } = deps.workTrees;
  const tree = await deps.workTrees.withScratch(async (index) => {
    await repository.run({ args: state.commit === null ? ['read-tree', '--empty'] : ['read-tree', state.commit], indexFile: index, writes: true, what: 'The last commit cannot be read' });
    await stage(repository, index, files);
    return (await repository.run({ args: ['write-tree'], indexFile: index, writes: true, what: 'The commit cannot be written' })).stdout.toString('utf8').trim();
  });
  const commit = await writeCommit(repository, tree, state.commit === null ? [] : [state.commit], `${message.trim()}\n`);
  await work.apply({ ref: { name: state.headRef, from: state.commit, to: commit }, head: null, files: null, staged: files }, `berth: commit: ${message.split('\n')[0] ?? ''}`);
  return { branch: state.headRef.replace('refs/heads/', ''), commit, files: files.length };
}

