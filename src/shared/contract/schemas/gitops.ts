import * as z from 'zod';
import { RESOLUTION_ACTIONS, RESOLUTION_STATUSES, RESOLUTION_STRATEGIES } from '../../domain/gitops/duplicate-records';
import { json } from './common';

/** Folders of manifests and compose files under git: what a scan finds. */

export const resourceId = z.object({ group: z.string(), version: z.string(), kind: z.string(), namespace: z.string(), name: z.string() });
const composeIdentity = z.object({ composeProject: z.string(), service: z.string() });

/** The object a group is about; null for whole files. */
export const groupIdentity = z.union([resourceId, composeIdentity]).nullable();

export const groupKind = z.enum(['identical', 'semantic', 'identity']);
export const groupClass = z.enum(['exact-dup', 'semantic-dup', 'default-equivalent-dup', 'identity-conflict', 'cross-env-variant', 'overlay-of', 'intra-file-dup']);

export const groupMember = z.object({
  file: z.string().describe('relative to `dir` of the scan'),
  document: z.number().int().describe('0-based among the documents of the file'),
  item: z.number().int().nullable().describe('0-based among the items, when the document is a List'),
  line: z.number().int(),
  priorityScore: z.number().int(),
});

export const scannedGroup = z.object({
  id: z.string(),
  kind: groupKind,
  class: groupClass,
  certainty: z.enum(['certain', 'likely', 'info']),
  layer: z.enum(['L0', 'L1', 'L2', 'L3', 'L4', 'L5', 'L6']).nullable().describe('the first layer at which all members are equal; null when they differ'),
  applyRoot: z.string(),
  identity: groupIdentity,
  reason: z.string(),
  members: z.array(groupMember),
  keep: z.string().nullable().describe('the file that stays; null when the user has to say'),
  keepDocument: z.number().int().nullable().describe('which document of that file, counted from 0'),
  resolution: z.enum(['auto', 'manual']),
  differences: z.array(z.string()).describe('JSON pointers at which the members differ'),
});

export const unreadFile = z.object({ file: z.string(), kind: z.string(), reason: z.string(), line: z.number().int().nullable(), column: z.number().int().nullable() });

export const scanReport = z.object({
  operationId: z.string(),
  dir: z.string().describe('the folder that paths are relative to: the project’s, for every folder in one'),
  within: z.string().describe('the folder of it that was asked about; empty for all of it'),
  files: z.number().int(),
  documents: z.number().int(),
  filesRead: z.number().int().describe('files whose bytes were read; the others had not changed'),
  durationMs: z.number(),
  scannedAt: z.string(),
  groups: z.array(scannedGroup).describe('duplicates and conflicts'),
  related: z.array(scannedGroup).describe('told, never acted on: variants for other environments, and patches of something'),
  notCompared: z.array(unreadFile).describe('templates, encrypted files, files that cannot be read, and what was left out'),
});

export const resolutionStatus = z.enum(RESOLUTION_STATUSES);

const duplicateFile = z.object({
  duplicate_group: z.string(),
  file_path: z.string().max(1_000),
  file_hash: z.string().max(64),
  priority_score: z.number().int(),
  resolution_action: z.enum(RESOLUTION_ACTIONS),
  document: z.number().int(),
  item: z.number().int().nullable(),
  line: z.number().int(),
});

export const duplicateGroup = z.object({
  id: z.string(),
  fabric: z.string().describe('id of the project'),
  detection_timestamp: z.string(),
  resolution_status: resolutionStatus,
  resolution_strategy: z.enum(RESOLUTION_STRATEGIES),
  dir: z.string(),
  details: z.record(z.string(), json).describe('class, kind, certainty, layer, applyRoot, identity, reason, differences, keep and resolution, as gitops scan shows them'),
  files: z.array(duplicateFile),
});

export const duplicateGroupWithTexts = duplicateGroup.extend({
  members: z.array(duplicateFile.extend({ text: z.string().nullable().describe('the file as it is now; null where it cannot be read'), problem: z.string().nullable() })),
});

export const duplicateSettings = z.object({
  duplicate_detection_enabled: z.boolean(),
  resolution_hierarchy_config: z.record(z.string(), json).describe('{} means the rules Berth brings'),
  last_duplicate_scan: z.string().nullable(),
  duplicate_scan_interval: z.number().int().describe('seconds'),
});

export const duplicateStatus = z.object({
  state: z.enum(['idle', 'scanning']),
  progress: z.number().int().describe('0 to 100; 100 when a scan has ended'),
  groups: z.number().int(),
  counts: z.record(z.string(), z.number().int()).describe('groups by their resolution_status'),
  lastScan: z.string().nullable(),
  nextScan: z.string().nullable(),
  enabled: z.boolean(),
  intervalSeconds: z.number().int(),
  dirs: z.array(z.string()),
});
