import { join } from 'node:path';
import { branchNameProblem, featureBranchName } from '@shared/domain/gitops/git-names';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { isFolder, pathExists } from '@main/platform/files';
import { changedBetween, type GitRepository } from '@main/platform/git';
import { commitOf, countsBetween, FROM_THE_ROOT, noBranch, pathInRepository, readyState, refuseFiltered, writeCommit } from './git-commands';
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
    { kind: 'gitops.commit', title: (input) => `Commit ${String(textsOf(input, 'files').length)} files`, check: (input, repository) => refuseMissing(deps, repository, textsOf(input, 'files')), run: (work, input) => commitFiles(deps, work, textsOf(input, 'files').map((file) => pathInRepository(work.repository.place.root, file)), textOf(input, 'message')) },
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
  if (commit === null) throw noBranch(name);
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
  if (head !== null && (await countsBetween(repository, commit, head)).ahead === 0) return;
  const { stdout } = await repository.run({ args: ['for-each-ref', '--format=%(refname)', `--contains=${commit}`, 'refs/heads', 'refs/remotes', 'refs/tags'], what: 'The branches cannot be read' });
  if (stdout.toString('utf8').split('\n').some((ref) => ref !== '' && ref !== refOf(name))) return;
  throw new AppError('git-failed', `${name} has commits that are nowhere else: no other branch and no tag has them, nor a remote as of the last fetch.`, { hint: 'Merge or push it first, or say that they may go: --unmerged. Its last commit is ' + commit.slice(0, 12) + '.' });
}

/** Rejects with what is no file that could be committed: what is not there and is not known to be removed, and folders. */
async function refuseMissing(deps: GitDependencies, repository: GitRepository, given: readonly string[]): Promise<void> {
  const { root } = repository.place;
  const { changes } = await deps.workTrees.state(repository);
  const known = new Set(changes.flatMap(({ path, from }) => [path, from ?? path]));
  for (const path of given.map((file) => pathInRepository(root, file))) {
    if (known.has(path)) continue;
    if (await isFolder(join(root, path))) throw new AppError('input-invalid', `${path} is a folder.`, { hint: 'Name the files in it.', where: { file: join(root, path) } });
    if (!(await pathExists(join(root, path)))) throw new AppError('not-found', `There is no file ${path} in ${root}.`, { hint: `${FROM_THE_ROOT} \`berth gitops git\` lists what is not committed.`, where: { file: root } });
  }
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
  if (files.length === 0) throw new AppError('git-failed', `There is nothing to commit: ${paths.length === 1 ? `${paths[0] ?? ''} is` : 'these files are'} as in the last commit, or left out by .gitignore.`, { hint: 'See `berth gitops git`.' });
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

