import * as z from 'zod';
import { where } from './common';

/** What the compose files say, and what an edit of them answers. */

/** One published port of one mode, and who has it now. */
export const portEntry = z.object({
  mode: z.string(),
  service: z.string(),
  hostIp: z.string(),
  hostPort: z.number().int(),
  containerPort: z.number().int(),
  protocol: z.string(),
  /** own: held by this service's own container. */
  state: z.enum(['free', 'own', 'taken', 'unknown']),
  /** Who holds it when it is taken, in words; else empty. */
  holder: z.string(),
  where: where.optional(),
});

/** Where one variable's value comes from (an environment entry of a service, or a `${NAME}` of a file when service is null). */
export const variableEntry = z.object({
  name: z.string(),
  service: z.string().nullable(),
  /** Masked when the name or the value tells of a secret. */
  value: z.string(),
  masked: z.boolean(),
  /** In words: "environment of api, docker-compose.dev.yml:12", ".env:3", "shell", "default in docker-compose.dev.yml:14", "not set". */
  source: z.string(),
  state: z.enum(['set', 'default', 'unset', 'required']),
  /** What would have decided it otherwise, strongest first. */
  shadowed: z.array(z.object({ source: z.string(), value: z.string() })),
  where: where.optional(),
});

/** What every operation that edits compose files answers with. `files` are relative to the project folder. */
export const filesChanged = z.object({ operationId: z.string(), files: z.array(z.string()), diff: z.string() });
