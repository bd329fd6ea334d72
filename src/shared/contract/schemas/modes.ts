import * as z from 'zod';
import { finding } from './checks';

/** The plan of a switch and its result. */

export const fieldDifference = z.object({ field: z.string(), from: z.string(), to: z.string() });

export const plannedChange = z.object({
  service: z.string(),
  number: z.number().int(),
  action: z.enum(['keep', 'create', 'recreate', 'remove', 'start']),
  reasons: z.array(z.string()),
  differences: z.array(fieldDifference),
  containerId: z.string().optional(),
  strategy: z.enum(['stop-first', 'start-first']).optional(),
  build: z.enum(['none', 'build', 'pull']),
  /** What kind of edit makes it necessary; only where the mode is the one that runs. */
  kind: z.enum(['removed', 'added', 'directories', 'dependencies', 'restructured', 'rebuilt', 'settings', 'follows', 'stopped']).optional(),
});

export const modePlan = z.object({
  id: z.string(),
  projectId: z.string(),
  projectName: z.string(),
  mode: z.string(),
  from: z.string().nullable(),
  changes: z.array(plannedChange),
  volumesKept: z.array(z.string()),
  volumesCreated: z.array(z.string()),
  networksCreated: z.array(z.string()),
  networksRemoved: z.array(z.string()),
  findings: z.array(finding),
  mustAsk: z.boolean(),
  trustQuestions: z.array(z.string()),
  trusted: z.boolean(),
});

/** What did not keep a switch from succeeding, but is to be known: a published port that does not answer. */
export const switchWarning = z.object({ service: z.string(), message: z.string() });

export const switchResult = z.object({
  operationId: z.string(),
  state: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  /** Milliseconds from the start of the operation to everything healthy and cleaned up. */
  durationMs: z.number(),
  /** Milliseconds from the start of the operation until the last service of the target mode was healthy. */
  healthyMs: z.number(),
  /** downtimeMs: old stops answering to new running with its port accepting; 0 when it was not touched or started first. */
  services: z.array(z.object({ name: z.string(), downtimeMs: z.number(), containerId: z.string(), action: z.enum(['keep', 'create', 'recreate', 'remove', 'start']) })),
  warnings: z.array(switchWarning),
});
