import { TAKEN_BACK, whenCancelled } from './quick-cancel';

const FEWEST = 8;
const MOST = 32;
/** Nobody is kept waiting for longer because a store asks for it. */
const LONGEST_PAUSE_MS = 30_000;

/** A place among the calls under way. */
export interface CallPlace {
  readonly enteredAt: number;
}

interface Waiting {
  readonly enter: () => void;
}

/**
 * How many calls are under way at once: more, one by one, while calls wait and succeed; half when the store says that it is too much. What was
 * under way when it was halved does not halve it again.
 */
export class CallLimit {
  private readonly fewest: number;
  private readonly waiting = new Set<Waiting>();
  private underWay = 0;
  private successes = 0;
  private halvedAt = 0;
  private pausedUntil = 0;
  private resume: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private allowed: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.allowed = Math.min(MOST, Math.max(1, allowed));
    this.fewest = Math.min(FEWEST, this.allowed);
  }

  get atOnce(): number {
    return this.allowed;
  }

  /** Resolves when it is its turn; rejects when cancelled before. */
  async enter(signal: AbortSignal | undefined): Promise<CallPlace> {
    if (this.underWay >= this.allowed || this.now() < this.pausedUntil) await this.turn(signal);
    else this.underWay += 1;
    return { enteredAt: this.now() };
  }

  leave(place: CallPlace, outcome: 'done' | 'busy' | 'failed'): void {
    this.underWay -= 1;
    if (outcome === 'busy' && place.enteredAt >= this.halvedAt) {
      this.allowed = Math.max(this.fewest, Math.floor(this.allowed / 2));
      this.halvedAt = this.now();
      this.successes = 0;
    }
    if (outcome === 'done' && this.waiting.size > 0) this.grow();
    this.letIn();
  }

  /** Nothing is begun for so long. */
  pause(forMs: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + Math.min(forMs, LONGEST_PAUSE_MS));
    this.letIn();
  }

  private grow(): void {
    this.successes += 1;
    if (this.successes < this.allowed) return;
    this.successes = 0;
    this.allowed = Math.min(MOST, this.allowed + 1);
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let forget = (): void => undefined;
      const waiting: Waiting = {
        enter: () => {
          forget();
          resolve();
        },
      };
      this.waiting.add(waiting);
      forget = whenCancelled(signal, () => {
        this.waiting.delete(waiting);
        reject(TAKEN_BACK);
      });
      this.letIn();
    });
  }

  private letIn(): void {
    const pauseMs = this.pausedUntil - this.now();
    if (pauseMs > 0) {
      if (this.waiting.size === 0) return;
      clearTimeout(this.resume);
      this.resume = setTimeout(() => this.letIn(), Math.ceil(pauseMs));
      return;
    }
    for (const next of this.waiting) {
      if (this.underWay >= this.allowed) return;
      this.waiting.delete(next);
      this.underWay += 1;
      next.enter();
    }
  }
}
