import type { OutputOf } from '@shared/contract/contract';

export type ProjectStats = OutputOf<'stats.show'>;
export type WatchedMount = OutputOf<'mounts.show'>[number];
export type DiskUse = OutputOf<'disk.show'>;
