import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import type { EngineEvent } from './types';

const KEPT_MOST = 1_000;
/** So many of the latest are kept for the next process; each is some ninety bytes. */
const STORED_MOST = 200;
/** What the engine says when a check passed. */
export const HEALTHY = 'health_status: healthy';

/** The start of the run in which a check passed, by the container's id. */
export type Passes = { readonly [containerId: string]: string };

/** Where passes are kept from one process to the next: each command on the command line may be one, and says the same of a service. */
export interface PassKeeper {
  /** Never rejects. */
  load(): Promise<Passes>;
  save(passes: Passes): void;
}

/** The containers whose health check has passed once, run by Berth before the engine ran it for the first time. One pass makes a container healthy, whoever looked. */
export class PassedChecks {
  /** The start of the run in which it passed, by the container's id. */
  private readonly passed = new Map<string, string>();
  /** Those whose events were all heard since: they still run as they did. */
  private readonly followed = new Set<string>();
  private loading: Promise<void> | null = null;

  constructor(private readonly keeper?: PassKeeper) {}

  /** Resolves when what an earlier process saw is known. */
  ready(): Promise<void> {
    this.loading ??= this.load();
    return this.loading;
  }

  /** `isHeard`: the engine's events are listened to. */
  note(id: string, startedAt: string, isHeard: boolean): void {
    this.passed.set(id, startedAt);
    if (isHeard) this.followed.add(id);
    const oldest = this.passed.keys().next();
    if (this.passed.size > KEPT_MOST && oldest.done !== true) this.forget(oldest.value);
    void this.ready().then(() => this.keeper?.save(Object.fromEntries([...this.passed].slice(-STORED_MOST))));
  }

  /** As seen by the engine, and healthy where only its own first check is still to come. */
  container(seen: ObservedContainer): ObservedContainer {
    return seen.health === 'starting' && seen.state === 'running' && this.passed.get(seen.id) === seen.startedAt ? { ...seen, health: 'healthy' } : seen;
  }

  /** The same of a row in a list, which does not say when its run began. */
  row(seen: ContainerStateRow): ContainerStateRow {
    return seen.health === 'starting' && seen.state === 'running' && this.followed.has(seen.id) ? { ...seen, health: 'healthy' } : seen;
  }

  /** To be told of each event of the engine. False for one that only repeats what is known. */
  isNews({ type, action, id }: EngineEvent): boolean {
    if (type === 'gap') this.followed.clear();
    if (type !== 'container' || !this.passed.has(id)) return true;
    if (!/^(?:die|destroy|health_status)/.test(action)) return true;
    this.forget(id);
    return action !== HEALTHY;
  }

  private async load(): Promise<void> {
    const earlier = (await this.keeper?.load()) ?? {};
    for (const [id, startedAt] of Object.entries(earlier)) if (!this.passed.has(id)) this.passed.set(id, startedAt);
  }

  private forget(id: string): void {
    this.passed.delete(id);
    this.followed.delete(id);
  }
}
