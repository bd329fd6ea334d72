import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';

/** A service that did not stay as it was when it started. */
export interface FallenService {
  readonly service: string;
  /** One sentence. */
  readonly detail: string;
}

/** What is watched: services of a compose project, and those of them that are expected to end. */
export interface Watched {
  readonly project: string;
  readonly services: ReadonlySet<string>;
  readonly jobs: ReadonlySet<string>;
}

/**
 * Watches what runs for a while after its start: a service without a health check counts as up only when it neither ended
 * nor began anew. Resolves with those that fell, as soon as one does; jobs that ended well are none. Rejects with `cancelled`.
 */
export async function watchSettled(engine: Engine, watched: Watched, settleMs: number, signal: AbortSignal): Promise<readonly FallenService[]> {
  const present = async (): Promise<readonly ObservedContainer[]> => (await engine.observe(watched.project, [])).containers.filter((one) => !one.oneOff && watched.services.has(one.service));
  const first = await present();
  const firstById = new Map(first.map((one) => [one.id, one]));
  const fallenOf = (containers: readonly ObservedContainer[]): readonly FallenService[] => containers.flatMap((one) => fallen(one, firstById.get(one.id) ?? one, watched.jobs));
  const early = fallenOf(first);
  if (early.length > 0) return early;
  const look = async (): Promise<readonly FallenService[]> => fallenOf(await present());
  return (await untilEvent(engine, new Set(firstById.keys()), settleMs, signal, look)) ?? look();
}

/** Resolves with what fell once an event says so; null when the time is over. */
function untilEvent(engine: Engine, ids: ReadonlySet<string>, timeoutMs: number, signal: AbortSignal, look: () => Promise<readonly FallenService[]>): Promise<readonly FallenService[] | null> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(timer);
      listening.dispose();
      signal.removeEventListener('abort', cancel);
      act();
    };
    const cancel = (): void => end(() => reject(new AppError('cancelled', 'Cancelled.')));
    const timer = setTimeout(() => end(() => resolve(null)), timeoutMs);
    const listening = engine.onEvent((event) => {
      if (event.type !== 'container' || !ids.has(event.id) || !/^(?:die|oom|restart|health_status: unhealthy)$/.test(event.action)) return;
      look().then(
        (found) => (found.length > 0 ? end(() => resolve(found)) : undefined),
        (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

function fallen(container: ObservedContainer, first: ObservedContainer, jobs: ReadonlySet<string>): readonly FallenService[] {
  const { service } = container;
  if (container.state === 'restarting' || container.restartCount > first.restartCount) return [{ service, detail: `${service} keeps restarting.` }];
  if (container.health === 'unhealthy') return [{ service, detail: `${service} became unhealthy.` }];
  if (isAlive(container) || (container.exitCode === 0 && jobs.has(service))) return [];
  return [{ service, detail: `${service} ended with code ${String(container.exitCode)} soon after its start.` }];
}
