import { join } from 'node:path';
import { isReservedWorkspace } from '@shared/domain/workspaces/gateway-route';
import { RUNNER_LABELS, runnersProjectName, RUNNER_UPDATE_COMMAND, type RunnerOwner } from '@shared/domain/workspaces/runner-payload';
import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Engine } from '@main/docker/types';
import { nextNews } from '@main/platform/next-news';
import type { Logger } from '@main/platform/types';
import type { StepContext, StorageImages } from '@main/storage/types';
import { hashedPayload, makeRunner, removeRunner, removeRunnerNetwork, runnerDoor } from './runner-container';
import { RunnerSights, type RunnerSight } from './runner-sights';
import type { RunnerRequest, Runners, WorkspaceRunner } from './types';

/** What running workspaces works with. */
export interface RunnersDependencies {
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly stateDir: string;
  /** Address of the gateway of a project; null while it is off. */
  readonly gatewayUrl: (projectId: string) => string | null;
  /** Who runs Berth here, as far as the system says: what they may read, the container may. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}

const NO_CONSENT = { pull: false, build: false };
/** Installing what a workspace depends on may take its time; a source that is not there is told soon. */
const RUNNING_MS = 15 * 60_000;
const SOURCE_MS = 30_000;
const UPDATE_MS = 10 * 60_000;
const LOOK_MS = 1_000;
const OUTPUT_BYTES = 16 * 1024;

/** Runs each workspace in a container of its own, found again by its labels. */
export function createRunners(deps: RunnersDependencies): Runners {
  return new ContainerRunners(deps);
}

class ContainerRunners implements Runners {
  private readonly sights: RunnerSights;

  constructor(private readonly deps: RunnersDependencies) {
    this.sights = new RunnerSights({ ...deps, dirOf: (projectId) => this.dirOf(projectId) });
  }

  async status(projectId: string): Promise<ReadonlyMap<string, WorkspaceRunner>> {
    const rows = await this.sights.rowsOf(projectId);
    const seen = await Promise.all(rows.map(async (row) => [row.service, await this.sights.sightOf(projectId, row)] as const));
    return new Map(seen.flatMap(([workspace, sight]) => (sight === null ? [] : [[workspace, this.shown(projectId, workspace, sight)] as const])));
  }

  async start(context: StepContext, request: RunnerRequest): Promise<void> {
    const { projectId, workspace } = request;
    if (isReservedWorkspace(workspace)) throw new AppError('input-invalid', `A workspace cannot be called ${workspace}: that is the address of the gateway's own page.`, { hint: 'Rename its folder.' });
    const owner = { projectId, projectName: runnersProjectName(request.projectName), dir: this.dirOf(projectId) };
    const image = (await this.deps.images.resolve('workspace', NO_CONSENT, (line) => context.log(line), context.signal)).reference;
    const making = { owner, request, image, user: this.user() };
    const { payload, hash } = await hashedPayload(this.deps.engine, making);
    if (!(await this.isRunningSo(projectId, workspace, hash))) {
      for (const row of await this.rowsOf(projectId, workspace)) await removeRunner(this.deps.engine, context, row);
      await makeRunner(this.deps.engine, context, making, payload);
      this.sights.forget(projectId);
    }
    await this.untilRunning(context, projectId, workspace);
  }

  async update(projectId: string, workspace: string): Promise<void> {
    const row = (await this.rowsOf(projectId, workspace)).find((one) => one.state === 'running');
    if (row === undefined) return;
    const said: Uint8Array[] = [];
    let bytes = 0;
    const keep = (_stream: string, data: Uint8Array): void => {
      bytes += data.length;
      if (bytes <= OUTPUT_BYTES) said.push(data);
    };
    const code = await runnerDoor(this.deps.engine, { dir: row.workingDir, projectName: row.project }).exec(row.id, RUNNER_UPDATE_COMMAND, keep, AbortSignal.timeout(UPDATE_MS));
    this.sights.forget(projectId, row.id);
    if (code === 0) return;
    const [first = '', ...lines] = Buffer.concat(said).toString('utf8').trim().split('\n');
    throw failed(workspace, first, lines);
  }

  async clear(context: Pick<StepContext, 'effect'>, projectId: string): Promise<void> {
    this.sights.forget(projectId);
    for (const row of await this.sights.rowsOf(projectId)) if (row.state === 'created') await removeRunner(this.deps.engine, context, row);
    this.sights.forget(projectId);
  }

