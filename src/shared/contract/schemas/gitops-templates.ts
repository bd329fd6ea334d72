import * as z from 'zod';
import { json, projectRef } from './common';

/** Templates: what is rendered, what came of it, and their versions. */

/** Where templates lie and where what they make goes. */
export const templatePlace = z.object({
  project: projectRef.optional(),
  dir: z.string().min(1).max(4_096).optional().describe('the folder; the project’s when it is not given'),
  templates: z.string().min(1).max(1_024).optional().describe('the template folder, relative to the folder; templates/gitops when it is not given'),
  out: z.string().min(1).max(1_024).optional().describe('where rendered files go, relative to the folder; rendered when it is not given, . for the folder itself'),
});

/** A template by its path in the template folder. */
export const templateFile = z.string().min(1).max(1_024).describe('path in the template folder');

/** Values on top of the live state and of the folder’s own. */
export const templateContext = z.record(z.string(), json);

/** Why a template cannot be rendered. */
export const templateProblem = z.object({ message: z.string(), hint: z.string(), file: z.string(), line: z.number().int().nullable() });

const skipped = z.object({ path: z.string(), reason: z.string() });

/** What rendering a folder wrote and left alone. */
export const renderReport = z.object({
  operationId: z.string(),
  dir: z.string(),
  out: z.string(),
  files: z.array(z.object({ template: z.string(), path: z.string(), version: z.number().int().nullable().describe('null: this text was never saved as a version'), templateHash: z.string(), changed: z.boolean() })),
  written: z.number().int(),
  unchanged: z.number().int(),
  skipped: z.array(skipped),
});

/** The templates of a folder. */
export const templateList = z.object({
  dir: z.string(),
  folder: z.string(),
  out: z.string(),
  projectId: z.string().nullable(),
  dynamic: z.boolean().describe('rendered again by itself when the project changes'),
  templates: z.array(
    z.object({
      path: z.string(),
      role: z.enum(['template', 'part', 'values']),
      output: z.string().nullable(),
      sha256: z.string(),
      sizeBytes: z.number().int(),
      version: z.number().int().nullable(),
      entries: z.number().int().describe('of its history'),
    }),
  ),
  skipped: z.array(skipped),
});

/** What a template makes of a context, nothing of it written. */
export const templatePreview = z.object({ text: z.string().nullable(), problems: z.array(templateProblem), context: z.record(z.string(), z.unknown()), source: z.string().nullable() });

/** One line of a template’s history. */
export const templateEntry = z.object({ version: z.number().int(), hash: z.string(), author: z.string(), at: z.string(), note: z.string(), isRollback: z.boolean() });

/** A template that was saved or brought back. */
export const templateSaved = z.object({ operationId: z.string(), path: z.string(), version: z.number().int(), sha256: z.string() });
