import type { Handlers } from '@main/dispatch/types';
import type { StatsMonitor } from './stats';
import type { DiskUse } from './types';

/** Binds the contract names of resource use and disk use. */
export function usageHandlers(stats: StatsMonitor, showDisk: () => Promise<DiskUse>): Pick<Handlers, 'stats.show' | 'stats.history' | 'stats.watch' | 'disk.show'> {
  return {
    'stats.show': ({ project }) => stats.show(project),
    'stats.history': (input) => stats.history(input),
    'stats.watch': (input, call, push) => stats.watch(input, call.signal, push),
    'disk.show': () => showDisk(),
  };
}
