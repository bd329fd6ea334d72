import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Verdict } from '@shared/domain/modes/health-gate';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Engine } from '@main/docker/types';

const RECHECK_MS = 1000;
/** An engine under load misses the deadline of a single look; one that answers none for so long is taken for hung. */
const SILENT_MS = 30_000;

/** How a wait ended. */
export type WaitEnd = { readonly kind: 'good'; readonly container: ObservedContainer } | { readonly kind: 'bad'; readonly container: ObservedContainer | null; readonly reason: string; readonly timedOut: boolean };

interface Waiter {
  look(): void;
}

/** Waits for containers by the engine's events; since events may be lost, each is also looked at once a second. */
export class ContainerWatch implements Disposable {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly subscription: Disposable;

  constructor(private readonly engine: Engine) {
    this.subscription = engine.onEvent((event) => {
      if (event.type === 'gap') for (const waiter of [...this.waiters.values()].flatMap((set) => [...set])) waiter.look();
      else if (event.type === 'container') for (const waiter of this.waiters.get(event.id) ?? []) waiter.look();
    });
  }

  /**
   * Resolves when `judge` says good or bad, when the container is gone, or after timeoutMs. Rejects when the engine does, when it
   * answered no look for SILENT_MS or was silent at the end of the time, or when the signal aborts.
   */
  until(id: string, judge: (container: ObservedContainer) => Verdict & { readonly againMs?: number }, timeoutMs: number, signal?: AbortSignal): Promise<WaitEnd> {
    return new Promise((resolve, reject) => {
      let last: ObservedContainer | null = null;
      let looking = false;
      let dirty = false;
      let ended = false;
      let answeredAtMs = performance.now();
      let silence: AppError | null = null;
      let again: NodeJS.Timeout | undefined;
      const set = this.waiters.get(id) ?? new Set<Waiter>();
      const end = (act: () => void): void => {
        if (ended) return;
        ended = true;
        clearInterval(interval);
        clearTimeout(deadline);
        clearTimeout(again);
        signal?.removeEventListener('abort', onAbort);
        set.delete(waiter);
        if (set.size === 0) this.waiters.delete(id);
        act();
      };
      const look = (): void => {
        if (ended) return;
        if (looking) {
          dirty = true;
          return;
        }
        looking = true;
        this.engine.inspectContainer(id).then(
          (container) => {
            looking = false;
            last = container;
            answeredAtMs = performance.now();
            silence = null;
            const verdict = judge(container);
            if (verdict.kind === 'good') end(() => resolve({ kind: 'good', container }));
            else if (verdict.kind === 'bad') end(() => resolve({ kind: 'bad', container, reason: verdict.reason, timedOut: false }));
            else if (dirty) {
              dirty = false;
              look();
            } else if (verdict.againMs !== undefined) {
              clearTimeout(again);
              again = setTimeout(look, verdict.againMs);
            }
          },
          (error: unknown) => {
            looking = false;
            if (error instanceof AppError && error.code === 'engine-timeout' && performance.now() - answeredAtMs < SILENT_MS) silence = error;
            else if (error instanceof AppError && error.code === 'not-found') end(() => resolve({ kind: 'bad', container: last, reason: 'its container was removed', timedOut: false }));
            else end(() => reject(error instanceof Error ? error : new Error(String(error))));
          },
        );
      };
      const onAbort = (): void => end(() => reject(new AppError('cancelled', 'Cancelled.')));
      const waiter: Waiter = { look };
      const interval = setInterval(look, RECHECK_MS);
      const onDeadline = (): void => {
        if (silence !== null) reject(silence);
        else resolve({ kind: 'bad', container: last, reason: `it was not ready after ${String(Math.round(timeoutMs / 1000))} seconds`, timedOut: true });
      };
      const deadline = setTimeout(() => end(onDeadline), timeoutMs);
      set.add(waiter);
      this.waiters.set(id, set);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort);
      look();
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
