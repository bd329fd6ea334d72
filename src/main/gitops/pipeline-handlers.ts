import { EVENT_FLOWS, PIPELINE_STAGES } from '@shared/domain/gitops/pipeline/pipeline';
import type { Project } from '@shared/domain/projects/project';
import type { Handlers } from '@main/dispatch/types';
import type { Pipeline } from './pipeline';

/** Binds what is asked about the pipeline. */
export function pipelineHandlers(pipeline: Pick<Pipeline, 'runs'>, deps: { readonly project: (reference: string) => Promise<Project> }): Pick<Handlers, 'gitops.pipeline'> {
  return {
    'gitops.pipeline': async (input) => {
      const dir = input.project === undefined ? undefined : (await deps.project(input.project)).dir;
      return {
        stages: PIPELINE_STAGES.map((stage) => ({ ...stage })),
        flows: Object.fromEntries(Object.entries(EVENT_FLOWS).map(([event, parts]) => [event, [...parts]])),
        runs: pipeline.runs(dir).map((run) => ({ ...run, files: [...run.files], stages: run.stages.map((stage) => ({ ...stage })) })),
      };
    },
  };
}
