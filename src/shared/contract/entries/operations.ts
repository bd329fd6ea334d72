import * as z from 'zod';
import { entry } from '../define';
import { sequencedEvent } from '../events';
import { done, json, nothing, projectRef, serviceName } from '../schemas/common';
import { journalStep, operation, planDocument, schedule } from '../schemas/operations';
import { logEntry } from '../schemas/runtime';

/** Operations, schedules and the event log. */
export const operationsEntries = {
  'operations.list': entry({
    kind: 'query',
    summary: 'Operations, newest first.',
    input: z.object({ project: projectRef.optional(), limit: z.coerce.number().int().min(1).max(500).default(50) }),
    output: z.array(operation),
  }),
  'operations.show': entry({
    kind: 'query',
    summary: 'One operation with its journaled steps.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation.extend({ steps: z.array(journalStep), log: z.array(z.string()), plan: planDocument.nullable().describe('what a structural operation said it would do') }),
    positional: ['id'],
  }),
  'operations.cancel': entry({
    kind: 'command',
    summary: 'Cancel a queued or running operation; what it changed is undone. After its commit there is nothing to cancel.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation,
    positional: ['id'],
  }),
  'operations.retry': entry({
    kind: 'command',
    summary: 'Run a failed operation again with the same input.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation,
    positional: ['id'],
    asks: true,
  }),
  'operations.wait': entry({
    kind: 'query',
    summary: 'Wait until an operation has ended.',
    input: z.object({ id: z.string().min(1).max(64), timeoutMs: z.coerce.number().int().min(0).max(3_600_000).default(3_600_000) }),
    output: operation,
    positional: ['id'],
    hidden: true,
  }),
  'operations.preview': entry({
    kind: 'query',
    summary: 'The plan document of a structural operation, before anybody agrees to it. Changes nothing.',
    input: z.object({ name: z.string().min(1).max(64), input: z.record(z.string(), json).default({}) }),
    output: planDocument,
    positional: ['name'],
    hidden: true,
  }),
  'operations.undo': entry({
    kind: 'operation',
    summary: 'Take a structural change or a resolution back: its files as they were, from the backup made before it; containers it made anew follow.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: z.object({ operationId: z.string(), undone: z.string(), restored: z.array(z.string()), kept: z.array(z.string()).describe('changed since by somebody else, and left alone'), follow: z.string().nullable().describe('the operation that makes the containers anew from these files; null when there are none to make anew') }),
    positional: ['id'],
    asks: true,
    plans: true,
  }),
  'operations.cleanup': entry({
    kind: 'command',
    summary: 'Remove the records of ended operations beyond the limits of the settings, and their leftovers.',
    input: z.object({ keep: z.coerce.number().int().min(0).max(10_000).optional().describe('ended operations that stay; the setting when not given') }),
    output: z.object({ removed: z.number().int(), kept: z.number().int() }),
    asks: true,
  }),
  'schedules.list': entry({ kind: 'query', summary: 'Operations that are run again and again.', input: nothing, output: z.array(schedule) }),
  'schedules.set': entry({
    kind: 'command',
    summary: 'Run an operation every so often; after a sleep it is caught up once.',
    input: z.object({ kind: z.string().min(1).max(64), everySeconds: z.coerce.number().int().min(10).max(31_536_000), input: z.record(z.string(), json).default({}), enabled: z.boolean().default(true) }),
    output: schedule,
    positional: ['kind'],
  }),
  'schedules.remove': entry({ kind: 'command', summary: 'Run it no more.', input: z.object({ id: z.string().min(1).max(64) }), output: done, positional: ['id'] }),
  'events.list': entry({
    kind: 'query',
    summary: 'The event log: what the engine, operations, drift and alerts did. The newest entry is the last line; in JSON it is the first.',
    input: z.object({
      project: projectRef.optional(),
      service: serviceName.optional(),
      type: z.string().max(64).optional().describe('a type, or its beginning: container, operation, drift, alert'),
      severity: z.enum(['info', 'warning', 'error']).optional().describe('at least this'),
      text: z.string().max(200).optional().describe('words in the message'),
      correlation: z.string().max(64).optional().describe('entries of one operation'),
      before: z.coerce.number().int().min(1).optional().describe('older than this number'),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    output: z.array(logEntry),
  }),
  'events.since': entry({
    kind: 'query',
    summary: 'Events after a sequence number, for a window that was reloaded.',
    input: z.object({ seq: z.coerce.number().int().min(0) }),
    output: z.object({ complete: z.boolean(), seq: z.number().int(), events: z.array(sequencedEvent) }),
    hidden: true,
  }),
} as const;
