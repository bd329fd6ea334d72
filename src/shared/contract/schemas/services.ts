import * as z from 'zod';
import { where } from './common';

/** Services: what they are, what they say, what they may use. */

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

/** Everything about one service. What a stranger wrote (outputs, names) is text; values that tell of secrets are masked. */
export const serviceDetail = z.object({
  service: serviceStatus,
  /** The mode whose files it is compared with; null when none of them loads. */
  mode: z.string().nullable(),
  containers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.string(),
      health: z.string(),
      createdAt: z.string().nullable(),
      startedAt: z.string().nullable(),
      finishedAt: z.string().nullable(),
      /** Null while it runs. */
      exitCode: z.number().int().nullable(),
      restarts: z.number().int(),
      outOfMemory: z.boolean(),
      error: z.string(),
      command: z.array(z.string()),
      user: z.string(),
      restartPolicy: z.string(),
    }),
  ),
  /** The last looks of its health check, newest first; null when it has none. */
  health: z.object({ container: z.string(), check: z.array(z.string()), failingStreak: z.number().int(), probes: z.array(z.object({ at: z.string(), tookMs: z.number().int().nullable(), exitCode: z.number().int(), output: z.string() })) }).nullable(),
  /** sizeBytes: of a volume, where it was measured. */
  mounts: z.array(serviceMount.extend({ sizeBytes: z.number().nullable() })),
  environment: z.array(
    z.object({
      name: z.string(),
      /** Masked when the name or the value tells of a secret. */
      value: z.string(),
      masked: z.boolean(),
      from: z.enum(['file', 'image', 'container']),
      /** In words: "environment of api, compose.yaml:12", "env_file api.env:2", "image". */
      source: z.string(),
      through: z.array(z.string()),
      where: where.optional(),
      shadowed: z.array(z.object({ source: z.string(), value: z.string() })),
      /** The files say something else by now. */
      stale: z.boolean(),
    }),
  ),
  image: z.object({ reference: z.string(), id: z.string(), createdAt: z.string().nullable(), sizeBytes: z.number().nullable(), digests: z.array(z.string()), platform: z.string() }).nullable(),
  build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string().nullable(), args: z.array(z.string()), where: where.optional() }).nullable(),
  limits: z.object({ cpus: z.number().nullable(), memoryBytes: z.number().nullable(), reservedMemoryBytes: z.number().nullable(), processes: z.number().nullable() }).nullable(),
  networks: z.array(z.object({ container: z.string(), name: z.string(), ipAddress: z.string(), ipv6Address: z.string(), gateway: z.string(), macAddress: z.string(), aliases: z.array(z.string()) })),
});

export const logLine = z.object({ service: z.string(), containerId: z.string(), stream: z.enum(['stdout', 'stderr']), time: z.string(), text: z.string() });

/** The health check a service has; null where nothing tells whether it works. */
export const presentHealthcheck = z.object({
  from: z.enum(['file', 'image']),
  kind: z.enum(['http', 'tcp', 'command', 'none']),
  port: z.number().int().nullable(),
  path: z.string(),
  command: z.string(),
  intervalSeconds: z.number().int(),
  timeoutSeconds: z.number().int(),
  retries: z.number().int(),
  startPeriodSeconds: z.number().int(),
});

export const resourcePreset = z.object({
  /** current: 500m/512Mi to 1 CPU/1Gi. combined: 1 CPU/1Gi to 2 CPUs/2Gi (recommended). none: no limits. custom: what the file says otherwise. */
  name: z.enum(['current', 'combined', 'none', 'custom']),
  reservedCpus: z.number(),
  reservedMemoryBytes: z.number(),
  cpus: z.number(),
  memoryBytes: z.number(),
  /** Says what was lowered to fit this machine; empty when nothing. */
  notice: z.string(),
});

/** What belongs together in a project: services, who waits for whom, networks, volumes (S0.19). */
export const serviceGraph = z.object({
  mode: z.string(),
  services: z.array(z.object({ service: z.string(), state: z.string(), health: z.string(), ports: z.array(z.string()), mounts: z.array(z.string()), volumes: z.array(z.string()), networks: z.array(z.string()) })),
  dependencies: z.array(z.object({ from: z.string(), to: z.string(), condition: z.string(), required: z.boolean() })),
  /** exists: the engine has it; else only files say so. subnets: the ranges of addresses the files give it. */
  networks: z.array(z.object({ name: z.string(), external: z.boolean(), exists: z.boolean(), subnets: z.array(z.string()), services: z.array(z.string()) })),
  /** size says why sizeBytes is null. none: it is not there. pending: it is being measured, and the event volumes.measured tells when that is done. unknown: the engine did not tell it. */
  volumes: z.array(z.object({ name: z.string(), external: z.boolean(), exists: z.boolean(), sizeBytes: z.number().nullable(), size: z.enum(['known', 'none', 'pending', 'unknown']), users: z.array(z.object({ service: z.string(), target: z.string(), readOnly: z.boolean() })), modes: z.array(z.string()) })),
});
