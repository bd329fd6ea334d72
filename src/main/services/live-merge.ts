/** Lines of several containers that come within this time are put into the order they were written in. */
const WINDOW_MS = 40;

/** Puts what comes at nearly the same time into order. A single log has one already and passes at once. */
export interface LiveMerge<T> {
  add(line: T): void;
  /** Hands on what waits, and nothing more afterwards. */
  end(): void;
}

export function createLiveMerge<T extends { readonly time: string }>(isSingle: () => boolean, push: (line: T) => void): LiveMerge<T> {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    for (const line of lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) push(line);
  }

  return {
    add(line) {
      if (ended) return;
      if (waiting.length === 0 && isSingle()) return push(line);
      waiting.push(line);
      timer ??= setTimeout(flush, WINDOW_MS);
    },
    end() {
      flush();
      ended = true;
    },
  };
}
