import type { Operation } from '@shared/domain/operations/operation';
import type { Clock } from '@shared/kernel/clock';

const NAMES = { succeeded: 'succeeded', failed: 'failed', 'rolled-back': 'rolledBack', cancelled: 'cancelled', 'needs-attention': 'needsAttention' } as const;

/** Counts what the queue did since this process began. */
export class Tally {
  private readonly counts = { started: 0, succeeded: 0, failed: 0, rolledBack: 0, cancelled: 0, needsAttention: 0, retried: 0, deduplicated: 0 };
  private tickMs: number | null = null;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Something happened that is not an end. */
  count(what: 'started' | 'retried' | 'deduplicated'): void {
    this.counts[what] += 1;
    if (what !== 'deduplicated') this.tickMs = this.clock.now();
  }

  ended(state: Operation['state']): void {
    if (state in NAMES) this.counts[NAMES[state as keyof typeof NAMES]] += 1;
    this.tickMs = this.clock.now();
  }

  all(): { readonly [name: string]: number } {
    return { ...this.counts };
  }

  lastTickAt(): string | null {
    return this.tickMs === null ? null : new Date(this.tickMs).toISOString();
  }
}
