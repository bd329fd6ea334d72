import { judgeDecisions, type MergeConflict, type MergeDecisions } from '@shared/domain/gitops/merge-tree';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { changedBetween, type GitRepository } from '@main/platform/git';
import { blobText, commitOf, countsBetween, decidedTree, noBranch, readyState, refuseFiltered, tryMerge, writeCommit, type ReadyState } from './git-commands';
import type { GitOperation } from './git-operation';
import { fetchBranch, pushBranch, remoteBranch, type RemoteBranch } from './git-remotes';
import type { GitDependencies, GitWork } from './git-types';

const MOST_TRIES = 3;
const SHOWN_CONFLICTS = 200;
const SHOWN_BYTES = 256 * 1024;
const SHOWN_DIRTY = 5;

/** How far an operation goes. */
interface Reach {
  readonly merges: boolean;
  readonly pushes: boolean;
}

interface Counts {
  pulledCommits: number;
  pushedCommits: number;
  changedFiles: number;
}

/** The operations that speak with a remote: `gitops.sync`, `.pull`, `.push`, `.fetch`, `.resolve-merge`. */
export function remoteOperations(deps: GitDependencies): readonly GitOperation[] {
  const named = (input: JsonObject): string | undefined => (typeof input['remote'] === 'string' ? input['remote'] : undefined);
  const of = (kind: string, word: string, reach: Reach): GitOperation => ({
    kind,
    title: (input) => `${word} ${String(input['dir'])}`,
    run: (work, input) => synced(deps, work, named(input), reach, null),
  });
  return [
    of('gitops.sync', 'Sync', { merges: true, pushes: true }),
    of('gitops.pull', 'Pull', { merges: true, pushes: false }),
    { ...of('gitops.push', 'Push', { merges: false, pushes: true }), describe: (repository, input) => describePush(deps, repository, named(input)) },
    of('gitops.fetch', 'Fetch', { merges: false, pushes: false }),
    {
      kind: 'gitops.resolve-merge',
      title: (input) => `Merge with what was decided in ${String(input['dir'])}`,
      async run(work, input) {
        if (typeof input['branch'] === 'string') return mergeBranch(deps, work, input['branch'], decisionsOf(input));
        return synced(deps, work, named(input), { merges: true, pushes: input['push'] !== false }, decisionsOf(input));
      },
    },
  ];
}

interface Decided extends MergeDecisions {
  /** The two commits that the user saw. */
  readonly oursCommit: string;
  readonly theirsCommit: string;
}

function decisionsOf(input: JsonObject): Decided {
  const list = (name: string): string[] => (Array.isArray(input[name]) ? (input[name] as unknown[]).filter((one): one is string => typeof one === 'string') : []);
  return { ours: list('ours'), theirs: list('theirs'), texts: (input['texts'] ?? []) as unknown as MergeDecisions['texts'], oursCommit: String(input['oursCommit']), theirsCommit: String(input['theirsCommit']) };
}

async function synced(deps: GitDependencies, work: GitWork, named: string | undefined, reach: Reach, decided: Decided | null): Promise<JsonObject> {
  const { repository, context } = work;
  let state = readyState(await work.state(), repository.place.root);
  const at = await remoteBranch(deps, repository, state.branch, named);
  const counts: Counts = { pulledCommits: 0, pushedCommits: 0, changedFiles: 0 };
  for (let tries = 1; ; tries += 1) {
    context.progress({ step: 1, of: 3, message: `Fetching ${at.branch} from ${at.remote.name}` });
    const theirs = await fetchBranch(work, at);
    const apart = theirs === null ? { ahead: await allCommits(work, state.commit), behind: 0 } : await countsBetween(repository, state.commit, theirs);
    if (decided !== null && tries === 1) refuseStale(decided, state.commit, theirs);
    if (apart.behind > 0 && theirs !== null && !reach.merges && reach.pushes) throw new AppError('git-failed', `${at.remote.name} has ${String(apart.behind)} ${apart.behind === 1 ? 'commit' : 'commits'} that ${state.branch} does not have, so it cannot be sent.`, { hint: 'Sync or pull first.' });
    if (apart.behind > 0 && theirs !== null && reach.merges) {
      context.progress({ step: 2, of: 3, message: apart.ahead === 0 ? 'Taking over what is new' : 'Merging' });
      const merged = await bringIn(deps, work, state, theirs, { label: `${at.remote.name}/${at.branch}`, isAhead: apart.ahead > 0, decided });
      if (merged.kind === 'conflict') return { state: 'conflict', ...told(state, at), ...counts, conflicts: merged.conflicts, oursCommit: state.commit, theirsCommit: theirs };
      counts.pulledCommits += apart.behind;
      counts.changedFiles += merged.changedFiles;
      state = readyState(await work.state(), repository.place.root);
    }
    const toSend = apart.ahead === 0 ? 0 : theirs === null ? apart.ahead : (await countsBetween(repository, state.commit, theirs)).ahead;
    if (!reach.pushes || toSend === 0) return { state: stateOf(counts, reach, apart), ...told(state, at), ...counts, ahead: toSend, behind: reach.merges ? 0 : apart.behind, conflicts: [] };
    context.progress({ step: 3, of: 3, message: `Sending ${String(toSend)} ${toSend === 1 ? 'commit' : 'commits'} to ${at.remote.name}` });
    if (await pushBranch(work, at, state.commit)) {
      counts.pushedCommits = toSend;
      return { state: stateOf(counts, reach, apart), ...told(state, at), ...counts, ahead: 0, behind: 0, conflicts: [] };
    }
    if (tries === MOST_TRIES || !reach.merges) throw new AppError('git-failed', `${at.remote.name} gets new commits faster than they can be merged.`, { hint: 'Try again in a moment.' });
  }
}

