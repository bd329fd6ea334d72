import type { Clock } from '@shared/kernel/clock';

/** Which projects are to be looked at, and when: one timer each, however many events there were. */
export class Marks {
  private readonly timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAt: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly look: (projectId: string) => void,
  ) {}

  /** Looks after this delay. A look that is due earlier stays, and this one comes besides. */
  at(projectId: string, delayMs: number): void {
    const dueAt = this.clock.monotonic() + delayMs;
    // Two slots: soon, and later (a back-off, the moment after a `die`).
    const key = `${delayMs > 500 ? 'later' : 'soon'}:${projectId}`;
    const known = this.timers.get(key);
    // Of two the earlier stays; its look asks again for what is still open.
    if (known !== undefined && known.dueAt <= dueAt) return;
    if (known !== undefined) clearTimeout(known.timer);
    const timer = setTimeout(() => {
      this.timers.delete(key);
      this.look(projectId);
    }, delayMs);
    this.timers.set(key, { timer, dueAt });
  }

  clear(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
