/** What a changed file goes through, in this order. `part` is who does it. */
export const PIPELINE_STAGES = [
  { name: 'file-change-detection', part: 'file_ops' },
  { name: 'file-operations', part: 'file_ops' },
  { name: 'duplicate-detection', part: 'conflict_engine' },
  { name: 'conflict-resolution', part: 'conflict_engine' },
  { name: 'integration', part: 'integration' },
  { name: 'template-processing', part: 'template_engine' },
] as const;

export type StageName = (typeof PIPELINE_STAGES)[number]['name'];

/** The five that do the work; the last one tells window, tray and notifications. */
export const PIPELINE_PARTS = ['file_ops', 'conflict_engine', 'template_engine', 'integration', 'ui_management'] as const;
export type PipelinePart = (typeof PIPELINE_PARTS)[number];

/** Who hears of what, in this order. `template_updated` is an entry of its own, beside the pipeline: its output is written, and that is a change of files. */
export const EVENT_FLOWS = {
  file_changed: ['file_ops', 'conflict_engine'],
  duplicate_detected: ['conflict_engine', 'integration'],
  template_updated: ['template_engine', 'file_ops'],
  resolution_complete: ['integration', 'ui_management'],
} as const satisfies { readonly [event: string]: readonly PipelinePart[] };

export type FlowEvent = keyof typeof EVENT_FLOWS;

/** How many chains may follow from one another: more is a loop. */
export const MAX_CHAIN_DEPTH = 5;

export type StageState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'stopped';

/** One stage of one run. */
export interface StageRun {
  readonly name: StageName;
  readonly state: StageState;
  /** In words: what was found, why it was skipped or failed. */
  readonly message: string;
  readonly durationMs: number | null;
}

/** What one change set off. */
export interface PipelineRun {
  /** The same in every event of it. */
  readonly correlationId: string;
  readonly dir: string;
  readonly projectId: string | null;
  /** Relative to `dir`. */
  readonly files: readonly string[];
  /** 0: a person changed a file; each chain that a chain set off counts one more. */
  readonly depth: number;
  readonly startedAt: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly stages: readonly StageRun[];
}

/** A run that begins. */
export function beginRun(run: Pick<PipelineRun, 'correlationId' | 'dir' | 'projectId' | 'files' | 'depth' | 'startedAt'>): PipelineRun {
  return { ...run, state: 'running', stages: PIPELINE_STAGES.map(({ name }) => ({ name, state: 'waiting', message: '', durationMs: null })) };
}

/** The run with a stage in another state. A failure stops the later ones; the last one done ends the run. */
export function withStage(run: PipelineRun, stage: StageRun): PipelineRun {
  const at = run.stages.findIndex((one) => one.name === stage.name);
  const stages = run.stages.map((one, index): StageRun => (index === at ? stage : stage.state === 'failed' && index > at && one.state === 'waiting' ? { ...one, state: 'stopped' } : one));
  const isOver = at === stages.length - 1 && (stage.state === 'done' || stage.state === 'skipped');
  return { ...run, stages, state: stage.state === 'failed' ? 'failed' : isOver ? 'done' : run.state };
}

/** A changed file: the hash of its bytes, null for one that is gone. */
export interface ChangedFile {
  readonly path: string;
  readonly hash: string | null;
}

/** What of a change is news: what Berth itself wrote is none, and neither is what was seen before with the same bytes. */
export function newsOf(changes: readonly ChangedFile[], own: ReadonlyMap<string, string | null>): readonly ChangedFile[] {
  return changes.filter(({ path, hash }) => !own.has(path) || own.get(path) !== hash);
}

/** Whether a chain of this depth may begin. */
export function mayBegin(depth: number): boolean {
  return depth < MAX_CHAIN_DEPTH;
}
