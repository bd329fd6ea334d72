import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { filesChanged } from '../schemas/compose';
import { logLine } from '../schemas/services';
import {
  excludedEntry,
  excludeSuggestion,
  filterAnswer,
  syncChange,
  syncConflict,
  syncHalt,
  syncReport,
  syncTrigger,
  watchLine,
  workspaceCheck,
  workspaceName,
  workspacesStatus,
  workspaceSource,
  workspaceVariables,
} from '../schemas/workspaces';

/** The folder whose first-level folders are the workspaces. */
const root = z.string().min(1).max(4_096).optional().describe('the folder of the workspaces; workspaces/ of the project when it is not given');
const name = workspaceName.optional();
const inWorkspace = z.object({ project: projectRef, name: workspaceName });
const ran = z.object({ operationId: z.string(), status: workspacesStatus });

/** Workspaces: sync to S3 as files are saved, and containers made from what the mount shows. */
export const workspacesEntries = {
  'workspaces.list': entry({ kind: 'query', summary: 'The workspaces of a project here, in the bucket and in the mount.', input: z.object({ project: projectRef, root }), output: workspacesStatus, paths: ['root'] }),
  'workspaces.sync': entry({
    kind: 'operation',
    summary: 'Send what changed in the workspaces to their bucket, and remove there what is gone here.',
    input: z.object({
      project: projectRef,
      name,
      root,
      verify: z.boolean().default(false).describe('compare with everything in the bucket, not only with what was sent before'),
      approve: z.string().max(128).optional().describe('go on with the deletions a stopped run named'),
    }),
    output: syncReport,
    positional: ['name'],
    paths: ['root'],
  }),
  'workspaces.plan': entry({
    kind: 'query',
    summary: 'What a sync would send and remove; changes nothing.',
    input: z.object({ project: projectRef, name, root, verify: z.boolean().default(false) }),
    output: z.object({ changes: z.array(syncChange), more: z.number().int(), uploads: z.number().int(), removals: z.number().int(), bytes: z.number(), halt: syncHalt.nullable() }),
    positional: ['name'],
    paths: ['root'],
  }),
  'workspaces.watch': entry({ kind: 'stream', summary: 'Sync as files are saved, until it is stopped.', input: z.object({ project: projectRef, name, root, follow: z.boolean().default(true).describe('go on after the first pass') }), output: watchLine, positional: ['name'], paths: ['root'] }),
  'workspaces.explain': entry({ kind: 'query', summary: 'Why a path is in the bucket or not.', input: z.object({ project: projectRef, path: z.string().min(1).max(4_096), root }), output: filterAnswer, positional: ['path'], paths: ['root'] }),
  'workspaces.excluded': entry({
    kind: 'query',
    summary: 'What is left out of the bucket and which rule says so, and large folders worth leaving out.',
    input: z.object({ project: projectRef, name, root, limit: z.coerce.number().int().min(1).max(2_000).default(200) }),
    output: z.object({ defaults: z.array(z.string()), entries: z.array(excludedEntry), more: z.number().int(), suggestions: z.array(excludeSuggestion) }),
    positional: ['name'],
    paths: ['root'],
  }),
  'workspaces.preview-exclude': entry({
    kind: 'query',
    summary: 'What would be left out if an ignore file had this text.',
    input: inWorkspace.extend({ file: z.enum(['.gitignore', '.dockerignore']).default('.gitignore'), text: z.string().max(200_000), append: z.boolean().default(false).describe('the lines stand at the end of what the file has, as workspaces exclude writes them') }),
    output: z.object({ before: z.number().int(), after: z.number().int(), excluded: z.array(z.string()), included: z.array(z.string()) }),
    positional: ['name'],
  }),
  'workspaces.exclude': entry({
    kind: 'operation',
    summary: 'Write patterns into the ignore file of a workspace; what they match goes from the bucket at the next sync.',
    input: inWorkspace.extend({ file: z.enum(['.gitignore', '.dockerignore']).default('.gitignore'), patterns: z.array(z.string().min(1).max(1_024)).min(1).max(100) }),
    output: filesChanged,
    positional: ['name', 'patterns'],
    asks: true,
    plans: true,
  }),
  'workspaces.configure': entry({
    kind: 'command',
    summary: 'How a workspace is synced and whether a container is made from it.',
    input: z.object({
      project: projectRef,
      name: workspaceName.optional().describe('all when none is named'),
      trigger: syncTrigger.optional(),
      everySeconds: z.coerce.number().int().min(5).max(86_400).optional(),
      source: workspaceSource.optional(),
      run: z.boolean().optional(),
      sizeOnly: z.boolean().optional().describe('compare sizes only: quicker, and misses an edit that keeps the size'),
    }),
    output: workspacesStatus,
    positional: ['name'],
  }),
  'workspaces.conflicts': entry({ kind: 'query', summary: 'Keys that somebody else changed in the bucket.', input: inProject, output: z.array(syncConflict) }),
  'workspaces.resolve': entry({
    kind: 'operation',
    summary: 'Settle a conflict: keep the file here, the object there, or both.',
    input: z.object({ project: projectRef, key: z.string().min(1).max(1_024), keep: z.enum(['local', 'remote', 'both']) }),
    output: z.object({ operationId: z.string(), key: z.string(), kept: z.array(z.string()) }),
    positional: ['key', 'keep'],
    asks: true,
  }),
  'workspaces.start': entry({ kind: 'operation', summary: 'Make the containers of workspaces from what the mount shows, and the gateway to them.', input: z.object({ project: projectRef, name }), output: ran, positional: ['name'], asks: true }),
  'workspaces.stop': entry({ kind: 'operation', summary: 'Stop and remove the containers of workspaces; files and bucket stay.', input: z.object({ project: projectRef, name }), output: ran, positional: ['name'], asks: true }),
  'workspaces.restart': entry({ kind: 'operation', summary: 'Make the container of a workspace anew, with fresh dependencies.', input: inWorkspace, output: ran, positional: ['name'], asks: true }),
  'workspaces.logs': entry({
    kind: 'stream',
    summary: 'What the container of a workspace prints: copy, install and start.',
    input: inWorkspace.extend({ follow: z.boolean().default(false), tail: z.coerce.number().int().min(0).max(100_000).default(200).describe('lines from the end') }),
    output: logLine,
    positional: ['name'],
  }),
  'workspaces.migrate': entry({ kind: 'operation', summary: 'From local folders to the mount: S3, sync, mount, monitor, each checked; goes on where it stopped.', input: inProject, output: ran, asks: true }),
  'workspaces.rollback': entry({ kind: 'operation', summary: 'Back to local folders: containers read them, the mount stops, the bucket stays.', input: inProject, output: ran, asks: true }),
  'workspaces.variables': entry({ kind: 'query', summary: 'Names of the variables that a workspace’s container is given; values are shown to nobody.', input: inWorkspace, output: workspaceVariables, positional: ['name'] }),
  'workspaces.set-variable': entry({
    kind: 'command',
    summary: 'Give the container of a workspace a variable: kept encrypted on this machine, never sent to a bucket. What .env holds stays here; this is how a container gets it.',
    input: inWorkspace.extend({ variable: z.string().min(1).max(128), value: z.string().max(32_768).optional() }),
    output: workspaceVariables,
    positional: ['name', 'variable'],
    secrets: { value: 'BERTH_WORKSPACE_VALUE' },
  }),
  'workspaces.remove-variable': entry({ kind: 'command', summary: 'Take a variable from the container of a workspace.', input: inWorkspace.extend({ variable: z.string().min(1).max(128) }), output: workspaceVariables, positional: ['name', 'variable'] }),
  'workspaces.troubleshoot': entry({ kind: 'query', summary: 'Files not syncing: the checks, with the commands that say the same.', input: inProject, output: z.array(workspaceCheck) }),
} as const;
