import * as z from 'zod';
import { NEW_FILE_TEMPLATES } from '../../domain/files/new-file-text';
import { finding } from './checks';
import { where } from './common';

/** The files a project is made from, and what an edit of one of them means. */

/** What a new file can begin as. */
export const fileTemplate = z.enum(NEW_FILE_TEMPLATES);

/** storage: describes what of S3 the project sees and what it sends there. settings: names the modes. manifest: any other YAML or JSON file in the folder; it is not listed. */
export const fileKind = z.enum(['compose', 'env', 'dockerfile', 'ignore', 'settings', 'storage', 'manifest']);

/** SHA-256 in hex of the bytes on disk; none: there is no file. */
export const fileBase = z.string().regex(/^(none|[0-9a-f]{64})$/, 'a SHA-256 in hex, or none for a file that is not there');

/** One file of a project. */
export const projectFile = z.object({
  /** Absolute. */
  file: z.string(),
  /** Relative to the project folder, with `/`; absolute outside of it. */
  path: z.string(),
  kind: fileKind,
  exists: z.boolean(),
  sizeBytes: z.number().int().nullable(),
  sha256: z.string().nullable().describe('null when it is not there or cannot be read'),
  /** Why it is not changed here, in a sentence; null when it can be. */
  readOnly: z.string().nullable(),
  usedBy: z.array(z.object({ mode: z.string(), services: z.array(z.string()).describe('empty: the whole mode') })),
});

export const fileText = z.object({
  file: z.string(),
  path: z.string(),
  kind: fileKind,
  /** Without a mark at its beginning; line ends as they are. */
  text: z.string(),
  sha256: fileBase,
  sizeBytes: z.number().int(),
  lineEnds: z.enum(['lf', 'crlf', 'mixed']),
  hasBom: z.boolean(),
  readOnly: z.string().nullable(),
});

/** What a mode cannot be loaded for, or what is wrong with the text itself. */
export const fileProblem = z.object({ message: z.string(), hint: z.string().optional(), where: where.optional(), modes: z.array(z.string()).describe('empty: the text itself, whatever mode') });

export const fileCheck = z.object({
  problems: z.array(fileProblem),
  /** Those with a place in this file. */
  findings: z.array(finding.extend({ modes: z.array(z.string()) })),
  /** What containers are made of differently, by mode; a mode that cannot be loaded before and after is left out. */
  effects: z.array(z.object({ mode: z.string(), services: z.array(z.object({ service: z.string(), change: z.enum(['added', 'removed', 'changed']), keys: z.array(z.string()) })) })),
  tookMs: z.number(),
});

/** What can be made, renamed, archived and deleted one by one. Hidden folders and those of package managers are left out. */
export const manifestFiles = z.object({
  files: z.array(z.object({ file: z.string().describe('absolute'), path: z.string() })),
  isWhole: z.boolean().describe('false when there are more than are listed'),
});

/** What became of the files that an operation changed. */
export const filesChanged = z.object({ operationId: z.string(), dir: z.string(), files: z.array(z.object({ path: z.string(), change: z.enum(['created', 'changed', 'removed']) })) });

export const fileHistory = z.object({
  file: z.string(),
  entries: z.array(z.object({ by: z.enum(['berth', 'git']), id: z.string().describe('of the operation or the commit'), at: z.string(), who: z.string(), what: z.string() })),
});
