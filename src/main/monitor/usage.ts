import type { ContainerStats } from '@shared/domain/engine/container-stats';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import { projectTotal, serviceUses, type ServiceUse } from '@shared/domain/monitor/sample-sums';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Engine } from '@main/docker/types';
import type { ProjectStats } from './types';

const READS_AT_ONCE = 8;

/** What one container used when it was read. */
export interface Reading {
  readonly id: string;
  readonly service: string;
  readonly now: ContainerStats;
  readonly restarts: number;
}

/** What is kept of an earlier reading: processor time is only worth something against it. */
export type Baseline = ReadonlyMap<string, Pick<ContainerStats, 'atMs' | 'cpuTotalNs'>>;

async function goneIsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
}

/** Reads what the running containers of projects use, at most eight at once. */
export class UsageReadings {
  /** Restart counts by container; only kept while events say when one is started again. */
  private readonly restarts = new Map<string, number>();
  private followsEvents = false;

  constructor(private readonly engine: Pick<Engine, 'containerStates' | 'stats' | 'inspectContainer'>) {}

  /** From here on `noteStart` is told of every start. */
  followEvents(follows: boolean): void {
    this.followsEvents = follows;
    this.restarts.clear();
  }

  /** A container was started again; null: any may have been. */
  noteStart(id: string | null): void {
    if (id === null) this.restarts.clear();
    else this.restarts.delete(id);
  }

  /** One list call for all projects; a container that ends meanwhile is left out. */
  async read(projects: readonly Project[]): Promise<ReadonlyMap<string, readonly Reading[]>> {
    const readings = new Map<string, Reading[]>(projects.map((one) => [one.id, []]));
    if (projects.length === 0) return readings;
    const rows = await this.engine.containerStates();
    const running = rows.filter((row) => row.state === 'running' && row.service !== '');
    const wanted = projects.flatMap((project) => running.filter((row) => row.project === project.name && isOfFolder(project.dir, row)).map((row) => ({ projectId: project.id, row })));
    await inParallel(wanted, READS_AT_ONCE, async ({ projectId, row: { id, service } }) => {
      const [now, restarts] = await Promise.all([goneIsNull(this.engine.stats(id)), goneIsNull(this.restartsOf(id))]);
      if (now !== null && restarts !== null) readings.get(projectId)?.push({ id, service, now, restarts });
    });
    const present = new Set(rows.map((row) => row.id));
    for (const id of this.restarts.keys()) if (!present.has(id)) this.restarts.delete(id);
    return readings;
  }

  private async restartsOf(id: string): Promise<number> {
    const known = this.restarts.get(id);
    if (known !== undefined) return known;
    const { restartCount } = await this.engine.inspectContainer(id);
    if (this.followsEvents) this.restarts.set(id, restartCount);
    return restartCount;
  }
}

/** The readings of a project per service, processor time against the baseline. */
export function usesOf(readings: readonly Reading[], baseline: Baseline): readonly ServiceUse[] {
  return serviceUses(readings.map((one) => ({ service: one.service, now: one.now, before: baseline.get(one.id) ?? null, restarts: one.restarts })));
}

/** The contract's form of it. */
export function projectStats(projectId: string, uses: readonly ServiceUse[], atMs: number): ProjectStats {
  const at = new Date(atMs).toISOString();
  return { projectId, at, services: uses.map((one) => ({ ...one, at })), total: projectTotal(uses) };
}