/** What a push sends, by what the last fetch saw of the remote, and what becomes of it where the remote does not take it. */
async function describePush(deps: GitDependencies, repository: GitRepository, named: string | undefined): Promise<StructuralPlan> {
  const { root } = repository.place;
  const state = readyState(await deps.workTrees.state(repository), root);
  const at = await remoteBranch(deps, repository, state.branch, named, false);
  const theirs = await commitOf(repository, at.tracking);
  const { ahead, behind } = theirs === null ? { ahead: 0, behind: 0 } : await countsBetween(repository, state.commit, theirs);
  const to = `${at.branch} of ${at.remote.name} (${at.pushTo.shown})`;
  const what = theirs === null ? `Send every commit of ${state.branch} to ${to}, which was not seen yet` : `Send ${String(ahead)} ${ahead === 1 ? 'commit' : 'commits'} of ${state.branch} to ${to}`;
  return {
    change: 'push',
    rootDir: root,
    steps: [`Ask ${at.remote.name} what it has on ${at.branch}`, what],
    files: [],
    optionalFiles: [],
    unchangedFiles: [],
    risks: [
      behind === 0 ? `Where ${at.remote.name} has commits by then that ${state.branch} does not have, nothing is sent and nothing changes here: sync or pull first. Nothing is ever overwritten there.` : `The last fetch saw ${String(behind)} ${behind === 1 ? 'commit' : 'commits'} on ${at.remote.name} that ${state.branch} does not have: nothing would be sent. Sync or pull first.`,
      'A remote may refuse a branch, because it is protected or by a rule of its own: its reason is told, and nothing changes here.',
      'Nobody is asked for a password: where the credential helper or the ssh agent has none, it ends with that.',
    ],
    rollback: ['What was sent is not taken back by itself: undo it with a commit that reverts it.'],
  };
}

function refuseStale(decided: Decided, ours: string, theirs: string | null): void {
  if (ours === decided.oursCommit && theirs === decided.theirsCommit) return;
  throw new AppError('plan-stale', 'The branches are not the ones that were compared: one of them has gone on.', { hint: 'Compare them again and decide what is left.' });
}

function told(state: ReadyState, at: RemoteBranch): JsonObject {
  return { branch: state.branch, commit: state.commit, remote: at.remote.name, remoteBranch: at.branch };
}

function stateOf({ pulledCommits, pushedCommits }: Counts, reach: Reach, apart: { readonly ahead: number; readonly behind: number }): string {
  if (!reach.merges && !reach.pushes) return apart.ahead === 0 && apart.behind === 0 ? 'up-to-date' : 'fetched';
  if (pulledCommits > 0 && (pushedCommits > 0 || apart.ahead > 0)) return 'merged';
  if (pulledCommits > 0) return 'pulled';
  return pushedCommits > 0 ? 'pushed' : 'up-to-date';
}

async function allCommits({ repository }: GitWork, commit: string): Promise<number> {
  return Number((await repository.run({ args: ['rev-list', '--count', '--end-of-options', commit], what: 'The commits cannot be counted' })).stdout.toString('utf8'));
}

/** What became of bringing another commit into the branch that is checked out. */
export type BroughtIn = { readonly kind: 'done'; readonly commit: string; readonly changedFiles: number } | { readonly kind: 'conflict'; readonly conflicts: readonly JsonObject[] };

