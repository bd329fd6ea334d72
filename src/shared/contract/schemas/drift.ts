import * as z from 'zod';

/** Where what runs differs from what is wanted. */

export const healPolicy = z.enum(['notify', 'ask', 'heal']);

export const drift = z.object({
  /** Stable: hash of project, service, container number, field and both values. */
  id: z.string(),
  projectId: z.string(),
  service: z.string(),
  /** mode, state, health, image, mounts, ports, networks, environment NAME, memory, cpus, hash … */
  field: z.string(),
  desired: z.string(),
  actual: z.string(),
  /** crash: it died by itself. intent: somebody stopped or changed it on purpose (docker, docker compose). files: the compose files changed. unknown. */
  cause: z.enum(['crash', 'intent', 'files', 'unknown']),
  /** One sentence with what was seen. */
  why: z.string(),
  policy: healPolicy,
  /** open; healing (operationId says by what); waiting (back-off, until nextTryAt); gave-up (limit reached, see why); blocked (its own restart policy or an operation is at work). */
  state: z.enum(['open', 'healing', 'waiting', 'gave-up', 'blocked']),
  operationId: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  since: z.string(),
});
