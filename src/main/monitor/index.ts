export { diskCleanOperation, showDisk } from './disk';
export { VolumeSizes } from './volume-sizes';
export { StatsMonitor } from './stats';
export { usageHandlers } from './stats-handlers';
export { mountHandlers, MountMonitor } from './mounts';
