import * as z from 'zod';

/** Projects, and what cleaning one removes. */

export const modeDefinition = z.object({ name: z.string(), files: z.array(z.string()), envFiles: z.array(z.string()), profiles: z.array(z.string()) });

export const project = z.object({
  id: z.string(),
  name: z.string(),
  dir: z.string(),
  modes: z.array(modeDefinition),
  /** A mode's name, 'mixed', or null when nothing runs or the engine cannot be asked. */
  activeMode: z.string().nullable(),
  trusted: z.boolean(),
  /** What the trust question names; empty when trusted. */
  trustQuestions: z.array(z.string()),
});

/** A project that was closed: everything known of it is kept until it is forgotten. */
export const closedProject = z.object({
  id: z.string(),
  name: z.string(),
  dir: z.string(),
  closedAt: z.string(),
  /** False while its folder or its compose files are not there. */
  readable: z.boolean(),
});

/** What cleaning a project removes; every list holds only what is this project's own (S3.20). */
export const cleanResult = z.object({
  operationId: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  images: z.array(z.string()),
  volumes: z.array(z.string()),
  freedBytes: z.number(),
  /** The snapshot of what was there, with the removed volumes; null when none was made. */
  snapshot: z.string().nullable(),
  /** Sentences on what looks like the project's and stays, for somebody else uses it, and on data that goes and is in no snapshot. */
  kept: z.array(z.string()),
  mode: z.string().nullable().describe('the mode that is started again; null when none is'),
  started: z.boolean(),
  follow: z.string().nullable().describe('the operation that starts it again; null when it is not started'),
});
