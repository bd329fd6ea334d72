import { remotesOf } from '@shared/domain/gitops/git-config';
import { AppError } from '@shared/kernel/app-error';
import type { OperationContext } from '@main/operations/types';
import type { GitRepository } from '@main/platform/git';
import { commitFiles, createBranch } from './git-branches';
import { putGitBack, workOf } from './git-operation';
import { pushBranch, remoteBranch } from './git-remotes';
import type { GitDependencies, GitWork } from './git-types';
import type { ResolutionGit } from './types';

/** What git says where there is nothing to work with. */
const NONE: ReadonlySet<string> = new Set(['git-missing', 'not-a-repository', 'not-supported']);

/** Git as a resolution needs it. */
export function resolutionGit(deps: GitDependencies): ResolutionGit {
  // What one operation has done is counted in one place, so that its steps have names of their own.
  const works = new WeakMap<OperationContext, GitWork>();
  const workAt = async (context: OperationContext, dir: string): Promise<GitWork> => {
    const work = works.get(context) ?? workOf(deps, context, await deps.git.open(dir));
    works.set(context, work);
    return work;
  };
  return {
    async facts(dir, signal) {
      const repository = await repositoryAt(deps, dir);
      if (repository === null) return null;
      const below = within(repository, dir);
      const [{ changes }, listed] = await Promise.all([deps.workTrees.state(repository), repository.run({ args: ['ls-files', '-z', '--cached'], signal, what: 'The files of the repository cannot be listed' })]);
      return { dirty: new Set(changes.flatMap(({ path, from }) => [path, ...(from === null ? [] : [from])]).flatMap(below)), tracked: new Set(listed.stdout.toString('utf8').split('\0').flatMap(below)) };
    },
    async startBranch(context, dir, name) {
      await createBranch(await workAt(context, dir), name, true);
    },
    async commit(context, dir, paths, message) {
      const work = await workAt(context, dir);
      const { root } = work.repository.place;
      const prefix = dir === root ? '' : `${dir.slice(root.length + 1)}/`;
      return String((await commitFiles(deps, work, paths.map((path) => `${prefix}${path}`), message))['commit']);
    },
    async push(context, dir, commit) {
      const work = await workAt(context, dir);
      const { branch } = await work.state();
      if (branch === null) throw new AppError('git-failed', `No branch is checked out in ${dir}.`, { hint: 'Switch to a branch first.' });
      const remotes = remotesOf(work.repository.settings).map((one) => one.name);
      const remote = await remoteBranch(deps, work.repository, branch, remotes.includes('origin') ? 'origin' : remotes[0]);
      if (!(await pushBranch(work, remote, commit))) throw new AppError('git-failed', `The remote has newer commits on ${branch}.`, { hint: 'Sync first, or put the resolution on a branch of its own.' });
    },
    putBack: (context, dir) => putGitBack(deps, context, dir),
    async settle({ records }) {
      for (const record of records) if (record.name === 'git.keep') await deps.workTrees.forget(String(record.intent['kept']));
    },
  };
}

/** The repository a folder lies in; null for none, and without git. */
export async function repositoryAt(deps: GitDependencies, dir: string): Promise<GitRepository | null> {
  try {
    return await deps.git.open(dir);
  } catch (error) {
    if (error instanceof AppError && NONE.has(error.code)) return null;
    throw error;
  }
}

/** Paths of the repository as the scanned folder names them; none for what lies elsewhere. */
function within({ place }: GitRepository, dir: string): (path: string) => readonly string[] {
  const prefix = dir === place.root ? '' : `${dir.slice(place.root.length + 1)}/`;
  return (path) => (path !== '' && path.startsWith(prefix) ? [path.slice(prefix.length)] : []);
}
