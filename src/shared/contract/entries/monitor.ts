import * as z from 'zod';
import { entry } from '../define';
import { inProject, nothing, projectRef, serviceName } from '../schemas/common';
import { diskUse, projectStats, statsHistory, watchedMount } from '../schemas/monitor';

/** Use of resources, mounts and disk. */
export const monitorEntries = {
  'stats.show': entry({ kind: 'query', summary: 'CPU, memory, network and block I/O of each service now.', input: inProject, output: projectStats }),
  'stats.history': entry({
    kind: 'query',
    summary: 'The same over the last 24 hours.',
    input: z.object({ project: projectRef, service: serviceName.optional(), minutes: z.coerce.number().int().min(1).max(1_440).default(1_440), points: z.coerce.number().int().min(10).max(2_880).default(288) }),
    output: statsHistory,
  }),
  'stats.watch': entry({
    kind: 'stream',
    summary: 'CPU, memory, network and block I/O of each service, again and again.',
    input: z.object({ project: projectRef, everyMs: z.coerce.number().int().min(1_000).max(60_000).default(2_000), follow: z.boolean().default(true) }),
    output: projectStats,
  }),
  'mounts.show': entry({ kind: 'query', summary: 'Every bind source and mount of the running services: is it there, is it the one the container holds.', input: inProject, output: z.array(watchedMount) }),
  'disk.show': entry({ kind: 'query', summary: 'What images, volumes, build cache and stopped containers take, and what could go.', input: nothing, output: diskUse }),
  'disk.clean': entry({
    kind: 'operation',
    summary: 'Remove exactly the named items that nothing uses. --dry-run shows what it frees.',
    input: z.object({ items: z.array(z.string()).min(1), dryRun: z.boolean().default(false) }),
    output: z.object({ operationId: z.string(), removed: z.array(z.string()), freedBytes: z.number(), kept: z.array(z.string()) }),
    positional: ['items'],
    asks: true,
  }),
} as const;
