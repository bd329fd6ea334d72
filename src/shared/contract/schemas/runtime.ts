import * as z from 'zod';
import { json } from './common';

/** The process that keeps watch: components, metrics, event log, alerts, settings. */

/** The four components of the one process (S1.1), with these names. */
export const componentName = z.enum(['api-server', 'operation-worker', 'status-reconciler', 'drift-reconciler']);

export const runtimeComponent = z.object({
  name: componentName,
  /** waiting: alive, but what it needs (the engine) is away. */
  state: z.enum(['starting', 'running', 'waiting', 'paused', 'stopped', 'failed']),
  /** Always the process that answers: the components are integrated. */
  pid: z.number().int(),
  startedAt: z.string().nullable(),
  /** When it last did its work; null before the first time. */
  lastTickAt: z.string().nullable(),
  /** Numbers since the start: calls, queued, running, passes, corrections, drifts, heals … */
  counters: z.record(z.string(), z.number()),
  /** One sentence: what it does now, or why it waits. */
  detail: z.string(),
});

export const runtimeStatus = z.object({
  pid: z.number().int(),
  workerId: z.literal(1),
  version: z.string(),
  /** app, serve, or command (a single command that hosts for its own time: nothing reconciles then). */
  host: z.enum(['app', 'serve', 'command']),
  startedAt: z.string(),
  /** Resident memory of the process in bytes, and its share of one core over the last interval, 0 to 1. */
  memoryBytes: z.number(),
  cpuShare: z.number(),
  components: z.array(runtimeComponent),
  /** The steps of the start in their order, and how long each took; ok = false: it failed or ran out of time and is tried again. */
  lifespan: z.array(z.object({ step: z.number().int(), name: z.string(), ok: z.boolean(), tookMs: z.number(), detail: z.string() })),
  api: z.object({ socket: z.string(), tcp: z.object({ enabled: z.boolean(), url: z.string().nullable(), tokenFile: z.string() }) }),
});

/** Durations of one kind of work in milliseconds, over what is remembered (S2.46). */
export const durationMetric = z.object({ name: z.string(), count: z.number().int(), failed: z.number().int(), p50Ms: z.number(), p95Ms: z.number(), maxMs: z.number() });

/** One entry of the event log: the newest 10,000 are kept on disk (S2.17). */
export const logEntry = z.object({
  seq: z.number().int(),
  at: z.string(),
  /** engine.connected, engine.lost, container.die, service.state, operation.started, operation.ended, drift.found, drift.healed, alert.raised, component.paused … */
  type: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  projectId: z.string().nullable(),
  service: z.string().nullable(),
  /** Ties the entries of one piece of work together: the operation's id. */
  correlationId: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), json),
});

export const alert = z.object({
  /** Stable: hash of code, project, and what it is about. */
  id: z.string(),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  projectId: z.string().nullable(),
  service: z.string().nullable(),
  message: z.string(),
  hint: z.string(),
  raisedAt: z.string(),
  /** How often it was raised again while it stood. */
  count: z.number().int(),
  /** Null while it stands. */
  clearedAt: z.string().nullable(),
  dismissed: z.boolean(),
});

export const setting = z.object({
  key: z.string(),
  value: json,
  default: json,
  title: z.string(),
  /** One sentence. Says so where the value is Berth's own and not of the specification. */
  description: z.string(),
  /** What the value may be, in words: "5 to 3600 seconds". */
  range: z.string(),
  /** What it may be, where it is one of a few words. */
  choices: z.array(z.string()).optional(),
});

/** A setting that gets another value, and settings that a file names and this version does not have. */
export const settingChanges = z.object({
  changes: z.array(z.object({ key: z.string(), title: z.string(), from: json, to: json })),
  unknown: z.array(z.string()),
  /** False: only shown. */
  applied: z.boolean(),
});
