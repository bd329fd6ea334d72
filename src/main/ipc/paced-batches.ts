/** Items of a stream on their way to a page, in batches, and no faster than the page takes them. */
export interface PacedBatches<T> {
  push(item: T): void;
  /** The page has taken a batch. */
  taken(): void;
  /** Sends what waits, taken or not. */
  flush(): void;
  dispose(): void;
  /** How many were sent so far. */
  sent(): number;
}

export interface Pace<T> {
  /** At once when it was quiet, then at most this often. */
  readonly intervalMs: number;
  /** Null where everything has to arrive; else what may wait: beyond that the oldest items go, and the page is told how many. */
  readonly mostWaiting: { readonly items: number; readonly weight: number } | null;
  readonly weightOf: (item: T) => number;
  readonly send: (items: readonly T[], skipped: number) => void;
}

/** Batches that are sent before one of them was taken. */
const MOST_OPEN = 4;
const BATCH_ITEMS = 1_000;
const BATCH_WEIGHT = 1024 * 1024;
/** What is dropped goes in portions, so that a flood costs little. */
const DROPPED_AT_ONCE = 256;

export function createPacedBatches<T>({ intervalMs, mostWaiting, weightOf, send }: Pace<T>): PacedBatches<T> {
  let waiting: T[] = [];
  let first = 0;
  let weight = 0;
  let skipped = 0;
  let open = 0;
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;

  function next(): readonly T[] {
    const from = first;
    let batchWeight = 0;
    while (first < waiting.length && first - from < BATCH_ITEMS && (first === from || batchWeight < BATCH_WEIGHT)) {
      const item = waiting[first];
      if (item !== undefined) batchWeight += weightOf(item);
      first += 1;
    }
    const batch = waiting.slice(from, first);
    weight -= batchWeight;
    forget();
    return batch;
  }

  /** Lets go of what is behind, now and then. */
  function forget(): void {
    if (first * 2 < waiting.length) return;
    waiting = waiting.slice(first);
    first = 0;
  }

  function sendOne(): void {
    const batch = next();
    const missed = skipped;
    skipped = 0;
    open += 1;
    sent += 1;
    send(batch, missed);
  }

  function onTime(): void {
    timer = undefined;
    while (first < waiting.length && open < MOST_OPEN) sendOne();
  }

  function dropOldest(most: { readonly items: number; readonly weight: number }): void {
    if (waiting.length - first <= most.items && weight <= most.weight) return;
    const end = Math.min(waiting.length - 1, first + DROPPED_AT_ONCE);
    for (; first < end; first += 1) {
      const item = waiting[first];
      if (item !== undefined) weight -= weightOf(item);
      skipped += 1;
    }
    forget();
  }

  return {
    push(item) {
      waiting.push(item);
      weight += weightOf(item);
      if (mostWaiting !== null) dropOldest(mostWaiting);
      if (open < MOST_OPEN && waiting.length - first >= BATCH_ITEMS) sendOne();
      else timer ??= setTimeout(onTime, intervalMs);
    },
    taken() {
      open = Math.max(0, open - 1);
      // What waited for this goes now; a little that has just come waits for its time.
      if (waiting.length - first >= BATCH_ITEMS || weight >= BATCH_WEIGHT) sendOne();
      else if (first < waiting.length) timer ??= setTimeout(onTime, intervalMs);
    },
    flush() {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      while (first < waiting.length) sendOne();
    },
    dispose() {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      waiting = [];
      first = 0;
    },
    sent: () => sent,
  };
}
