import { INSTEAD_OF_MOUNTS } from '@shared/domain/storage/mount-possible';
import { newSupervision, supervise, SUPERVISION_MS, type MountSight, type PointState, type Supervision, type SupervisionAction, type SupervisionEvent } from '@shared/domain/storage/mount-supervision';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { Logger } from '@main/platform/types';

/** What a supervisor looks at and acts on: one mount container. Everything may reject. */
export interface SupervisedWorld {
  /** Why there can be no mount here; null when there can. Asked when mounts are wanted. */
  obstacle(): Promise<string | null>;
  look(): Promise<MountSight>;
  start(): Promise<void>;
  cleanUp(points: readonly string[]): Promise<void>;
  revive(points: readonly string[]): Promise<void>;
  restart(): Promise<void>;
}

/** Keeps the mounts of one container: looks, decides by the pure state machine, acts, and looks again. Turns never overlap. */
export class MountSupervisor {
  private memory: Supervision;
  private readonly changed = new Emitter<undefined>();
  private readonly looked = new Emitter<number>();
  /** How many looks were begun. */
  private looks = 0;
  private turns: Promise<unknown> = Promise.resolve();
  private loop: Promise<void> | null = null;
  private ending = false;
  private poked = false;
  private isPossible = false;
  private wake: () => void = () => undefined;

  constructor(
    points: readonly string[],
    private readonly world: SupervisedWorld,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.memory = newSupervision(points);
  }

  get points(): ReadonlyMap<string, PointState> {
    return this.memory.points;
  }

  get wanted(): boolean {
    return this.memory.wanted;
  }

  /** Called whenever the state of a mount changed. */
  onChanged(listener: () => void): Disposable {
    return this.changed.on(listener);
  }

  /** Has the mounts brought up and kept up; what is up already is left as it is. */
  want(): void {
    if (!this.memory.wanted) {
      this.isPossible = false;
      this.take({ kind: 'wanted', atMs: this.clock.monotonic() });
    }
    this.poke();
    this.loop ??= this.keep().finally(() => {
      this.loop = null;
    });
  }

  /** Lets the mounts alone from now on; resolves when nothing is being done any more. */
  async release(): Promise<void> {
    this.take({ kind: 'unwanted', atMs: this.clock.monotonic() });
    this.looked.emit(0);
    this.poke();
    await this.loop;
  }

  /** Something happened: the next look is now. */
  poke(): void {
    this.poked = true;
    this.wake();
  }

  /** One look without acting, for who asks while nothing keeps watch. `wanted`: whether its container is there. */
  async lookOnce(isWanted: (sight: MountSight) => boolean): Promise<void> {
    await this.inTurn(async () => {
      if (this.isKept()) return;
      const sight = await this.world.look();
      // Wanted by now: from here on its own looks say how it is.
      if (this.isKept()) return;
      if (!isWanted(sight)) {
        if ([...this.memory.points.values()].some(({ state }) => state !== 'stopped')) this.keepMemory(newSupervision([...this.memory.points.keys()]));
        return;
      }
      const base = supervise(this.memory, { kind: 'wanted', atMs: 0 }).next;
      this.keepMemory({ ...supervise(base, { kind: 'looked', atMs: this.clock.monotonic(), sight }).next, wanted: false });
    });
  }

  /** A look takes its time, and so somebody may have wanted it meanwhile. */
  private isKept(): boolean {
    return this.memory.wanted;
  }

  /** Resolves when a look that begins from now on finds every mount healthy. Rejects with `setup-failed` where none can be, with `service-unreachable` where `hopeless` says why waiting will not help, with `unhealthy` after the deadline, and when it is aborted. */
  untilHealthy(timeoutMs: number, signal: AbortSignal, hopeless: () => string | null = () => null): Promise<void> {
    const before = this.looks;
    return new Promise((resolve, reject) => {
      const settle = (error: AppError | null): void => {
        clearTimeout(timer);
        listening.dispose();
        signal.removeEventListener('abort', aborted);
        if (error === null) resolve();
        else reject(error);
      };
      const judge = (look: number): void => {
        const states = [...this.memory.points.values()];
        const impossible = states.find(({ state }) => state === 'impossible');
        if (impossible !== undefined) settle(new AppError('setup-failed', impossible.detail, { hint: INSTEAD_OF_MOUNTS }));
        else if (look > before && states.every(({ state }) => state === 'healthy')) settle(null);
        else if (hopeless() !== null) settle(new AppError('service-unreachable', hopeless() ?? '', { hint: 'Have S3 listen where containers reach it, or use the local one: berth storage use local' }));
        else if (!this.memory.wanted) settle(new AppError('cancelled', 'The mounts were stopped meanwhile.'));
      };
      const aborted = (): void => settle(new AppError('cancelled', 'Cancelled.'));
      const timer = setTimeout(() => settle(this.late(timeoutMs)), timeoutMs);
      const listening = this.looked.on(judge);
      signal.addEventListener('abort', aborted, { once: true });
      if (signal.aborted) aborted();
      else this.poke();
    });
  }

