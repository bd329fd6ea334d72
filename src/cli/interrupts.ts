/** Ctrl+C and SIGTERM: the first ends what the command does, in order; one while the command waits for something asks it to wait no more; any other ends the process at once. */
export class Interrupts {
  private readonly first = new AbortController();
  private onNext: (() => void) | null = null;

  constructor(private readonly endAtOnce: () => void) {}

  get signal(): AbortSignal {
    return this.first.signal;
  }

  /** Ends the command in order, as the first Ctrl+C does. */
  stop(): void {
    this.first.abort();
  }

  /** Resolves with the next one, which then does nothing else. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.onNext = resolve));
  }

  interrupt(): void {
    const { onNext } = this;
    this.onNext = null;
    if (onNext !== null) onNext();
    else if (this.first.signal.aborted) this.endAtOnce();
    else this.first.abort();
  }
}
