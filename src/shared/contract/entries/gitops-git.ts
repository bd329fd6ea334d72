import * as z from 'zod';
import { isCommitName } from '../../domain/gitops/git-names';
import { entry } from '../define';
import { projectRef } from '../schemas/common';
import { filesChanged } from '../schemas/files';
import { gitBranchDeleted, gitBranches, gitBranchMade, gitCommitted, gitDecided, gitHistory, gitMerge, gitShown, gitStatus, gitSwitched, gitSync } from '../schemas/gitops-git';

const path = z.string().min(1).max(4_096);
const name = z.string().min(1).max(200).describe('name of a branch');
const inRepository = { dir: path.optional().describe('a folder that is under git; the project’s when it is not given'), project: projectRef.optional() };
const commitId = z.string().regex(/^[0-9a-f]{40,64}$/, 'a whole id of a commit has 40 digits or more');
/** Paths are relative to the folder. */
const batchAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['create', 'replace']), path, text: z.string().max(5_000_000) }),
  z.strictObject({ action: z.enum(['move', 'duplicate']), path, to: path }),
  z.strictObject({ action: z.enum(['archive', 'comment']), path, reason: z.string().max(1_000).default('by hand') }),
  z.strictObject({ action: z.enum(['delete', 'restore']), path }),
]);
const remote = z.string().min(1).max(4_096).optional().describe('name or address of the remote; a folder of this machine has to be named once');
const withRemote = z.object({ ...inRepository, remote });
/** Nothing was touched, and it is for somebody to decide. */
const atConflict = { exits: [{ as: 'blocked', when: 'both sides changed the same and nothing was touched', is: ({ state }: { readonly state: string }) => state === 'conflict' }] } as const;
const inDir = { positional: ['dir'], paths: ['dir'] };

/** Repositories of git: status, branches, commits, and the way to and from a remote. No program that a repository names is ever started. */
export const gitopsGitEntries = {
  'gitops.git': entry({ kind: 'query', summary: 'Where a repository stands: branch, commits ahead and behind, files that are not committed, conflicts.', input: z.object(inRepository), output: gitStatus, ...inDir }),
  'gitops.history': entry({
    kind: 'query',
    summary: 'The commits of a repository or of one file: who, when, what.',
    input: z.object({ ...inRepository, file: path.optional().describe('relative to the root of the repository'), branch: name.optional().describe('a branch of here, or of a remote as of the last fetch: origin/main'), limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    output: gitHistory,
    ...inDir,
  }),
  'gitops.show': entry({
    kind: 'query',
    summary: 'What a commit changed, or what is not committed; with a file, its text before and after.',
    input: z.object({
      ...inRepository,
      commit: z.string().max(300).refine(isCommitName, 'a commit is named by its id (4 digits or more), HEAD, a branch or a tag, with ~2 or ^ to go back from it').optional().describe('its id, HEAD, a branch or a tag, compared with its first parent; what is not committed when it is not given'),
      file: path.optional().describe('relative to the root of the repository'),
    }),
    output: gitShown,
    ...inDir,
  }),
  'gitops.branches': entry({ kind: 'query', summary: 'The branches of a repository.', input: z.object(inRepository), output: gitBranches, ...inDir }),
  'gitops.sync': entry({ kind: 'operation', summary: 'Fetch, compare, take over or merge, and send. Conflicts are shown before anything is touched.', input: withRemote, output: gitSync, asks: true, ...atConflict, ...inDir }),
  'gitops.fetch': entry({ kind: 'operation', summary: 'Look what the remote has. No file and no branch of yours changes.', input: withRemote, output: gitSync, ...inDir }),
  'gitops.pull': entry({ kind: 'operation', summary: 'Take over or merge what the remote has. Sends nothing.', input: withRemote, output: gitSync, asks: true, ...atConflict, ...inDir }),
  'gitops.push': entry({ kind: 'operation', summary: 'Send the commits of the branch. Changes no file; refused when the remote has others.', input: withRemote, output: gitSync, asks: true, plans: true, ...inDir }),
  'gitops.resolve-merge': entry({
    kind: 'operation',
    summary: 'Merge with a decision for each file in conflict: the own version, the other one, or a text.',
    input: z.object({
      ...inRepository,
      remote,
      branch: name.optional().describe('a branch of the repository instead of the remote'),
      oursCommit: commitId.describe('the commits that were compared, as the answer of sync gave them'),
      theirsCommit: commitId,
      ours: z.array(path).default([]).describe('files that stay as they are here'),
      theirs: z.array(path).default([]).describe('files that become as they are there'),
      texts: z.array(z.strictObject({ path, text: z.string().max(5_000_000) })).default([]).describe('files with a text of their own, each as {"path": "a.yaml", "text": "…"}'),
      push: z.boolean().default(true),
    }),
    output: gitDecided,
    asks: true,
    ...atConflict,
    ...inDir,
  }),
  'gitops.create-branch': entry({
    kind: 'operation',
    summary: 'Make a branch where the work folder stands, and switch to it. Without a name it is gitops/<for>-<time>.',
    input: z.object({ name: name.optional(), ...inRepository, for: z.string().max(100).optional().describe('what it is for'), switch: z.boolean().default(true) }),
    output: gitBranchMade,
    positional: ['name'],
    paths: ['dir'],
  }),
  'gitops.switch-branch': entry({ kind: 'operation', summary: 'Check out another branch. Files that are not committed are kept; refused where they would be overwritten.', input: z.object({ name, ...inRepository }), output: gitSwitched, positional: ['name'], paths: ['dir'] }),
  'gitops.merge-branch': entry({ kind: 'operation', summary: 'Merge a branch into the one that is checked out. Conflicts are shown before anything is touched.', input: z.object({ name, ...inRepository }), output: gitMerge, asks: true, ...atConflict, positional: ['name'], paths: ['dir'] }),
  'gitops.delete-branch': entry({ kind: 'operation', summary: 'Delete a branch. Refused while it has commits that are nowhere else, unless they may go.', input: z.object({ name, ...inRepository, unmerged: z.boolean().default(false).describe('also when no other branch and no tag, of here or of a remote, has its commits') }), output: gitBranchDeleted, asks: true, positional: ['name'], paths: ['dir'] }),
  'gitops.commit': entry({
    kind: 'operation',
    summary: 'Commit the named files and nothing else. Hooks of the repository do not run.',
    input: z.object({ files: z.array(path).min(1).max(10_000).describe('relative to the root of the repository'), ...inRepository, message: z.string().min(1).max(10_000) }),
    output: gitCommitted,
    asks: true,
    positional: ['files'],
    paths: ['dir'],
  }),
  'gitops.batch': entry({
    kind: 'operation',
    summary: 'Do something to many files as one: all of it, or nothing. One backup, and one commit when a message for it is given.',
    input: z.object({ ...inRepository, actions: z.array(batchAction).min(1).max(10_000).describe('each as {"action": "move", "path": "a.yaml", "to": "b.yaml"}: create and replace take text, move and duplicate to, archive and comment reason, delete and restore nothing more'), commit: z.string().min(1).max(10_000).optional().describe('message of the commit; hooks of the repository do not run') }),
    output: filesChanged.extend({ commit: z.string().nullable() }),
    asks: true,
    plans: true,
    ...inDir,
  }),
} as const;
