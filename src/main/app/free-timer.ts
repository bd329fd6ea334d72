/** Gives something back when nobody wanted it for a while. */
export interface FreeTimer {
  /** From now on the time runs; anew when it ran already. */
  start(): void;
  /** Another time is set: what runs ends after it, counted from its start. */
  setAnew(): void;
  /** It is wanted again. */
  stop(): void;
  /** While something would be lost with it, it is not given back; once nothing would, it is, where its time is over. */
  hold(on: boolean): void;
}

/** `afterMs` is asked at each start and whenever it was set anew. */
export function createFreeTimer(afterMs: () => number, free: () => void): FreeTimer {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sinceMs = 0;
  let held = false;
  let isOver = false;

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    isOver = false;
  }

  function run(): void {
    stop();
    const leftMs = Math.max(0, sinceMs + afterMs() - performance.now());
    timer = setTimeout(() => {
      timer = undefined;
      isOver = held;
      if (!held) free();
    }, leftMs);
  }

  return {
    start() {
      sinceMs = performance.now();
      run();
    },
    setAnew() {
      if (timer !== undefined) run();
    },
    stop,
    hold(on) {
      held = on;
      if (on || !isOver) return;
      isOver = false;
      free();
    },
  };
}
