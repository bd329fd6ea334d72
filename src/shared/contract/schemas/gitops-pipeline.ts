import * as z from 'zod';
import { PIPELINE_PARTS, PIPELINE_STAGES } from '../../domain/gitops/pipeline/pipeline';

const stageName = z.enum(PIPELINE_STAGES.map((stage) => stage.name) as [(typeof PIPELINE_STAGES)[number]['name'], ...(typeof PIPELINE_STAGES)[number]['name'][]]);
const part = z.enum(PIPELINE_PARTS);

/** What one changed file set off. */
export const pipelineRun = z.object({
  correlationId: z.string(),
  dir: z.string(),
  projectId: z.string().nullable(),
  files: z.array(z.string()),
  depth: z.number().int(),
  startedAt: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  stages: z.array(z.object({ name: stageName, state: z.enum(['waiting', 'running', 'done', 'skipped', 'failed', 'stopped']), message: z.string(), durationMs: z.number().nullable() })),
});

/** The stages and who does them, who hears of what, and the newest runs. */
export const pipelineStatus = z.object({
  stages: z.array(z.object({ name: stageName, part })),
  flows: z.record(z.string(), z.array(part)),
  runs: z.array(pipelineRun),
});

/** How far looking for duplicates and resolving them is. */
export const duplicateStatus = z.object({
  state: z.enum(['idle', 'queued', 'scanning', 'resolving']),
  operationId: z.string().nullable(),
  progress: z.number().describe('0 to 100'),
  message: z.string(),
  counts: z.record(z.string(), z.number().int()).describe('groups by what became of them'),
  lastScan: z.string().nullable(),
  nextScan: z.string().nullable(),
});
