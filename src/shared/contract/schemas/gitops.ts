import * as z from 'zod';

/** Folders of manifests and compose files under git: what a scan finds. */

export const resourceId = z.object({ group: z.string(), version: z.string(), kind: z.string(), namespace: z.string(), name: z.string() });
const composeIdentity = z.object({ composeProject: z.string(), service: z.string() });

export const groupKind = z.enum(['identical', 'semantic', 'identity']);
export const groupClass = z.enum(['exact-dup', 'semantic-dup', 'default-equivalent-dup', 'identity-conflict', 'cross-env-variant', 'overlay-of', 'intra-file-dup']);

export const groupMember = z.object({
  file: z.string().describe('relative to the scanned folder'),
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
  identity: z.union([resourceId, composeIdentity]).nullable(),
  reason: z.string(),
  members: z.array(groupMember),
  keep: z.string().nullable().describe('the file that stays; null when the user has to say'),
  resolution: z.enum(['auto', 'manual']),
  differences: z.array(z.string()).describe('JSON pointers at which the members differ'),
});

export const unreadFile = z.object({ file: z.string(), kind: z.string(), reason: z.string(), line: z.number().int().nullable(), column: z.number().int().nullable() });

export const scanReport = z.object({
  operationId: z.string(),
  dir: z.string(),
  files: z.number().int(),
  documents: z.number().int(),
  filesRead: z.number().int().describe('files whose bytes were read; the others had not changed'),
  durationMs: z.number(),
  scannedAt: z.string(),
  groups: z.array(scannedGroup).describe('duplicates and conflicts'),
  related: z.array(scannedGroup).describe('told, never acted on: variants for other environments, and patches of something'),
  notCompared: z.array(unreadFile).describe('templates, encrypted files, files that cannot be read, and what was left out'),
});
