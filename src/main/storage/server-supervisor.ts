import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { backOffMs } from '@shared/domain/storage/mount-supervision';
import { S3_PROJECT } from '@shared/domain/storage/server-payload';
import { errorData } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { InTurn } from '@shared/kernel/in-turn';
import type { Engine } from '@main/docker/types';
import type { Logger } from '@main/platform/types';
import type { S3Container, Steps } from './server-container';

const LOOK_MS = 15_000;
/** So many looks in a row without an answer, and it is started anew. */
const SILENT_LOOKS = 3;
const SILENT_LOOK_MS = 3_000;
/** After so long without trouble, the next trouble is a new one. */
const WELL_MS = 60_000;

/** What watching over the server needs. */
export interface SupervisorDependencies {
  readonly container: S3Container;
  readonly turn: InTurn;
  readonly engine: Pick<Engine, 'onEvent' | 'state'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when it came back or could not be brought back. */
  readonly onChanged: () => void;
}

/** Brings the server back when it ends or falls silent while it is wanted. Events tell it when to look; a look now and then catches the rest. */
export class S3Supervisor {
  private readonly ends: Disposable[] = [];
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();
  private running = false;
  private attempts = 0;
  private silent = 0;
  private broughtAtMs = 0;
  private failure: string | null = null;

  constructor(private readonly deps: SupervisorDependencies) {}

  /** Why it could not be brought back, while that is so. */
  trouble(): string | null {
    return this.failure === null ? null : `Berth tried to start it again: ${this.failure}`;
  }

  start(): Promise<void> {
    this.running = true;
    this.ends.push(
      this.deps.engine.onEvent(({ type, action, attributes }) => {
        if (type === 'gap' || (type === 'container' && attributes[COMPOSE_LABELS.project] === S3_PROJECT && /^(?:die|destroy|oom)$/.test(action))) this.lookIn(this.attempts === 0 ? 0 : backOffMs(this.attempts));
      }),
    );
    this.lookIn(0);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.running = false;
    for (const end of this.ends.splice(0)) end.dispose();
    if (this.timer !== null) clearTimeout(this.timer);
    await this.looking;
  }

  private lookIn(ms: number): void {
    if (!this.running) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.looking = this.looking.then(() => this.look()).then((next) => this.lookIn(next));
    }, ms);
    this.timer.unref();
  }

  /** Resolves with when to look next. */
  private async look(): Promise<number> {
    if (!this.running || this.deps.engine.state().state !== 'connected') return LOOK_MS;
    try {
      return await this.deps.turn.run(() => this.settle());
    } catch (error) {
      this.attempts += 1;
      const { message } = errorData(error);
      if (this.failure !== message) this.deps.log.warn('The S3 server could not be brought back', { error });
      this.failure = message;
      this.deps.onChanged();
      return backOffMs(this.attempts);
    }
  }

  private async settle(): Promise<number> {
    if (!(await this.deps.container.isWanted())) return this.forget();
    const { state, container } = await this.deps.container.look();
    if (container?.state === 'running') {
      const answers = (await this.deps.container.healthOf(state)) === 'well';
      this.silent = answers ? 0 : this.silent + 1;
      if (answers && this.deps.clock.monotonic() - this.broughtAtMs > WELL_MS) this.attempts = 0;
      if (answers) this.failure = null;
      if (this.silent < SILENT_LOOKS) return answers ? LOOK_MS : SILENT_LOOK_MS;
      this.deps.log.warn('The S3 server does not answer and is started anew');
      await this.deps.container.halt(SILENT_STEPS);
    }
    this.silent = 0;
    await this.deps.container.bring(SILENT_STEPS, { pull: false, build: false });
    this.attempts += 1;
    this.broughtAtMs = this.deps.clock.monotonic();
    this.failure = null;
    this.deps.log.info('The S3 server was started again');
    this.deps.onChanged();
    return LOOK_MS;
  }

  private forget(): number {
    this.attempts = 0;
    this.silent = 0;
    this.failure = null;
    return LOOK_MS;
  }
}

/** Bringing back what was wanted is no operation of anybody: it is repeated until it holds, so there is nothing to undo. */
const SILENT_STEPS: Steps = { effect: (_name, _intent, act) => act(), log: () => undefined };
