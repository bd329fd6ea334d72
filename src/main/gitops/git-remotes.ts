import { createHash } from 'node:crypto';
import { remotesOf, upstreamOf, type GitRemote } from '@shared/domain/gitops/git-config';
import { isObjectId } from '@shared/domain/gitops/git-names';
import { AppError } from '@shared/kernel/app-error';
import type { GitRepository, ReachableRemote } from '@main/platform/git';
import type { GitDependencies, GitWork } from './git-types';

/** The branch of a remote that is worked with. */
export interface RemoteBranch {
  readonly remote: GitRemote;
  readonly branch: string;
  /** Where the last fetch left it: refs/remotes/origin/main. */
  readonly tracking: string;
  readonly fetchFrom: ReachableRemote;
  readonly pushTo: ReachableRemote;
}

const OBJECTS_LIMIT_MS = 600_000;

/** What a branch follows. With `named` the user says himself which remote it is, by name or address; a folder of this machine is remembered then, unless it is only asked about. Rejects in one sentence where there is none. */
export async function remoteBranch(deps: GitDependencies, repository: GitRepository, local: string, named: string | undefined, remembers = true): Promise<RemoteBranch> {
  const { root } = repository.place;
  const remotes = remotesOf(repository.settings);
  if (remotes.length === 0) throw new AppError('git-failed', `The repository in ${root} has no remote.`, { hint: 'Add one: `git remote add origin <address>`.', where: { file: root } });
  const upstream = upstreamOf(repository.settings, local);
  const wanted = remotes.find((one) => (named === undefined ? one.name === upstream?.remote : one.name === named || one.url === named || one.pushUrl === named));
  if (wanted === undefined && named !== undefined) throw new AppError('not-found', `${named} is no remote of the repository in ${root}.`, { hint: `It has: ${remotes.map((one) => one.name).join(', ')}.` });
  if (wanted === undefined) throw new AppError('git-failed', `The branch ${local} follows no branch of a remote.`, { hint: `Publish it once: \`git push -u ${remotes[0]?.name ?? 'origin'} ${local}\`, or name the remote: --remote ${remotes[0]?.name ?? 'origin'}.`, where: { file: root } });
  const isNamed = named !== undefined && (named === wanted.url || named === wanted.pushUrl);
  return {
    remote: wanted,
    branch: upstream?.remote === wanted.name ? upstream.branch : local,
    tracking: `refs/remotes/${wanted.name}/${upstream?.remote === wanted.name ? upstream.branch : local}`,
    fetchFrom: await reach(deps, repository, wanted.url, isNamed, remembers),
    pushTo: await reach(deps, repository, wanted.pushUrl, isNamed, remembers),
  };
}

async function reach(deps: GitDependencies, repository: GitRepository, url: string, isNamed: boolean, remembers: boolean): Promise<ReachableRemote> {
  const id = createHash('sha256').update(JSON.stringify([repository.place.commonDir, url])).digest('hex').slice(0, 40);
  if (isNamed && remembers) await deps.store.patchRecord('git-remote', id, { root: repository.place.root });
  return repository.reach(url, isNamed || (await deps.store.getRecord('git-remote', id)) !== null);
}

/** Fetches one branch and resolves with its commit; null when the remote has no such branch. Only what is known of the remote changes. */
export async function fetchBranch({ repository, context, signal }: Pick<GitWork, 'repository' | 'context' | 'signal'>, { remote, branch, tracking, fetchFrom }: RemoteBranch): Promise<string | null> {
  const listed = await repository.speak(fetchFrom, { args: ['ls-remote', '--heads', '--end-of-options', fetchFrom.address, `refs/heads/${branch}`], signal, what: `The remote ${remote.name} (${fetchFrom.shown}) cannot be read` });
  const id = listed.stdout.toString('utf8').split(/\s/)[0] ?? '';
  if (!isObjectId(id)) return null;
  await context.effect('git.fetch', { remote: remote.name, branch }, async () => {
    const args = ['fetch', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--end-of-options', fetchFrom.address, `+refs/heads/${branch}:${tracking}`];
    await repository.speak(fetchFrom, { args, writes: true, signal, limits: { timeoutMs: OBJECTS_LIMIT_MS }, what: `${branch} cannot be fetched from ${remote.name} (${fetchFrom.shown})` });
    return null;
  });
  const { stdout } = await repository.run({ args: ['rev-parse', '--verify', '--end-of-options', tracking], what: 'What was fetched cannot be read' });
  return stdout.toString('utf8').trim();
}

/** Sends one commit to the branch of the remote. Resolves with false where the remote has gone on meanwhile. */
export async function pushBranch({ repository, context, signal }: Pick<GitWork, 'repository' | 'context' | 'signal'>, { remote, branch, tracking, pushTo }: RemoteBranch, commit: string): Promise<boolean> {
  let isTaken = true;
  await context.effect('git.push', { remote: remote.name, branch, commit }, async () => {
    const args = ['push', '--porcelain', '--no-verify', '--recurse-submodules=no', '--end-of-options', pushTo.address, `${commit}:refs/heads/${branch}`];
    const { exitCode, stdout, stderr } = await repository.speak(pushTo, { args, writes: true, signal, limits: { timeoutMs: OBJECTS_LIMIT_MS }, answers: [1], what: `${branch} cannot be sent to ${remote.name} (${pushTo.shown})` });
    if (exitCode === 0) {
      await repository.run({ args: ['update-ref', tracking, commit], writes: true, what: 'What was sent cannot be noted' });
      return null;
    }
    const said = `${stdout.toString('utf8')}\n${stderr}`;
    if (!/\[rejected\].*(fetch first|non-fast-forward|stale)/.test(said)) {
      const reason = /\[(?:remote )?rejected\] \((.*)\)/.exec(said)?.[1] ?? said.split('\n').find((line) => line.startsWith('error:')) ?? 'it gave no reason';
      throw new AppError('git-failed', `The remote ${remote.name} does not take the branch ${branch}: ${reason}.`, { hint: 'Branches may be protected there; put the change on a branch of its own.' });
    }
    isTaken = false;
    return null;
  });
  return isTaken;
}
