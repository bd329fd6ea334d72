import type { ObservedContainer } from '@shared/domain/engine/observed';
import { fallOf, type CameUp } from '@shared/domain/modes/staying-up';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';

/** A container that came up and did not stay so. */
export interface Fallen {
  readonly id: string;
  readonly service: string;
  /** One sentence. */
  readonly detail: string;
}

/** What a fall looks like among the engine's events, and what says that there will be none; a gap may hide one. */
const SAYS_MORE = /^(?:die|oom|restart|destroy|pause|health_status: (?:un)?healthy)$/;

/** The first of the containers that is not as it came up, or null. */
export function firstFallen(cameUp: readonly CameUp[], containers: readonly ObservedContainer[]): Fallen | null {
  const now = new Map(containers.map((one) => [one.id, one]));
  for (const one of cameUp) {
    const detail = fallOf(one, now.get(one.id));
    if (detail !== null) return { id: one.id, service: one.service, detail };
  }
  return null;
}

/**
 * Watches containers for `timeoutMs`: resolves with the first that falls as soon as it does, with null when none did, or
 * as soon as `isEnough` says so of what is seen. Rejects with `cancelled`.
 */
export async function watchSettled(engine: Engine, project: string, cameUp: readonly CameUp[], timeoutMs: number, signal: AbortSignal, isEnough: (containers: readonly ObservedContainer[]) => boolean = () => false): Promise<Fallen | null> {
  const observe = async (): Promise<readonly ObservedContainer[]> => (await engine.observe(project, [])).containers;
  const ids = new Set(cameUp.map((one) => one.id));
  const found = await new Promise<Fallen | null>((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(timer);
      listening.dispose();
      signal.removeEventListener('abort', cancel);
      act();
    };
    const cancel = (): void => end(() => reject(new AppError('cancelled', 'Cancelled.')));
    const lookNow = (): void => {
      observe().then(
        (containers) => {
          const fallen = firstFallen(cameUp, containers);
          if (fallen !== null || isEnough(containers)) end(() => resolve(fallen));
        },
        (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    };
    const timer = setTimeout(() => end(() => resolve(null)), timeoutMs);
    const listening = engine.onEvent((event) => {
      if (event.type === 'gap' || (event.type === 'container' && ids.has(event.id) && SAYS_MORE.test(event.action))) lookNow();
    });
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    // What fell between the gate and the first event.
    else lookNow();
  });
  return found ?? firstFallen(cameUp, await observe());
}
