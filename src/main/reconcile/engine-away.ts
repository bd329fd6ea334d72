import type { Clock } from '@shared/kernel/clock';

/** After the engine is back, containers with restart policies and everything relisted get this long before anything is healed. */
const SETTLE_MS = 4_000;
/** Ends of containers are dated a little before the loss was noticed. */
const BEFORE_MS = 5_000;

/** When the engine was away: containers that ended then ended with it, and nothing is healed before it has settled. */
export class EngineAway {
  private lostAt: number | null = null;
  private last: { readonly fromMs: number; readonly toMs: number } | null = null;

  constructor(private readonly clock: Clock) {}

  /** True when it was away and is back, or was there and is gone. */
  note(state: 'connecting' | 'connected' | 'unreachable'): boolean {
    const now = this.clock.now();
    if (state !== 'connected') {
      if (this.lostAt !== null) return false;
      this.lostAt = now;
      return true;
    }
    if (this.lostAt === null) return false;
    this.last = { fromMs: this.lostAt - BEFORE_MS, toMs: now + SETTLE_MS };
    this.lostAt = null;
    return true;
  }

  window(): { readonly fromMs: number; readonly toMs: number } | null {
    return this.last;
  }

  settled(): boolean {
    return this.lostAt === null && this.settlesInMs() === 0;
  }

  settlesInMs(): number {
    return this.last === null ? 0 : Math.max(0, this.last.toMs - this.clock.now());
  }
}
