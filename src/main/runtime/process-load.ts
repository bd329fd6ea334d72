import type { Clock } from '@shared/kernel/clock';

/** Shorter intervals say nothing: the processor's time is counted in steps. */
const MIN_INTERVAL_MS = 500;

/** What this process takes: its resident memory, and its share of one core since the last reading. */
export class ProcessLoad {
  private readAtMs: number;
  private usedMicroseconds: number;
  private share = 0;

  constructor(private readonly clock: Clock) {
    this.readAtMs = clock.monotonic();
    this.usedMicroseconds = used();
  }

  read(): { readonly memoryBytes: number; readonly cpuShare: number } {
    const nowMs = this.clock.monotonic();
    if (nowMs - this.readAtMs >= MIN_INTERVAL_MS) {
      const total = used();
      this.share = Math.min(1, Math.max(0, (total - this.usedMicroseconds) / 1_000 / (nowMs - this.readAtMs)));
      this.readAtMs = nowMs;
      this.usedMicroseconds = total;
    }
    return { memoryBytes: process.memoryUsage.rss(), cpuShare: this.share };
  }
}

function used(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
