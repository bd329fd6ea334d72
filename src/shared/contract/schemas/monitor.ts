import * as z from 'zod';

/** What running containers use: samples, mounts, disk. */

/** One sample of a service, summed over its containers. Bytes are totals since the containers' start. */
export const serviceSample = z.object({
  service: z.string(),
  at: z.string(),
  /** Share of one core, 1 = a whole core; null while there is no earlier sample to compare with. */
  cpu: z.number().nullable(),
  memoryBytes: z.number(),
  /** 0 = none set. */
  memoryLimitBytes: z.number(),
  networkReceivedBytes: z.number(),
  networkSentBytes: z.number(),
  blockReadBytes: z.number(),
  blockWrittenBytes: z.number(),
  processes: z.number().int(),
  restarts: z.number().int(),
});

export const projectStats = z.object({
  projectId: z.string(),
  at: z.string(),
  services: z.array(serviceSample),
  total: z.object({ cpu: z.number(), memoryBytes: z.number(), networkReceivedBytes: z.number(), networkSentBytes: z.number(), blockReadBytes: z.number(), blockWrittenBytes: z.number(), processes: z.number().int() }),
});

export const statsHistory = z.object({
  fromAt: z.string(),
  toAt: z.string(),
  /** Per service, columns of equal length: `at` in milliseconds since the epoch, rising. null = no sample there. Rates are per second. */
  series: z.array(
    z.object({
      service: z.string(),
      at: z.array(z.number()),
      cpu: z.array(z.number().nullable()),
      memoryBytes: z.array(z.number().nullable()),
      networkBytesPerSecond: z.array(z.number().nullable()),
      blockBytesPerSecond: z.array(z.number().nullable()),
      /** What its health was, where it changed. */
      health: z.array(z.object({ at: z.string(), state: z.string(), health: z.string() })),
    }),
  ),
});

export const watchedMount = z.object({
  source: z.string(),
  services: z.array(z.object({ service: z.string(), target: z.string(), readOnly: z.boolean() })),
  kind: z.enum(['file', 'folder', 'fuse', 'other', 'unknown']),
  /** replaced: another file stands at the path than the container holds. hung: no answer within the deadline. */
  state: z.enum(['ok', 'missing', 'replaced', 'wrong-type', 'unreadable', 'hung']),
  latencyMs: z.number(),
  checkedAt: z.string(),
  since: z.string(),
  message: z.string(),
});

export const diskItem = z.object({
  id: z.string(),
  kind: z.enum(['image', 'volume', 'build-cache', 'container']),
  name: z.string(),
  sizeBytes: z.number(),
  createdAt: z.string(),
  /** Why it may go, in one sentence; empty when it is in use and may not. */
  why: z.string(),
  removable: z.boolean(),
});

export const diskUse = z.object({
  at: z.string(),
  images: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  volumes: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  buildCache: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  containers: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  items: z.array(diskItem),
});
