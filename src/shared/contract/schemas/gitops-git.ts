import * as z from 'zod';

/** Repositories of git: where they stand, and what became of an operation. */

export const gitChange = z.object({
  path: z.string(),
  state: z.enum(['added', 'changed', 'removed', 'renamed', 'untracked', 'conflict']),
  staged: z.boolean().describe('the index has it already'),
  from: z.string().nullable().describe('where a renamed file was'),
});

export const gitStatus = z.object({
  dir: z.string().describe('the root of the repository'),
  branch: z.string().nullable().describe('null when none is checked out'),
  commit: z.string().nullable().describe('null before the first one'),
  upstream: z.string().nullable().describe('the branch it follows, for example origin/main'),
  ahead: z.number().int().nullable().describe('commits that the followed branch does not have, as of the last fetch'),
  behind: z.number().int().nullable(),
  unfinished: z.string().nullable().describe('"a merge" or the like that waits to be finished'),
  changes: z.array(gitChange),
  conflicts: z.array(z.string()),
  remotes: z.array(z.object({ name: z.string(), address: z.string() })),
});

export const gitCommit = z.object({ id: z.string(), author: z.string(), email: z.string(), at: z.string(), subject: z.string(), parents: z.array(z.string()) });
export const gitShown = z.object({
  dir: z.string(),
  commit: z.string().nullable().describe('null: what is not committed'),
  files: z.array(z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) })),
  text: z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }).nullable().describe('of the file that was named; null beside it where there is none, or no text'),
});
export const gitHistory = z.object({ dir: z.string(), commits: z.array(gitCommit) });
export const gitBranches = z.object({
  dir: z.string(),
  branches: z.array(z.object({ name: z.string(), commit: z.string(), at: z.string(), subject: z.string(), isCurrent: z.boolean(), upstream: z.string().nullable() })),
});

const side = z.object({ id: z.string(), mode: z.string(), text: z.string().nullable().describe('null for what is no text, or too large to show') }).nullable();
const conflict = z.object({ path: z.string(), base: side, ours: side, theirs: side });
const merged = {
  operationId: z.string(),
  dir: z.string(),
  branch: z.string(),
  commit: z.string(),
  changedFiles: z.number().int(),
  conflicts: z.array(conflict).describe('both versions of each file; nothing was touched'),
  oursCommit: z.string().optional().describe('hand it to resolve-merge'),
  theirsCommit: z.string().optional(),
};

/** conflict: nothing was changed, it is to be decided first. */
export const gitSync = z.object({
  ...merged,
  state: z.enum(['up-to-date', 'fetched', 'pulled', 'pushed', 'merged', 'conflict']),
  remote: z.string(),
  remoteBranch: z.string(),
  pulledCommits: z.number().int(),
  pushedCommits: z.number().int(),
  ahead: z.number().int().optional(),
  behind: z.number().int().optional(),
});
export const gitMerge = z.object({ ...merged, state: z.enum(['up-to-date', 'merged', 'conflict']) });
export const gitDecided = z.union([gitSync, gitMerge]);
export const gitBranchMade = z.object({ operationId: z.string(), dir: z.string(), branch: z.string(), commit: z.string(), from: z.string(), switched: z.boolean() });
export const gitSwitched = z.object({ operationId: z.string(), dir: z.string(), branch: z.string(), commit: z.string(), from: z.string(), changedFiles: z.number().int() });
export const gitBranchDeleted = z.object({ operationId: z.string(), dir: z.string(), branch: z.string(), commit: z.string() });
export const gitCommitted = z.object({ operationId: z.string(), dir: z.string(), branch: z.string(), commit: z.string(), files: z.number().int() });
