import * as z from 'zod';
import { groupIdentity } from './gitops';

/** Folders of manifests: what is decided about duplicates, and by which rules. */

export const resolutionAction = z.enum(['keep', 'comment', 'move', 'archive', 'delete', 'none']);
const strategy = z.enum(['identical_keep_highest', 'semantic_keep_highest', 'identity_keep_highest', 'manual']);
const status = z.enum(['pending', 'scanning', 'planned', 'in_progress', 'resolved', 'manual_review', 'failed', 'rolled_back']);

const plannedMember = z.object({
  file: z.string(),
  document: z.number().int().describe('0-based among the documents of the file'),
  line: z.number().int(),
  action: resolutionAction,
  target: z.string().nullable().describe('where a moved or archived file goes'),
  priorityScore: z.number().int(),
  explanation: z.string().describe('how the score comes about'),
});

const plannedGroup = z.object({
  id: z.string(),
  class: z.string(),
  identity: groupIdentity,
  status,
  strategy,
  keep: z.string().nullable(),
  decidedBy: z.enum(['directory', 'name', 'metadata', 'same-file', 'user']).nullable(),
  reason: z.string(),
  review: z.string().nullable().describe('why it is left to the user, in a word'),
  members: z.array(plannedMember),
});

const fileChange = z.object({ file: z.string(), action: z.string(), target: z.string().nullable() });

export const resolutionPlan = z.object({
  dir: z.string().describe('the folder that paths are relative to: the project’s, for every folder in one'),
  within: z.string().describe('the folder of it that was asked about; empty for all of it'),
  groups: z.array(plannedGroup),
  files: z.array(fileChange).describe('every file that changes, the kustomizations that refer to them among them'),
  counts: z.object({ groups: z.number().int(), planned: z.number().int(), manual: z.number().int(), info: z.number().int() }),
});

export const resolutionResult = z.object({
  operationId: z.string(),
  dir: z.string(),
  backups: z.string().nullable().describe('folder of the backups, relative to the scanned one'),
  resolved: z.number().int(),
  manual: z.array(z.object({ group: z.string(), reason: z.string() })),
  files: z.array(fileChange),
  changed: z.number().int(),
  durationMs: z.number(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
});

export const rollbackResult = z.object({
  operationId: z.string(),
  takenBack: z.string(),
  dir: z.string(),
  restored: z.array(z.string()),
  durationMs: z.number(),
  left: z.object({ branch: z.string().nullable().describe('null: no branch of its own'), commit: z.string().nullable(), pushed: z.boolean() }).nullable().describe('what git has of the resolution, which stays; null when it has nothing'),
});

const priorities = z.array(z.string().min(1).max(256)).max(64);

export const hierarchyConfig = z
  .strictObject({
    directory_priority: priorities.optional().describe('folders, the highest first: /production/'),
    file_name_priority: priorities.optional().describe('file names, the highest first: main.yaml'),
    metadata_priority: priorities.optional().describe('key=value, the highest first: managed=true'),
  })
  .describe('{"directory_priority": ["/live/", "/examples/"]}, file_name_priority, metadata_priority; {} means the default rules');

export const hierarchy = z.object({
  version: z.number().int(),
  config: hierarchyConfig,
  rules: z.object({ directories: z.array(z.string()), names: z.array(z.string()), metadata: z.array(z.string()) }),
});

export const hierarchyVersion = z.object({ version: z.number().int(), at: z.string().nullable().describe('null for the rules Berth brings'), note: z.string(), config: hierarchyConfig });

export const hierarchyPreview = z.object({
  changed: z.number().int().describe('groups that another copy would win'),
  of: z.number().int(),
  groups: z.array(z.object({ id: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
});

export const policyRule = z.strictObject({
  directory: z.string().max(1_000).nullable().default(null).describe('folder, as in the rules; all when it is left out'),
  kind: z.string().max(256).nullable().default(null).describe('Deployment, or compose for services of compose files'),
  action: z.enum(['comment', 'move', 'archive', 'delete', 'none']),
  mode: z.enum(['automatic', 'ask']).default('automatic'),
  target: z.string().max(1_000).nullable().default(null).describe('folder for files that are moved'),
});
