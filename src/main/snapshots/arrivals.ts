/** What comes in its own time, for somebody who takes it in his. */
export class Arrivals<T> implements AsyncIterable<T> {
  private readonly kept: T[] = [];
  private at = 0;
  private ended = false;
  private error: unknown = null;
  private wake: (() => void) | null = null;

  push(one: T): void {
    this.kept.push(one);
    this.wake?.();
  }

  /** Nothing more comes; with an error, that is what the reader gets behind what is here. */
  end(error: unknown = null): void {
    this.ended = true;
    this.error = error;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.at < this.kept.length) yield this.take();
      if (this.ended) {
        if (this.error !== null) throw this.error;
        return;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = null;
    }
  }

  private take(): T {
    const one = this.kept[this.at] as T;
    this.at += 1;
    if (this.at === this.kept.length || this.at > 4_096) {
      this.kept.splice(0, this.at);
      this.at = 0;
    }
    return one;
  }
}
