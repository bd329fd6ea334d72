import * as z from 'zod';

/** What only a window asks: commands as plain data. */

const formField = z.object({
  name: z.string(),
  flag: z.string(),
  type: z.enum(['text', 'number', 'boolean', 'list', 'json']),
  required: z.boolean(),
  description: z.string(),
  defaultText: z.string().optional(),
  isPath: z.boolean(),
  hasJsonItems: z.boolean(),
  choices: z.array(z.string()),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  secret: z.boolean(),
});

export const entryDescription = z.object({
  name: z.string(),
  kind: z.enum(['query', 'command', 'operation', 'stream']),
  summary: z.string(),
  positional: z.array(z.string()),
  asks: z.boolean(),
  plans: z.boolean(),
  fields: z.array(formField),
});
