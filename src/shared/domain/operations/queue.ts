/** What the queue needs to know of an operation. */
export interface QueueItem {
  readonly id: string;
  readonly key: string;
}

/**
 * Which waiting operations may start now. Within a key strictly first come, first served; a key that is busy
 * (running, or waiting for recovery) holds back its own only; at most `limit` run at once.
 */
export function startable(waiting: readonly QueueItem[], busyKeys: ReadonlySet<string>, runningCount: number, limit: number): readonly string[] {
  const taken = new Set(busyKeys);
  const out: string[] = [];
  for (const item of waiting) {
    if (runningCount + out.length >= limit) break;
    if (taken.has(item.key)) continue;
    taken.add(item.key);
    out.push(item.id);
  }
  return out;
}
