import type { BerthEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import type { Logger, Store } from '@main/platform/types';
import type { ApiSlot } from './api-slot';
import { ProcessLoad } from './process-load';
import type { ComponentName, RuntimeComponent, RuntimeStatus } from './types';

const PAUSED_KEY = 'runtime.paused';
const LOOK_MS = 1_000;

/** The four components of the one process: what each does, and the switch to pause it. */
export interface Runtime {
  status(): RuntimeStatus;
  /** Kept over restarts. Rejects with `not-found` when nothing has this name. */
  pause(name: ComponentName): Promise<RuntimeStatus>;
  resume(name: ComponentName): Promise<RuntimeStatus>;
  /** Looks once a second, and tells the doors only of what one can see change: a state, a sentence, a step, an address. Numbers are asked for; a pause is told at once. */
  follow(): Disposable;
}

export interface RuntimeDependencies {
  readonly store: Pick<Store, 'getSetting' | 'putSetting'>;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
  readonly clock: Clock;
  readonly version: string;
  readonly host: RuntimeStatus['host'];
  readonly socket: string;
  readonly components: readonly RuntimeComponent[];
  readonly lifespan: () => RuntimeStatus['lifespan'];
  readonly apiSlot: Pick<ApiSlot, 'tcp'>;
  readonly tokenFile: string;
}

/** Opens the registry; what was paused when the last process ended is paused again. */
export async function createRuntime(deps: RuntimeDependencies): Promise<Runtime> {
  const kept = await deps.store.getSetting(PAUSED_KEY);
  const paused = new Set<string>(Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []);
  for (const component of deps.components) if (paused.has(component.name)) component.pause();
  return new ComponentRegistry(deps, paused);
}

class ComponentRegistry implements Runtime {
  private readonly startedAt: string;
  private readonly load: ProcessLoad;
  private told = '';

  constructor(
    private readonly deps: RuntimeDependencies,
    private readonly paused: Set<string>,
  ) {
    this.startedAt = new Date(deps.clock.now()).toISOString();
    this.load = new ProcessLoad(deps.clock);
  }

  status(): RuntimeStatus {
    const { deps } = this;
    return {
      pid: process.pid,
      workerId: 1,
      version: deps.version,
      host: deps.host,
      startedAt: this.startedAt,
      ...this.load.read(),
      components: deps.components.map((one) => ({
        name: one.name,
        state: one.state(),
        pid: process.pid,
        startedAt: one.state() === 'stopped' ? null : this.startedAt,
        lastTickAt: one.lastTickAt(),
        counters: { ...one.counters() },
        detail: one.detail(),
      })),
      lifespan: [...deps.lifespan()],
      api: { socket: deps.socket, tcp: deps.apiSlot.tcp() ?? { enabled: false, url: null, tokenFile: deps.tokenFile } },
    };
  }

  pause(name: ComponentName): Promise<RuntimeStatus> {
    return this.turn(name, true);
  }

  resume(name: ComponentName): Promise<RuntimeStatus> {
    return this.turn(name, false);
  }

  follow(): Disposable {
    const timer = setInterval(() => this.tell(), LOOK_MS);
    timer.unref();
    return toDisposable(() => clearInterval(timer));
  }

  private async turn(name: ComponentName, pause: boolean): Promise<RuntimeStatus> {
    const component = this.deps.components.find((one) => one.name === name);
    if (component === undefined) throw new AppError('not-found', `There is no component "${name}".`);
    if (pause) this.paused.add(name);
    else this.paused.delete(name);
    // On disk first: what was paused must not run again because the disk was full.
    await this.deps.store.putSetting(PAUSED_KEY, [...this.paused].sort());
    if (pause) component.pause();
    else component.resume();
    this.deps.log.info(`component.${pause ? 'paused' : 'resumed'}`, { component: name });
    // Every other door sees a click as soon as the one that made it.
    this.tell();
    return this.status();
  }

  private tell(): void {
    const now = this.status();
    const seen = JSON.stringify([now.components.map((one) => [one.name, one.state, one.detail]), now.lifespan, now.api]);
    if (seen === this.told) return;
    this.told = seen;
    this.deps.publish({ type: 'runtime.changed', runtime: now });
  }
}
