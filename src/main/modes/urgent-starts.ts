/** What others wait for goes first; the rest lets it pass for at most this long. */
const LET_PASS_MS = 600;

/** Starts under way that other services wait for. The engine has only so many hands: the start of a leaf would slow down the one a whole chain waits for. */
export class UrgentStarts {
  private readonly underWay = new Set<Promise<unknown>>();

  add(starting: Promise<unknown>): void {
    const done = starting.then(() => undefined, () => undefined);
    this.underWay.add(done);
    void done.then(() => this.underWay.delete(done));
  }

  /** Resolves once none is under way, or after a while. */
  async letPass(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.underWay.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(this.underWay), new Promise((resolve) => (timer = setTimeout(resolve, LET_PASS_MS)))]);
    clearTimeout(timer);
  }
}
