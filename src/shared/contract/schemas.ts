import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../kernel/error-codes';

/** Shapes that more than one entry uses. They describe the types of kernel/ and domain/ at run time. */

/** A project: its id (`p_…`) or, from the CLI and the API, the absolute path of its folder. */
export const projectRef = z.string().min(1).max(4096).describe('project id or folder');
export const modeName = z.string().min(1).max(64).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a mode name has letters, digits, dot, dash and underscore');
export const serviceName = z.string().min(1).max(255);

export const where = z.object({ file: z.string(), line: z.number().int().optional(), column: z.number().int().optional() });

export const findingFix = z.object({ id: z.string(), title: z.string() });
export const finding = z.object({
  id: z.string(),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  service: z.string().optional(),
  where: where.optional(),
  message: z.string(),
  why: z.string(),
  fixes: z.array(findingFix),
  confidence: z.enum(['certain', 'possible']).optional(),
});

export const json: z.ZodType = z.json();

export const errorData = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string().optional(),
  where: where.optional(),
  service: z.string().optional(),
  details: z.record(z.string(), json).optional(),
});

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
});

export const servicePort = z.object({ hostIp: z.string(), hostPort: z.number().int(), containerPort: z.number().int(), protocol: z.string() });
export const serviceMount = z.object({ type: z.string(), source: z.string(), target: z.string(), readOnly: z.boolean() });

export const serviceStatus = z.object({
  name: z.string(),
  /** running, partial, starting, exited, failed, created, paused, restarting, absent (declared, no container), done (a job that ended with 0). */
  state: z.string(),
  /** healthy, unhealthy, starting, none. */
  health: z.string(),
  containerIds: z.array(z.string()),
  image: z.string(),
  ports: z.array(servicePort),
  mounts: z.array(serviceMount),
  /** ISO time of the oldest running container's start; null when none runs. */
  startedAt: z.string().nullable(),
  restarts: z.number().int(),
  exitCode: z.number().int().nullable(),
  /** The mode whose files made its containers; null when unknown. */
  mode: z.string().nullable(),
  /** True when the active mode's files no longer declare it. */
  orphan: z.boolean(),
});

export const serviceList = z.object({
  /** Active mode: a name, 'mixed', or null. */
  mode: z.string().nullable(),
  /** One word for the header: healthy, starting, degraded, failed, stopped, empty. */
  health: z.enum(['healthy', 'starting', 'degraded', 'failed', 'stopped', 'empty']),
  /** One sentence: "6 services run in dev, all healthy". */
  summary: z.string(),
  services: z.array(serviceStatus),
});

export const logLine = z.object({ service: z.string(), containerId: z.string(), stream: z.enum(['stdout', 'stderr']), time: z.string(), text: z.string() });

export const operationProgress = z.object({
  step: z.number(),
  of: z.number(),
  message: z.string(),
  bytes: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  services: z.record(z.string(), z.string()).optional(),
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
});

export const journalStep = z.object({ seq: z.number().int(), name: z.string(), phase: z.string(), at: z.string(), text: z.string() });

export const engineStatus = z.object({
  state: z.enum(['connecting', 'connected', 'unreachable']),
  /** Where: "unix:///var/run/docker.sock (default socket)"; empty while none is found. */
  endpoint: z.string(),
  version: z.string(),
  apiVersion: z.string(),
  /** One sentence when unreachable: what was tried, what to do. */
  message: z.string(),
});

export const doctorCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().optional() });
export const doctorReport = z.object({ checks: z.array(doctorCheck) });