/** Fast-forwards or merges. Conflicts are found among objects, before anything of the work folder is touched. */
export async function bringIn(deps: GitDependencies, work: GitWork, state: ReadyState, theirs: string, how: { readonly label: string; readonly isAhead: boolean; readonly decided: Decided | null }): Promise<BroughtIn> {
  const { repository, signal } = work;
  let target = theirs;
  if (how.isAhead) {
    const merged = await tryMerge(repository, state.commit, theirs, signal);
    const { open, wrong } = judgeDecisions(merged.conflicts, how.decided ?? { ours: [], theirs: [], texts: [] });
    if (wrong.length > 0) throw new AppError('input-invalid', `There is nothing to decide, or two decisions, for ${wrong.slice(0, SHOWN_DIRTY).join(', ')}.`, { hint: 'Give each file in conflict one decision.' });
    if (open.length > 0 && how.decided === null) return { kind: 'conflict', conflicts: await shownConflicts(work, merged.conflicts) };
    if (open.length > 0) throw new AppError('input-invalid', `${open.slice(0, SHOWN_DIRTY).join(', ')} ${open.length === 1 ? 'is' : 'are'} not decided.`, { hint: 'Give each file in conflict one decision.' });
    const { decided } = how;
    const tree = merged.conflicts.length === 0 || decided === null ? merged.tree : await deps.workTrees.withScratch((index) => decidedTree(repository, merged, decided, index));
    target = await writeCommit(repository, tree, [state.commit, theirs], `Merge ${how.label} into ${state.branch}\n`);
  }
  const changed = [...(await changedBetween(repository, state.commit, target)).keys()];
  await refuseFiltered(repository, changed);
  refuseDirty(state, changed);
  await work.apply({ ref: { name: state.headRef, from: state.commit, to: target }, head: null, files: { from: state.commit, to: target }, staged: [] }, `berth: ${how.isAhead ? 'merge' : 'fast-forward'} ${how.label}`);
  return { kind: 'done', commit: target, changedFiles: changed.length };
}

/** Rejects where files that would change hold something that no commit has. */
export function refuseDirty(state: Pick<ReadyState, 'changes'>, changed: readonly string[]): void {
  const dirty = new Set(state.changes.flatMap(({ path, from }) => [path, ...(from === null ? [] : [from])]));
  const hit = changed.filter((path) => dirty.has(path) || [...dirty].some((one) => path.startsWith(`${one}/`) || one.startsWith(`${path}/`)));
  if (hit.length === 0) return;
  throw new AppError('git-failed', `${hit.slice(0, SHOWN_DIRTY).join(', ')}${hit.length > SHOWN_DIRTY ? ` and ${String(hit.length - SHOWN_DIRTY)} more` : ''} ${hit.length === 1 ? 'has' : 'have'} changes that are not committed, and would be overwritten.`, {
    hint: 'Commit them, or put them aside with `git stash`. Nothing was changed.',
  });
}

async function shownConflicts({ repository }: GitWork, conflicts: readonly MergeConflict[]): Promise<readonly JsonObject[]> {
  const side = async (one: MergeConflict['ours']): Promise<JsonObject | null> => (one === null ? null : { id: one.id, mode: one.mode, text: one.mode === '160000' ? null : await blobText(repository, one.id, SHOWN_BYTES) });
  const shown: JsonObject[] = [];
  for (const one of conflicts.slice(0, SHOWN_CONFLICTS)) shown.push({ path: one.path, base: await side(one.base), ours: await side(one.ours), theirs: await side(one.theirs) });
  for (const one of conflicts.slice(SHOWN_CONFLICTS)) shown.push({ path: one.path, base: null, ours: null, theirs: null });
  return shown;
}

/** The merge of a branch of this repository into the one that is checked out. */
export async function mergeBranch(deps: GitDependencies, work: GitWork, name: string, decided: Decided | null): Promise<JsonObject> {
  const { repository } = work;
  const state = readyState(await work.state(), repository.place.root);
  const theirs = await commitOf(repository, `refs/heads/${name}`);
  if (theirs === null) throw noBranch(name);
  if (decided !== null) refuseStale(decided, state.commit, theirs);
  const apart = await countsBetween(repository, state.commit, theirs);
  if (apart.behind === 0) return { state: 'up-to-date', branch: state.branch, commit: state.commit, changedFiles: 0, conflicts: [] };
  const merged = await bringIn(deps, work, state, theirs, { label: name, isAhead: apart.ahead > 0, decided });
  if (merged.kind === 'conflict') return { state: 'conflict', branch: state.branch, commit: state.commit, changedFiles: 0, conflicts: [...merged.conflicts], oursCommit: state.commit, theirsCommit: theirs };
  return { state: 'merged', branch: state.branch, commit: merged.commit, changedFiles: merged.changedFiles, conflicts: [] };
}
