import { remotesOf, upstreamOf } from '@shared/domain/gitops/git-config';
import { shownAddress } from '@shared/domain/gitops/git-address';
import { BRANCH_FORMAT, LOG_FORMAT, parseBranches, parseLog } from '@shared/domain/gitops/git-log';
import type { OutputOf } from '@shared/contract/contract';
import type { Handlers } from '@main/dispatch/types';
import { AppError } from '@shared/kernel/app-error';
import { join } from 'node:path';
import { pathExists } from '@main/platform/files';
import type { GitRepository } from '@main/platform/git';
import { commitOf, countsBetween, FROM_THE_ROOT, noBranch, pathInRepository } from './git-commands';
import { placeOf } from './git-operation';
import { shownOf } from './git-show';
import type { GitDependencies } from './git-types';

type Named = { readonly dir?: string | undefined; readonly project?: string | undefined };

/** Binds what is asked about a repository; nothing of it changes anything. */
export function gitHandlers(deps: GitDependencies): Pick<Handlers, 'gitops.git' | 'gitops.history' | 'gitops.show' | 'gitops.branches'> {
  const open = async ({ dir, project }: Named): Promise<GitRepository> => deps.git.open((await placeOf(deps, { ...(dir === undefined ? {} : { dir }), ...(project === undefined ? {} : { project }) })).dir);
  return {
    'gitops.git': async (input) => statusOf(deps, await open(input)),
    'gitops.history': async (input) => historyOf(await open(input), input),
    'gitops.show': async (input) => shownOf(deps, await open(input), input),
    'gitops.branches': async (input) => {
      const repository = await open(input);
      const { branch } = await deps.workTrees.state(repository);
      const { stdout } = await repository.run({ args: ['for-each-ref', '--sort=-committerdate', `--format=${BRANCH_FORMAT}`, 'refs/heads'], what: 'The branches cannot be read' });
      const follows = (name: string): string | null => {
        const upstream = upstreamOf(repository.settings, name);
        return upstream === null ? null : `${upstream.remote}/${upstream.branch}`;
      };
      return { dir: repository.place.root, branches: [...parseBranches(stdout.toString('utf8'), branch, follows)] };
    },
  };
}

/** What there is of a repository beside its files. */
export async function statusOf(deps: GitDependencies, repository: GitRepository): Promise<OutputOf<'gitops.git'>> {
  const state = await deps.workTrees.state(repository);
  const upstream = state.branch === null ? null : upstreamOf(repository.settings, state.branch);
  const theirs = upstream === null ? null : await commitOf(repository, `refs/remotes/${upstream.remote}/${upstream.branch}`);
  const apart = theirs === null || state.commit === null ? null : await countsBetween(repository, state.commit, theirs);
  return {
    dir: repository.place.root,
    branch: state.branch,
    commit: state.commit,
    upstream: upstream === null ? null : `${upstream.remote}/${upstream.branch}`,
    ahead: apart?.ahead ?? null,
    behind: apart?.behind ?? null,
    unfinished: state.unfinished,
    changes: state.changes.map((change) => ({ ...change })),
    conflicts: state.changes.filter((change) => change.state === 'conflict').map(({ path }) => path),
    remotes: remotesOf(repository.settings).map(({ name, url }) => ({ name, address: shownAddress(url) })),
  };
}

async function historyOf(repository: GitRepository, input: { readonly file?: string | undefined; readonly branch?: string | undefined; readonly limit: number }): Promise<OutputOf<'gitops.history'>> {
  const { root } = repository.place;
  const file = input.file === undefined ? undefined : pathInRepository(root, input.file);
  const from = await firstCommit(repository, input.branch === undefined ? ['HEAD'] : [`refs/heads/${input.branch}`, `refs/remotes/${input.branch}`]);
  if (from === null) {
    if (input.branch !== undefined) throw noBranch(input.branch);
    return { dir: root, commits: [] };
  }
  const args = ['log', '-z', `--format=${LOG_FORMAT}`, '--no-show-signature', '--no-ext-diff', '--no-textconv', '-n', String(input.limit), ...(file === undefined ? [] : ['--follow']), '--end-of-options', from, ...(file === undefined ? [] : ['--', file])];
  const { stdout } = await repository.run({ args, what: 'The history cannot be read' });
  const commits = parseLog(stdout.toString('utf8')).map((commit) => ({ ...commit, parents: [...commit.parents] }));
  if (file !== undefined && commits.length === 0 && !(await pathExists(join(root, file)))) throw new AppError('not-found', `No commit of ${input.branch ?? 'this branch'} has ${file}, and there is no such file.`, { hint: FROM_THE_ROOT, where: { file: root } });
  return { dir: root, commits };
}

/** Of the first of these names that stands for one. */
async function firstCommit(repository: GitRepository, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const commit = await commitOf(repository, name);
    if (commit !== null) return commit;
  }
  return null;
}

/** The commits of one file of a folder; none where it is not under git, or git is not there. */
export function commitsOfFile(deps: GitDependencies): (dir: string, file: string, limit: number) => Promise<readonly { readonly id: string; readonly author: string; readonly at: string; readonly subject: string }[]> {
  return async (dir, file, limit) => {
    try {
      return (await historyOf(await deps.git.open(dir), { file: join(dir, file), limit })).commits;
    } catch (error) {
      if (error instanceof AppError) return [];
      throw error;
    }
  };
}
