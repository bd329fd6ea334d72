import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../kernel/error-codes';

/** Shapes that every area uses. */

/** A project: its id (`p_…`) or, from the CLI and the API, the absolute path of its folder. */
export const projectRef = z.string().min(1).max(4096).describe('project id or folder');

export const modeName = z.string().min(1).max(64).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a mode name has letters, digits, dot, dash and underscore');
export const serviceName = z.string().min(1).max(255);
export const where = z.object({ file: z.string(), line: z.number().int().optional(), column: z.number().int().optional() });
export const json: z.ZodType = z.json();

export const errorData = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string().optional(),
  where: where.optional(),
  service: z.string().optional(),
  details: z.record(z.string(), json).optional(),
});

/** An entry that takes nothing. */
export const nothing = z.object({});
/** An entry that takes a project and nothing else. */
export const inProject = z.object({ project: projectRef });
/** The answer of a command that has nothing to tell. */
export const done = z.object({ done: z.literal(true) });
