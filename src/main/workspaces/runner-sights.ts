import { RUNNER_LABELS, RUNNER_PORT, RUNNER_STATE_FILE } from '@shared/domain/workspaces/runner-payload';
import { readReport, runnerStanding, type RunnerReport } from '@shared/domain/workspaces/runner-state';
import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Engine, EngineEvent } from '@main/docker/types';
import type { Logger } from '@main/platform/types';

/** One container of a workspace, as it was seen. */
export interface RunnerSight {
  readonly containerId: string;
  readonly containerName: string;
  readonly port: number | null;
  readonly standing: ReturnType<typeof runnerStanding>;
  /** What it printed last, when it failed. */
  readonly lines: readonly string[];
  /** False when its entry could not be asked in time: what it said before is shown, and it is asked again soon. */
  readonly isCertain: boolean;
}

export interface RunnerSightsDependencies {
  readonly engine: Engine;
  /** Where this Berth keeps nothing but the name by which it finds its own of a project. */
  readonly dirOf: (projectId: string) => string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}

interface Kept {
  readonly at: number;
  readonly sight: Promise<RunnerSight>;
}

const ROWS_MS = 2_000;
/** Between two phases a line of the log says so; this is for the lines that were missed. */
const UNSETTLED_MS = 1_000;
const SETTLED_MS = 30_000;
const SETTLED: ReadonlySet<string> = new Set(['running', 'failed', 'stopped']);
const READ_MS = 5_000;
const LINE_START = 'berth: ';

/**
 * What is known of the containers of workspaces. The engine's events and the lines of their entries say when to look again; in between, nothing is asked.
 */
export class RunnerSights {
  private readonly kept = new Map<string, Kept>();
  private readonly reports = new Map<string, RunnerReport>();
  private readonly followed = new Map<string, AbortController>();
  private readonly listeners = new Set<(projectId: string) => void>();
  private readonly projects = new Set<string>();
  private rows: { readonly at: number; readonly rows: Promise<readonly ContainerStateRow[]> } | null = null;

  constructor(private readonly deps: RunnerSightsDependencies) {
    deps.engine.onEvent((event) => this.heard(event));
  }

  onChanged(listener: (projectId: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Containers of a project, one row each; none while the engine is away. */
  async rowsOf(projectId: string): Promise<readonly ContainerStateRow[]> {
    this.projects.add(projectId);
    const dir = this.deps.dirOf(projectId);
    try {
      return (await this.allRows()).filter((row) => row.workingDir === dir);
    } catch (error) {
      if (error instanceof AppError && (error.code === 'engine-unreachable' || error.code === 'engine-timeout')) return [];
      throw error;
    }
  }

  /** Null for one that went away meanwhile. */
  async sightOf(projectId: string, row: ContainerStateRow): Promise<RunnerSight | null> {
    this.follow(projectId, row);
    const now = this.deps.clock.monotonic();
    const known = this.kept.get(row.id);
    if (known !== undefined && now - known.at < (await this.keptMs(known))) return known.sight.catch(() => null);
    const sight = this.look(row);
    this.kept.set(row.id, { at: now, sight });
    return sight.catch((error: unknown) => {
      if (this.kept.get(row.id)?.sight === sight) this.kept.delete(row.id);
      if (error instanceof AppError) return null;
      throw error;
    });
  }

  /** Something was done to the containers of a project: what is known of them is old. */
  forget(projectId: string, containerId?: string): void {
    this.rows = null;
    if (containerId !== undefined) this.kept.delete(containerId);
    for (const listener of this.listeners) listener(projectId);
  }

  private async keptMs(known: Kept): Promise<number> {
    const sight = await known.sight.catch(() => null);
    return sight?.isCertain === true && SETTLED.has(sight.standing.state) ? SETTLED_MS : UNSETTLED_MS;
  }

  private allRows(): Promise<readonly ContainerStateRow[]> {
    const now = this.deps.clock.monotonic();
    if (this.rows === null || now - this.rows.at > ROWS_MS) this.rows = { at: now, rows: this.deps.engine.containerStates() };
    return this.rows.rows;
  }

  private async look(row: ContainerStateRow): Promise<RunnerSight> {
    const { engine } = this.deps;
    const found = await engine.inspectContainer(row.id);
    const fresh = found.state === 'running' ? await this.report(row) : null;
    if (fresh !== null) this.reports.set(row.id, fresh);
    const report = fresh ?? this.reports.get(row.id) ?? null;
    const standing = runnerStanding(found, report);
    const port = found.ports.find((one) => one.containerPort === RUNNER_PORT && one.protocol === 'tcp')?.hostPort ?? 0;
    return { containerId: row.id, containerName: found.name, port: port > 0 ? port : null, standing, lines: report?.lines ?? [], isCertain: fresh !== null || found.state !== 'running' };
  }

  private async report(row: ContainerStateRow): Promise<RunnerReport | null> {
    const chunks: Uint8Array[] = [];
    const door = this.deps.engine.as({ projectDir: row.workingDir, projectName: row.project, trustedFactKeys: [] });
    const code = await door.exec(row.id, ['cat', RUNNER_STATE_FILE], (stream, data) => void (stream === 'stdout' && chunks.push(data)), AbortSignal.timeout(READ_MS)).catch(() => -1);
    return code === 0 ? readReport(Buffer.concat(chunks).toString('utf8')) : null;
  }

  private heard({ type, action, id, attributes }: EngineEvent): void {
    if (type === 'gap') {
      this.rows = null;
      this.kept.clear();
      for (const projectId of this.projects) this.forget(projectId);
      return;
    }
    const projectId = attributes[RUNNER_LABELS.projectId];
    // Commands that are run in it are how it is looked at.
    if (type !== 'container' || projectId === undefined || action.startsWith('exec_')) return;
    // What it said before it was started again is of another run.
    if (action === 'destroy' || action === 'start') this.reports.delete(id);
    if (action === 'destroy') this.followed.get(id)?.abort();
    this.forget(projectId, id);
  }

  private follow(projectId: string, row: ContainerStateRow): void {
    if (row.state !== 'running' || this.followed.has(row.id)) return;
    const end = new AbortController();
    this.followed.set(row.id, end);
    const onLine = ({ text }: { readonly text: string }): void => {
      if (text.startsWith(LINE_START)) this.forget(projectId, row.id);
    };
    void this.deps.engine
      .followLogs(row.id, { tail: 1, follow: true }, onLine, end.signal)
      .catch((error: unknown) => this.deps.log.debug('the lines of a workspace are not followed', { error, containerId: row.id }))
      .finally(() => this.followed.delete(row.id));
  }
}
