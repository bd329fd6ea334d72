import type { Clock } from '@shared/kernel/clock';
import { errorData } from '@shared/kernel/app-error';
import type { Logger } from '@main/platform/types';
import type { LifespanStep, RuntimeStatus } from './types';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/** The process's life: the steps one after the other, and back again. */
export interface Lifespan {
  /** Resolves once every step was begun. A step that fails or runs out of time goes on by itself; a required one that fails rejects. */
  start(): Promise<void>;
  /** In reverse, each with its own deadline, also the steps that never began. Idempotent. */
  stop(): Promise<void>;
  report(): RuntimeStatus['lifespan'];
}

export interface LifespanOptions {
  readonly steps: readonly LifespanStep[];
  readonly log: Logger;
  readonly clock: Clock;
  /** The same for the waits between tries of a step; tests shorten it. */
  readonly firstRetryMs?: number;
}

type Report = RuntimeStatus['lifespan'][number];

/** Makes the life of these steps; nothing begins before `start`. */
export function createLifespan(options: LifespanOptions): Lifespan {
  const { steps, log, clock } = options;
  const reports = new Map<number, Report>();
  const timers = new Set<NodeJS.Timeout>();
  let ending: Promise<void> | null = null;
  let tellEnding: () => void = () => undefined;
  const endingNow = new Promise<'ending'>((resolve) => (tellEnding = () => resolve('ending')));

  function note(step: number, ok: boolean, sinceMs: number, detail: string): void {
    const name = steps[step - 1]?.name ?? '';
    reports.set(step, { step, name, ok, tookMs: Math.round(clock.monotonic() - sinceMs), detail });
    log[ok ? 'info' : 'warn'](`lifespan.start ${String(step)} ${name}${ok ? '' : ' not yet'}: ${detail}`);
  }

  async function attempt(step: number, one: LifespanStep, sinceMs: number): Promise<boolean> {
    try {
      const detail = await one.start();
      if (ending === null) note(step, true, sinceMs, detail ?? 'ready');
      return true;
    } catch (error) {
      if (one.required === true) throw error;
      if (ending === null) note(step, false, sinceMs, errorData(error).message);
      return false;
    }
  }

  /** Tries again by itself until it works or everything ends. */
  function retryLater(step: number, one: LifespanStep, sinceMs: number, waitMs: number): void {
    if (ending !== null) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(step, one, sinceMs)
        .catch(() => false)
        .then((ok) => {
          if (!ok) retryLater(step, one, sinceMs, Math.min(waitMs * 2, LAST_RETRY_MS));
        });
    }, waitMs);
    timer.unref();
    timers.add(timer);
  }

  async function begin(step: number, one: LifespanStep): Promise<void> {
    const sinceMs = clock.monotonic();
    const firstRetryMs = options.firstRetryMs ?? FIRST_RETRY_MS;
    const work = attempt(step, one, sinceMs);
    const outcome = await withDeadline(Promise.race([work, endingNow]), one.startTimeoutMs);
    if (outcome === false) retryLater(step, one, sinceMs, firstRetryMs);
    if (outcome !== 'late') return;
    note(step, false, sinceMs, `not ready after ${String(one.startTimeoutMs)} ms; it goes on by itself`);
    void work.catch(() => false).then((ok) => {
      if (!ok) retryLater(step, one, sinceMs, firstRetryMs);
    });
  }

  async function end(): Promise<void> {
    tellEnding();
    for (const timer of timers) clearTimeout(timer);
    for (const [index, one] of [...steps.entries()].reverse()) {
      const sinceMs = clock.monotonic();
      const outcome = await withDeadline(one.stop().catch((error: unknown) => errorData(error).message), one.stopTimeoutMs);
      const took = `${String(Math.round(clock.monotonic() - sinceMs))} ms`;
      const detail = outcome === 'late' ? `given up after ${took}` : outcome === undefined ? took : `failed after ${took}: ${outcome}`;
      log[outcome === undefined ? 'info' : 'warn'](`lifespan.stop ${String(index + 1)} ${one.name}: ${detail}`);
    }
  }

  return {
    async start() {
      for (const [index, one] of steps.entries()) {
        if (ending !== null) return;
        await begin(index + 1, one);
      }
    },
    stop: () => (ending ??= end()),
    report: () => [...reports.values()].sort((a, b) => a.step - b.step),
  };
}

/** The outcome, or 'late' when it has not come by then; the work goes on. */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), timeoutMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
