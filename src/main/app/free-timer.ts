/** Gives something back when nobody wanted it for a while. */
export interface FreeTimer {
  /** From now on the time runs; anew when it ran already. */
  start(): void;
  /** It is wanted again. */
  stop(): void;
}

/** `afterMs` is asked at each start, so that a changed setting counts from the next time on. */
export function createFreeTimer(afterMs: () => number, free: () => void): FreeTimer {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }
  return {
    start() {
      stop();
      timer = setTimeout(free, afterMs());
    },
    stop,
  };
}
