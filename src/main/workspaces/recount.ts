/** So long nothing is to be saved before it is counted anew; somebody who saves all the time sees it after the longer one. */
const QUIET_MS = 2_000;
const AT_MOST_MS = 15_000;

interface Waiting {
  timer: NodeJS.Timeout;
  readonly sinceMs: number;
}

/**
 * Puts off counting until nobody saves. A count reads every folder here, every page of the bucket and every entry of the mount, whose container has little of a processor: it would take that
 * at the very moment in which what was saved is to be seen there.
 */
export class Recount {
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly now: () => number,
    private readonly count: (projectId: string, root: string) => void,
  ) {}

  /** Something of this project was saved. */
  later(projectId: string, root: string): void {
    const key = `${projectId}\n${root}`;
    const known = this.waiting.get(key);
    const now = this.now();
    const sinceMs = known?.sinceMs ?? now;
    if (known !== undefined) clearTimeout(known.timer);
    const timer = setTimeout(
      () => {
        this.waiting.delete(key);
        this.count(projectId, root);
      },
      Math.max(0, Math.min(QUIET_MS, sinceMs + AT_MOST_MS - now)),
    );
    timer.unref();
    this.waiting.set(key, { timer, sinceMs });
  }

  close(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}
