import type { OutputOf } from '@shared/contract/contract';

type ProjectStats = OutputOf<'stats.watch'>;

/** What one service used over the last minute, oldest first; the last value is now. */
export interface ServiceUse {
  readonly cpu: readonly (number | null)[];
  readonly memoryBytes: readonly number[];
  readonly memoryLimitBytes: number;
}

/** What the services use, as the stream told so far. */
export interface LiveStats {
  readonly total: ProjectStats['total'] | null;
  readonly services: { readonly [service: string]: ServiceUse };
}

export const EMPTY_STATS: LiveStats = { total: null, services: {} };

const KEPT = 30;

/** The stats after one more item of the stream. A service that is not in it any more is gone. */
export function withStats(before: LiveStats, item: ProjectStats): LiveStats {
  const services: { [service: string]: ServiceUse } = {};
  for (const sample of item.services) {
    const known = before.services[sample.service];
    services[sample.service] = {
      cpu: [...(known?.cpu ?? []), sample.cpu].slice(-KEPT),
      memoryBytes: [...(known?.memoryBytes ?? []), sample.memoryBytes].slice(-KEPT),
      memoryLimitBytes: sample.memoryLimitBytes,
    };
  }
  return { total: item.total, services };
}

/** Only the last value of each service: lines begin anew there. */
export function lastOf({ total, services }: LiveStats): LiveStats {
  return { total, services: Object.fromEntries(Object.entries(services).map(([name, { cpu, memoryBytes, memoryLimitBytes }]) => [name, { cpu: cpu.slice(-1), memoryBytes: memoryBytes.slice(-1), memoryLimitBytes }])) };
}
