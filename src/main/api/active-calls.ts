/** The calls and streams under way. */
export interface ActiveCalls {
  readonly size: number;
  begin(abort: AbortController): () => void;
  whenQuiet(): Promise<void>;
  abortAll(): void;
}

export function createActiveCalls(): ActiveCalls {
  const active = new Set<AbortController>();
  let waiters: (() => void)[] = [];
  return {
    get size() {
      return active.size;
    },
    begin(abort) {
      active.add(abort);
      return () => {
        active.delete(abort);
        if (active.size > 0) return;
        const told = waiters;
        waiters = [];
        for (const tell of told) tell();
      };
    },
    async whenQuiet() {
      while (active.size > 0) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    abortAll() {
      for (const abort of active) abort.abort();
    },
  };
}
