import type { EngineAbsence } from '@shared/domain/reconcile/intent';
import type { Clock } from '@shared/kernel/clock';

/** After the engine is back, containers with restart policies and everything relisted get this long before anything is healed. */
const SETTLE_MS = 4_000;
/** Ends of containers are dated a little before the loss was noticed. */
const BEFORE_MS = 5_000;
/** A slower answer may be that of the engine that came after. */
const QUICK_ANSWER_MS = 500;
const KEPT = 20;

/** When the engine was away: containers that ended then ended with it, and nothing is healed before it has settled. */
export class EngineAway {
  private lostAt: number | null = null;
  /** When it was asked last and answered. */
  private aliveAt = 0;
  private known: readonly EngineAbsence[] = [];
  private asking = false;
  private asksAgain = false;

  constructor(
    private readonly clock: Clock,
    private readonly answers: () => Promise<boolean>,
  ) {}

  /** True when it was away and is back, or was there and is gone. */
  note(state: 'connecting' | 'connected' | 'unreachable'): boolean {
    const now = this.clock.now();
    if (state !== 'connected') {
      if (this.lostAt !== null) return false;
      this.lostAt = now;
      return true;
    }
    if (this.lostAt === null) return false;
    this.add(this.lostAt);
    this.lostAt = null;
    return true;
  }

  /** Its events broke off, though it answers: it may have restarted behind a socket that somebody else keeps open. */
  noteBreak(): void {
    if (this.lostAt === null) this.add(this.clock.now());
  }

  /** A container ended. An engine that ends refuses callers before it stops the first one: whether it answers tells an end with the engine from any other. */
  noteEnd(): void {
    this.asksAgain = this.asking;
    if (this.asking) return;
    this.asking = true;
    const beganAt = this.clock.now();
    void this.answers()
      .then((answered) => {
        if (answered && this.clock.now() - beganAt < QUICK_ANSWER_MS) this.aliveAt = beganAt;
      })
      .finally(() => {
        this.asking = false;
        if (this.asksAgain) this.noteEnd();
      });
  }

  /** The one that goes on is among them: calls may get through before its end is noticed. */
  absences(): readonly EngineAbsence[] {
    return this.lostAt === null ? this.known : [...this.known, { fromMs: this.beganMs(this.lostAt), toMs: Number.POSITIVE_INFINITY }];
  }

  settled(): boolean {
    return this.lostAt === null && this.settlesInMs() === 0;
  }

  settlesInMs(): number {
    return Math.max(0, (this.known.at(-1)?.toMs ?? 0) - this.clock.now());
  }

  private add(noticedAt: number): void {
    this.known = [...this.known, { fromMs: this.beganMs(noticedAt), toMs: this.clock.now() + SETTLE_MS }].slice(-KEPT);
  }

  private beganMs(noticedAt: number): number {
    return Math.max(this.aliveAt, noticedAt - BEFORE_MS);
  }
}
