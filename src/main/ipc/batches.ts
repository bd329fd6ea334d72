/** Collects items and hands them on together: at once when it was quiet, then at most every `intervalMs`. Never drops or reorders. */
export interface Batcher<T> {
  push(item: T): void;
  flush(): void;
  dispose(): void;
}

export function createBatcher<T>(intervalMs: number, send: (items: readonly T[]) => void): Batcher<T> {
  let items: T[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    if (items.length === 0) return;
    const batch = items;
    items = [];
    send(batch);
  }

  return {
    push(item) {
      items.push(item);
      if (items.length >= 1000) flush();
      else timer ??= setTimeout(flush, intervalMs);
    },
    flush,
    dispose() {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      items = [];
    },
  };
}