  /** Ends the watch; containers go on. Resolves when the turn under way is over. */
  async end(): Promise<void> {
    this.ending = true;
    this.poke();
    await this.loop;
    this.ending = false;
    this.keepMemory({ ...this.memory, wanted: false });
  }

  private late(timeoutMs: number): AppError {
    const [point, worst] = [...this.memory.points].find(([, { state }]) => state !== 'healthy') ?? ['', { detail: '' }];
    return new AppError('unhealthy', `${point} was not mounted within ${String(Math.round(timeoutMs / 1_000))} s. ${worst.detail}`, { hint: '`berth storage troubleshoot` looks for the reason.' });
  }

  private async keep(): Promise<void> {
    while (!this.ending && this.memory.wanted) {
      this.poked = false;
      const waitMs = await this.inTurn(() => this.oneTurn());
      if (!this.poked && !this.ending && this.memory.wanted) await this.rest(waitMs);
    }
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turns.then(work);
    this.turns = turn.catch(() => undefined);
    return turn;
  }

  /** Looks and acts until there is nothing to do; resolves with the pause until the next look. Never rejects. */
  private async oneTurn(): Promise<number> {
    let action = await this.see();
    while (!this.ending && this.memory.wanted) {
      if (action.kind === 'wait') return action.ms;
      if (action.kind === 'give-up') break;
      action = action.kind === 'probe' ? await this.see() : await this.act(action);
    }
    return SUPERVISION_MS.backOffMax;
  }

  private async see(): Promise<SupervisionAction> {
    this.looks += 1;
    const look = this.looks;
    const action = await this.seen();
    this.looked.emit(look);
    return action;
  }

  private async seen(): Promise<SupervisionAction> {
    try {
      const obstacle = this.isPossible ? null : await this.world.obstacle();
      this.isPossible = obstacle === null;
      if (obstacle !== null) return this.take({ kind: 'impossible', atMs: this.clock.monotonic(), reason: obstacle });
      const sight = await this.world.look();
      return this.take({ kind: 'looked', atMs: this.clock.monotonic(), sight });
    } catch (error) {
      return this.take({ kind: 'blind', atMs: this.clock.monotonic(), reason: sentence(error) });
    }
  }

  private async act(action: Exclude<SupervisionAction, { readonly kind: 'wait' | 'give-up' | 'probe' }>): Promise<SupervisionAction> {
    this.log.info('acts on mounts', { ...action, because: [...this.memory.points.values()][0]?.detail });
    try {
      if (action.kind === 'start') await this.world.start();
      else if (action.kind === 'restart') await this.world.restart();
      else if (action.kind === 'clean-up') await this.world.cleanUp(action.points);
      else await this.world.revive(action.points);
      return this.take({ kind: 'acted', atMs: this.clock.monotonic(), failure: null });
    } catch (error) {
      this.log.warn('could not act on mounts', { ...action, error });
      return this.take({ kind: 'acted', atMs: this.clock.monotonic(), failure: sentence(error) });
    }
  }

  private take(event: SupervisionEvent): SupervisionAction {
    const { next, action } = supervise(this.memory, event);
    this.keepMemory(next);
    return action;
  }

  private keepMemory(next: Supervision): void {
    const before = this.memory;
    this.memory = next;
    if (before.wanted !== next.wanted || [...next.points].some(([point, one]) => before.points.get(point)?.state !== one.state || before.points.get(point)?.detail !== one.detail)) this.changed.emit(undefined);
  }
}

function sentence(error: unknown): string {
  return error instanceof AppError ? error.message : 'Something went wrong that Berth did not expect; its log says more.';
}
