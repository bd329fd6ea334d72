import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import type { Clock } from '@shared/kernel/clock';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import { coalesce } from '@shared/domain/operations/coalesce';

const COALESCE_MS = 50;
const RING_SIZE = 2_000;

/** One ordered stream of what is; every door shows the same events. */
export interface EventStream {
  /** Delivered within 50 ms; of events about the same thing only the latest. */
  publish(event: BerthEvent): void;
  /** Delivers what waits now. */
  flush(): void;
  /** Replay after a reload. `complete` is false when older events than asked for are gone: reload everything. */
  since(seq: number): { readonly complete: boolean; readonly seq: number; readonly events: SequencedEvent[] };
  /** Batches, in order. A listener that throws harms nobody else. */
  subscribe(listener: (events: readonly SequencedEvent[]) => void): Disposable;
  /** The same, one by one. */
  on(listener: (event: SequencedEvent) => void): Disposable;
  /** Ends the timer; later events are dropped. */
  close(): void;
}

export function createEventStream(clock: Clock, options: { readonly coalesceMs?: number; readonly ringSize?: number } = {}): EventStream {
  const ringSize = options.ringSize ?? RING_SIZE;
  const listeners = new Set<(events: readonly SequencedEvent[]) => void>();
  let ring: SequencedEvent[] = [];
  let waiting: BerthEvent[] = [];
  let timer: NodeJS.Timeout | null = null;
  let lastSeq = 0;
  let closed = false;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const at = new Date(clock.now()).toISOString();
    const batch = coalesce(waiting).map((event): SequencedEvent => ({ seq: (lastSeq += 1), at, event }));
    waiting = [];
    ring = [...ring, ...batch].slice(-ringSize);
    for (const listener of [...listeners]) {
      try {
        listener(batch);
      } catch {
        // One door's broken connection is not another door's problem; that door reports its own.
      }
    }
  }

  function subscribe(listener: (events: readonly SequencedEvent[]) => void): Disposable {
    listeners.add(listener);
    return toDisposable(() => listeners.delete(listener));
  }

  return {
    publish(event) {
      if (closed) return;
      waiting.push(event);
      timer ??= setTimeout(flush, options.coalesceMs ?? COALESCE_MS);
    },
    flush,
    since(seq) {
      flush();
      const oldest = ring[0]?.seq ?? lastSeq + 1;
      // A number from another run of the app (larger than ours) is as unknown as one that was dropped.
      return { complete: seq <= lastSeq && seq >= oldest - 1, seq: lastSeq, events: ring.filter((one) => one.seq > seq) };
    },
    subscribe,
    on: (listener) => subscribe((events) => events.forEach((event) => listener(event))),
    close() {
      flush();
      closed = true;
      listeners.clear();
    },
  };
}
