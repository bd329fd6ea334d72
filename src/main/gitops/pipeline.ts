import { beginRun, EVENT_FLOWS, mayBegin, MAX_CHAIN_DEPTH, newsOf, PIPELINE_STAGES, withStage, type ChangedFile, type FlowEvent, type PipelinePart, type PipelineRun, type StageName } from '@shared/domain/gitops/pipeline/pipeline';
import { flowEventOf, type EndedOperation } from '@shared/domain/gitops/pipeline/flow-events';
import { errorData } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Alerts } from '@main/alerts/types';
import type { Logger } from '@main/platform/types';

/** What a stage found, in words; `skipped` where there was nothing for it to do. */
export interface StageResult {
  readonly message: string;
  readonly skipped?: boolean | undefined;
}

/** What one stage does for a run. Rejects with why it could not. */
export type Stage = (run: PipelineRun) => Promise<StageResult>;

/** Who is told of an event of the flows. One that throws harms nobody else. */
export type FlowReceiver = (event: FlowEvent, payload: JsonObject & { readonly correlationId: string }) => Promise<void> | void;

export interface PipelineDependencies {
  readonly stages: { readonly [name in StageName]: Stage };
  readonly receivers: { readonly [part in PipelinePart]: FlowReceiver };
  readonly publish: (run: PipelineRun) => void;
  /** Gives each stage its deadline and notes how long it took. */
  readonly timed: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
  readonly newId: () => string;
  readonly now: () => string;
  readonly monotonicMs: () => number;
  readonly log: Logger;
}

/** A change that sets a run off. */
export interface PipelineChange {
  readonly dir: string;
  readonly projectId: string | null;
  readonly files: readonly ChangedFile[];
  /** Of the chain that it follows from. */
  readonly cause?: { readonly correlationId: string; readonly depth: number } | undefined;
}

/** Runs that are remembered. */
const KEPT_RUNS = 50;
/** Files whose own writes are remembered. */
const KEPT_WRITES = 10_000;
const LOOP_ALERT = 'GITOPS-LOOP';

/** What happens to a changed file: six stages in order, one run at a time in each folder. */
export class Pipeline {
  private readonly own = new Map<string, string | null>();
  private readonly kept: PipelineRun[] = [];
  private readonly told = new Set<string>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(private readonly deps: PipelineDependencies) {}

  /** The newest first. */
  runs(dir?: string): readonly PipelineRun[] {
    return this.kept.filter((run) => dir === undefined || run.dir === dir);
  }

  /** Bytes that Berth itself puts there: seeing them sets nothing off. */
  noteOwnWrite(path: string, hash: string | null): void {
    this.own.delete(path);
    this.own.set(path, hash);
    for (const oldest of this.own.keys()) {
      if (this.own.size <= KEPT_WRITES) break;
      this.own.delete(oldest);
    }
  }

  /** Runs the stages for a change; null where nothing of it is news, or the chain is too long. Never rejects. */
  async changed(change: PipelineChange): Promise<PipelineRun | null> {
    const news = newsOf(change.files.map((file) => ({ ...file, path: `${change.dir}/${file.path}` })), this.own);
    if (news.length === 0) return null;
    const depth = change.cause === undefined ? 0 : change.cause.depth + 1;
    if (!mayBegin(depth)) {
      await this.alert(change, depth);
      return null;
    }
    for (const { path, hash } of news) this.noteOwnWrite(path, hash);
    const files = news.map((file) => file.path.slice(change.dir.length + 1));
    const run = beginRun({ correlationId: change.cause?.correlationId ?? this.deps.newId(), dir: change.dir, projectId: change.projectId, files, depth, startedAt: this.deps.now() });
    const before = this.queues.get(change.dir) ?? Promise.resolve();
    const ended = before.then(() => this.run(run));
    this.queues.set(change.dir, ended);
    const result = await ended;
    if (this.queues.get(change.dir) === ended) this.queues.delete(change.dir);
    return result;
  }

  /** Tells an event to whom the table names, one after the other. */
  async emit(event: FlowEvent, payload: JsonObject & { readonly correlationId: string }): Promise<void> {
    for (const part of EVENT_FLOWS[event]) {
      try {
        await this.deps.receivers[part](event, payload);
      } catch (error) {
        this.deps.log.error('A part of the pipeline could not take an event', { part, event, error });
      }
    }
  }

  /** What the good end of an operation sets off, once each. */
  async ended(operation: EndedOperation): Promise<void> {
    const flow = this.told.has(operation.id) ? null : flowEventOf(operation);
    if (flow === null) return;
    this.told.add(operation.id);
    for (const oldest of this.told) {
      if (this.told.size <= KEPT_RUNS) break;
      this.told.delete(oldest);
    }
    await this.emit(flow.event, flow.payload);
  }

  private async run(begun: PipelineRun): Promise<PipelineRun> {
    let run = begun;
    await this.emit('file_changed', { correlationId: run.correlationId, dir: run.dir, files: [...run.files] });
    for (const { name } of PIPELINE_STAGES) {
      run = this.keep(withStage(run, { name, state: 'running', message: '', durationMs: null }));
      const beganMs = this.deps.monotonicMs();
      const took = (): number => this.deps.monotonicMs() - beganMs;
      try {
        const current = run;
        const { message, skipped } = await this.deps.timed(timedName(name), () => this.deps.stages[name](current));
        run = this.keep(withStage(run, { name, state: skipped === true ? 'skipped' : 'done', message, durationMs: took() }));
      } catch (error) {
        this.deps.log.warn('A stage of the pipeline failed', { stage: name, correlationId: run.correlationId, error });
        return this.keep(withStage(run, { name, state: 'failed', message: errorData(error).message, durationMs: took() }));
      }
    }
    return run;
  }

  private keep(run: PipelineRun): PipelineRun {
    const at = this.kept.findIndex((one) => one.correlationId === run.correlationId && one.depth === run.depth);
    if (at === -1) this.kept.unshift(run);
    else this.kept[at] = run;
    this.kept.length = Math.min(this.kept.length, KEPT_RUNS);
    this.deps.publish(run);
    return run;
  }

  private async alert(change: PipelineChange, depth: number): Promise<void> {
    this.deps.log.warn('A chain of changes was ended', { dir: change.dir, depth, correlationId: change.cause?.correlationId });
    const message = `Changes in ${change.dir} set each other off ${String(MAX_CHAIN_DEPTH)} times; the chain was ended.`;
    await this.deps.alerts
      .raise({ code: LOOP_ALERT, object: change.dir, projectId: change.projectId, service: null, severity: 'warning', message, hint: 'Look for a template that writes into a folder it is made from.' })
      .catch((error: unknown) => this.deps.log.error('An alert could not be told', { error }));
  }
}

/** As measured work is named: of a scan more than five seconds are an alert, of other tasks more than thirty. */
function timedName(name: StageName): string {
  return name === 'duplicate-detection' ? 'scan of a change' : `gitops ${name}`;
}