  async stop(context: StepContext, projectId: string, workspace: string): Promise<void> {
    const rows = await this.rowsOf(projectId, workspace);
    for (const row of rows) await removeRunner(this.deps.engine, context, row);
    this.sights.forget(projectId);
    const [first] = rows;
    if (first === undefined || (await this.sights.rowsOf(projectId)).length > 0) return;
    const owner: RunnerOwner = { projectId, projectName: first.project, dir: first.workingDir };
    await removeRunnerNetwork(this.deps.engine, owner);
  }

  async logs(projectId: string, workspace: string, options: Parameters<Runners['logs']>[2], signal: AbortSignal, push: Parameters<Runners['logs']>[4]): Promise<void> {
    const [row] = await this.rowsOf(projectId, workspace);
    if (row === undefined) throw new AppError('not-found', `${workspace} has no container.`, { hint: `Start it: berth workspaces start ${workspace}` });
    await this.deps.engine.followLogs(row.id, options, (line) => push({ service: workspace, containerId: row.id, stream: line.stream, time: line.time, text: line.text }), signal);
  }

  onChanged(listener: (projectId: string) => void): void {
    this.sights.onChanged(listener);
  }

  private dirOf(projectId: string): string {
    return join(this.deps.stateDir, 'workspaces', projectId);
  }

  private user(): string {
    const { user } = this.deps;
    return user === null || user.uid === 0 ? '1000:1000' : `${String(user.uid)}:${String(user.gid)}`;
  }

  private async rowsOf(projectId: string, workspace: string): Promise<readonly ContainerStateRow[]> {
    return (await this.sights.rowsOf(projectId)).filter((row) => row.service === workspace);
  }

  private async isRunningSo(projectId: string, workspace: string, hash: string): Promise<boolean> {
    this.sights.forget(projectId);
    const rows = await this.rowsOf(projectId, workspace);
    const [row] = rows;
    if (row === undefined || rows.length > 1 || row.state !== 'running') return false;
    if ((await this.deps.engine.inspectContainer(row.id)).labels[RUNNER_LABELS.hash] !== hash) return false;
    // Who starts one that failed wants another try.
    return (await this.sights.sightOf(projectId, row))?.standing.state !== 'failed';
  }

  private shown(projectId: string, workspace: string, sight: RunnerSight): WorkspaceRunner {
    const { containerId, containerName, port, standing } = sight;
    const gateway = this.deps.gatewayUrl(projectId);
    return { ...standing, containerId, containerName, port: standing.state === 'running' ? port : null, url: gateway === null ? null : `${gateway}/${encodeURIComponent(workspace)}/` };
  }

  /** Resolves when its address answers; what stands in the way is said with the lines it printed last. */
  private async untilRunning(context: StepContext, projectId: string, workspace: string): Promise<void> {
    const began = this.deps.clock.monotonic();
    for (let said = ''; ; ) {
      const [row] = await this.rowsOf(projectId, workspace);
      const sight = row === undefined ? null : await this.sights.sightOf(projectId, row);
      if (sight === null) throw new AppError('start-failed', `The container of ${workspace} went away while it was started.`);
      const { state, detail } = sight.standing;
      if (state === 'running') return;
      if (state === 'failed' || state === 'stopped') throw failed(workspace, detail, sight.lines);
      const now = `${state}: ${detail}`;
      if (now !== said) context.log(`${workspace} ${now}`);
      said = now;
      const waitedMs = this.deps.clock.monotonic() - began;
      if (state === 'waiting' && waitedMs > SOURCE_MS) throw new AppError('service-unreachable', `${workspace} waits for its source: ${detail}`, { hint: 'Its container stays and starts by itself as soon as the source is there.' });
      if (waitedMs > RUNNING_MS) throw failed(workspace, `Still ${now}`, sight.lines);
      context.signal.throwIfAborted();
      await nextNews((news) => ({ dispose: this.sights.onChanged((changed) => void (changed === projectId && news())) }), LOOK_MS, context.signal);
    }
  }
}

function failed(workspace: string, detail: string, lines: readonly string[]): AppError {
  return new AppError('start-failed', `${workspace} does not run: ${detail}`, { hint: `What it printed: berth workspaces logs ${workspace}`, details: { output: lines.join('\n').slice(-4_000) } });
}
