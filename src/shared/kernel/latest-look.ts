/** Looks that are shared by everybody who asks while one is under way: never more than one runs and one waits for each key, and none began before it was asked for. */
export class LatestLook<T> {
  private readonly running = new Map<string, Promise<unknown>>();
  private readonly next = new Map<string, Promise<T>>();

  of(key: string, look: () => Promise<T>): Promise<T> {
    const waiting = this.next.get(key);
    if (waiting !== undefined) return waiting;
    const before = this.running.get(key);
    if (before === undefined) return this.begin(key, look);
    const after = before.then(() => {
      this.next.delete(key);
      return this.begin(key, look);
    });
    this.next.set(key, after);
    return after;
  }

  private begin(key: string, look: () => Promise<T>): Promise<T> {
    const begun = look();
    const ended = begun.then(
      () => undefined,
      () => undefined,
    );
    this.running.set(key, ended);
    void ended.then(() => {
      if (this.running.get(key) === ended) this.running.delete(key);
    });
    return begun;
  }
}
