/** Work side by side within two bounds: how many at once, and how many bytes they hold together. The first failure ends it. */
export class Lanes {
  private running = 0;
  private heldBytes = 0;
  private failure: { readonly error: unknown } | null = null;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly maxBytes: number,
  ) {}

  /** Resolves once the work has begun; rejects with the first failure of any. What is larger than all bytes together goes alone. */
  async start(bytes: number, work: () => Promise<void>): Promise<void> {
    const held = Math.min(bytes, this.maxBytes);
    while (this.failure === null && (this.running >= this.atOnce || (this.running > 0 && this.heldBytes + held > this.maxBytes))) await this.change();
    this.rethrow();
    this.running += 1;
    this.heldBytes += held;
    void work()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.running -= 1;
        this.heldBytes -= held;
        for (const wake of this.waiting.splice(0)) wake();
      });
  }

  /** Resolves when nothing is under way; rejects with the first failure, also then not before. */
  async idle(): Promise<void> {
    while (this.running > 0) await this.change();
    this.rethrow();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private rethrow(): void {
    if (this.failure !== null) throw this.failure.error;
  }
}
