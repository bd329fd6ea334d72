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
