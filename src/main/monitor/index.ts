export { diskCleanOperation, showDisk } from './disk';
export { StatsMonitor } from './stats';
export { usageHandlers } from './stats-handlers';
export { mountHandlers, MountMonitor } from './mounts';
