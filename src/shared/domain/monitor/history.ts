/** What a point of the history is made from; bytes are totals that begin anew when a container does. */
export interface HistorySample {
  readonly atMs: number;
  readonly cpu: number | null;
  readonly memoryBytes: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly blockReadBytes: number;
  readonly blockWrittenBytes: number;
}

/** The window of a history: `points` columns of equal length from `fromMs` to `toMs`. */
export interface HistoryWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
  /** A sample speaks for the time since the one before it, at most this long: beyond that nothing was measured. */
  readonly holdMs: number;
}

export interface HistoryColumns {
  /** Begin of each column, milliseconds since the epoch, rising. */
  readonly at: number[];
  readonly cpu: (number | null)[];
  readonly memoryBytes: (number | null)[];
  readonly networkBytesPerSecond: (number | null)[];
  readonly blockBytesPerSecond: (number | null)[];
}

/** A value that holds from `fromMs` to `toMs`. */
export interface Held {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
}

/** Averages over each column, weighted by the time a value holds in it; null where none does. `held` rises and does not overlap. */
export function averageColumns(held: readonly Held[], window: Pick<HistoryWindow, 'fromMs' | 'toMs' | 'points'>): (number | null)[] {
  const width = (window.toMs - window.fromMs) / window.points;
  let next = 0;
  return Array.from({ length: window.points }, (_, index) => {
    const from = window.fromMs + index * width;
    const to = from + width;
    while (next < held.length && (held[next] as Held).toMs <= from) next += 1;
    let time = 0;
    let mean = 0;
    for (let at = next; at < held.length && (held[at] as Held).fromMs < to; at += 1) {
      const one = held[at] as Held;
      const overlap = Math.min(one.toMs, to) - Math.max(one.fromMs, from);
      if (overlap <= 0) continue;
      time += overlap;
      mean += (one.value - mean) * (overlap / time);
    }
    return time === 0 ? null : mean;
  });
}

/** Bytes per second between two totals. One that fell was begun anew: what it shows came since. */
export function ratePerSecond(before: number, after: number, elapsedMs: number): number {
  return ((after < before ? after : after - before) * 1000) / elapsedMs;
}

/** The samples of one service, rising in time, as columns. A sample from before the window gives the first rate. */
export function historyColumns(samples: readonly HistorySample[], window: HistoryWindow): HistoryColumns {
  const cpu: Held[] = [];
  const memory: Held[] = [];
  const network: Held[] = [];
  const block: Held[] = [];
  let before: HistorySample | null = null;
  for (const one of samples) {
    if (before !== null && one.atMs <= before.atMs) continue;
    const fromMs = Math.max(before?.atMs ?? Number.NEGATIVE_INFINITY, one.atMs - window.holdMs);
    const hold = (value: number): Held => ({ fromMs, toMs: one.atMs, value });
    memory.push(hold(one.memoryBytes));
    if (one.cpu !== null) cpu.push(hold(one.cpu));
    if (before !== null) {
      const elapsedMs = one.atMs - before.atMs;
      network.push(hold(ratePerSecond(before.networkReceivedBytes, one.networkReceivedBytes, elapsedMs) + ratePerSecond(before.networkSentBytes, one.networkSentBytes, elapsedMs)));
      block.push(hold(ratePerSecond(before.blockReadBytes, one.blockReadBytes, elapsedMs) + ratePerSecond(before.blockWrittenBytes, one.blockWrittenBytes, elapsedMs)));
    }
    before = one;
  }
  const width = (window.toMs - window.fromMs) / window.points;
  return {
    at: Array.from({ length: window.points }, (_, index) => window.fromMs + index * width),
    cpu: averageColumns(cpu, window),
    memoryBytes: averageColumns(memory, window),
    networkBytesPerSecond: averageColumns(network, window),
    blockBytesPerSecond: averageColumns(block, window),
  };
}
