import { reachCommand, REACH_SECONDS, reachSight, type InsideSight } from '@shared/domain/storage/inside-reach';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Clock } from '@shared/kernel/clock';
import type { Engine } from '@main/docker/types';
import { runInside } from './mount-rc';

/** A container that works with S3, as far as asking from inside it goes. */
type ReachingContainer = Pick<ObservedContainer, 'id' | 'name' | 'labels'>;

/** What was seen holds so long: asking costs the container a little of its processor. */
const KEPT_MS = 15_000;
const UNREACHED_KEPT_MS = 900;
/** From so long on nobody needs to wait for it: it is not on its way, it is not there. A machine that is busy is given longer. */
const HOPELESS_MS = 8_000;
const HOPELESS_BUSY_MS = 45_000;
const REACHED: InsideSight = { reachable: true, detail: '', certain: true };

/** Asks now from inside a container whether S3 is there, at the address it was made with. */
export async function reachFromInside(engine: Engine, container: ReachingContainer): Promise<InsideSight> {
  const endpoint = container.labels[STORAGE_LABELS.endpoint];
  // Made by an older Berth: what is seen from this machine has to do.
  if (endpoint === undefined) return REACHED;
  return reachSight(endpoint, container.name, await runInside(engine, container.id, reachCommand(endpoint), REACH_SECONDS));
}

/** How S3 is from inside one container. Nobody waits for the answer where S3 was there a moment ago: it is asked for beside the looks, and the next one has it. */
export class InsideReach {
  private seen: { readonly of: string; readonly atMs: number; readonly sight: InsideSight } | null = null;
  private asking: Promise<unknown> | null = null;
  private unreachedSinceMs: number | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  async look(container: ReachingContainer): Promise<InsideSight> {
    const { seen } = this;
    if (seen?.of !== container.id) {
      // One that has just been made may be on its way, however long the one before it waited.
      this.unreachedSinceMs = null;
      return this.ask(container);
    }
    const ageMs = this.clock.monotonic() - seen.atMs;
    if (!seen.sight.reachable) return ageMs < UNREACHED_KEPT_MS ? seen.sight : this.ask(container);
    if (ageMs >= KEPT_MS) this.asking ??= this.ask(container).finally(() => (this.asking = null));
    return seen.sight;
  }

  /** Something happened to S3: it is asked for at the next look. */
  forget(): void {
    if (this.seen !== null) this.seen = { ...this.seen, atMs: Number.NEGATIVE_INFINITY };
    this.unreachedSinceMs = null;
  }

  /** Why nobody needs to go on waiting; null while it is there, or may just be coming. */
  hopeless(): string | null {
    if (this.seen === null || this.unreachedSinceMs === null) return null;
    const { certain, detail } = this.seen.sight;
    return this.clock.monotonic() - this.unreachedSinceMs < (certain ? HOPELESS_MS : HOPELESS_BUSY_MS) ? null : detail;
  }

  /** Never rejects. */
  private async ask(container: ReachingContainer): Promise<InsideSight> {
    const beganMs = this.clock.monotonic();
    const sight = await this.answer(container);
    this.seen = { of: container.id, atMs: this.clock.monotonic(), sight };
    this.unreachedSinceMs = sight.reachable ? null : (this.unreachedSinceMs ?? beganMs);
    return sight;
  }

  private async answer(container: ReachingContainer): Promise<InsideSight> {
    try {
      return await reachFromInside(this.engine, container);
    } catch {
      // A machine that is busy does not answer in time, and a container may end meanwhile: what was seen last holds, and nothing is called well that was never seen.
      return this.seen?.of === container.id ? this.seen.sight : { reachable: false, detail: `Whether S3 can be reached from the container ${container.name} could not be asked.`, certain: false };
    }
  }
}
