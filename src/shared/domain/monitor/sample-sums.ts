import { cpuShare, type ContainerStats } from '../engine/container-stats';

/** One container with what it uses now and what it used the time before. */
export interface MeasuredContainer {
  readonly service: string;
  readonly now: ContainerStats;
  /** Null when it was not measured before. */
  readonly before: Pick<ContainerStats, 'atMs' | 'cpuTotalNs'> | null;
  readonly restarts: number;
}

/** The sum of a service's containers. */
export interface ServiceUse extends Omit<ContainerStats, 'atMs' | 'cpuTotalNs'> {
  readonly service: string;
  /** Share of one core; null for the first sample. */
  readonly cpu: number | null;
  readonly restarts: number;
}

const SUMMED = ['memoryBytes', 'networkReceivedBytes', 'networkSentBytes', 'blockReadBytes', 'blockWrittenBytes', 'processes'] as const;

/** Sums containers per service, services by name. CPU is null while any container has no earlier sample; a limit counts only when all have one. */
export function serviceUses(containers: readonly MeasuredContainer[]): readonly ServiceUse[] {
  const groups = new Map<string, MeasuredContainer[]>();
  for (const one of containers) groups.set(one.service, [...(groups.get(one.service) ?? []), one]);
  return [...groups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([service, group]) => sumOf(service, group));
}

function sumOf(service: string, group: readonly MeasuredContainer[]): ServiceUse {
  const shares = group.map((one) => (one.before === null ? null : cpuShare(one.before, one.now)));
  const total = (field: (typeof SUMMED)[number]): number => group.reduce((sum, one) => sum + one.now[field], 0);
  return {
    service,
    cpu: shares.some((share) => share === null) ? null : shares.reduce<number>((sum, share) => sum + (share ?? 0), 0),
    memoryBytes: total('memoryBytes'),
    memoryLimitBytes: group.some((one) => one.now.memoryLimitBytes === 0) ? 0 : group.reduce((sum, one) => sum + one.now.memoryLimitBytes, 0),
    networkReceivedBytes: total('networkReceivedBytes'),
    networkSentBytes: total('networkSentBytes'),
    blockReadBytes: total('blockReadBytes'),
    blockWrittenBytes: total('blockWrittenBytes'),
    processes: total('processes'),
    restarts: group.reduce((sum, one) => sum + one.restarts, 0),
  };
}

/** The totals of a project. */
export function projectTotal(services: readonly ServiceUse[]): { cpu: number } & { [F in (typeof SUMMED)[number]]: number } {
  const total = { cpu: 0, memoryBytes: 0, networkReceivedBytes: 0, networkSentBytes: 0, blockReadBytes: 0, blockWrittenBytes: 0, processes: 0 };
  for (const one of services) {
    total.cpu += one.cpu ?? 0;
    for (const field of SUMMED) total[field] += one[field];
  }
  return total;
}
