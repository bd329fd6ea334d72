import * as z from 'zod';
import { errorData, json } from './common';

/** Operations, their plans and their schedules. */

export const operationProgress = z.object({
  step: z.number(),
  of: z.number(),
  message: z.string(),
  bytes: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  services: z.record(z.string(), z.string()).optional(),
  details: z.record(z.string(), z.string()).optional(),
});

export const operation = z.object({
  id: z.string(),
  kind: z.string(),
  key: z.string(),
  title: z.string(),
  projectId: z.string().nullable(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'rolling-back', 'rolled-back', 'interrupted', 'cancelled', 'needs-attention']),
  progress: operationProgress,
  input: json,
  result: json,
  error: errorData.nullable(),
  cancellable: z.boolean(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** The worker that runs it: always 1, there is one process (S1.20). */
  workerId: z.number().int(),
  /** Larger goes first within a key and among keys: 10 a person asked, 5 a schedule, 0 healing. */
  priority: z.number().int(),
  origin: z.enum(['user', 'drift', 'schedule']),
  /** 1 for the first try; a repeated try of the same operation counts up. */
  attempt: z.number().int(),
  /** Operations that must have succeeded first. */
  after: z.array(z.string()),
  /** ISO time before which it does not start (a repeated try after its back-off); null = at once. */
  notBefore: z.string().nullable(),
  /** At most one operation with this key is open at a time; null = none. */
  dedupeKey: z.string().nullable(),
  /** True when `operations.undo` can take it back: its backup is there and nothing has undone it. */
  undoable: z.boolean(),
  /** Counts every stored change. */
  version: z.number().int(),
  /** The operation that it runs as a part of; not there for one that was asked for by itself. */
  parent: z.string().optional(),
});

export const journalStep = z.object({ seq: z.number().int(), name: z.string(), phase: z.string(), at: z.string(), text: z.string() });

export const schedule = z.object({
  id: z.string(),
  /** The contract name of an operation. */
  kind: z.string(),
  input: z.record(z.string(), json),
  everySeconds: z.number().int().min(1),
  enabled: z.boolean(),
  nextAt: z.string(),
  lastAt: z.string().nullable(),
  lastOperationId: z.string().nullable(),
});

/** What a structural operation will do, shown before anybody agrees (S1.24). */
export const planDocument = z.object({
  title: z.string(),
  /** Markdown: steps, files (must change, may change), risks, how to take it back. */
  document: z.string(),
  files: z.array(z.object({ path: z.string(), change: z.enum(['create', 'change', 'remove']) })),
});
