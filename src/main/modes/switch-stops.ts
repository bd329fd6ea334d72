import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import { hooksOfContainer } from '@shared/domain/modes/hooks';
import { isAlive } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import { runHooks } from '@main/docker/run-hooks';
import { graceSecondsOf } from './switch-record';
import type { SwitchRun } from './switch-stage';

/** What was read of an old container before the cut: whether it surely cannot react to its stop signal, and why. */
export type Reactions = ReadonlyMap<string, { readonly cannotReact: boolean; readonly reason: string }>;

/** How the old containers are brought to their end, each once whoever asks for it. */
export class OldContainers {
  private readonly stops = new Map<string, Promise<void>>();
  private readonly stoppedAt = new Map<string, number>();

  constructor(
    private readonly run: SwitchRun,
    private readonly reactions: Reactions,
  ) {}

  /** Asks an old container to stop, once: killed where it surely cannot react, otherwise with its grace. */
  stop(old: ObservedContainer, service: string): Promise<void> {
    let known = this.stops.get(old.id);
    if (known === undefined) {
      known = this.performStop(old, service);
      known.catch(() => undefined);
      this.stops.set(old.id, known);
    }
    return known;
  }

  /** The same for one that nothing waits for. */
  stopInBackground(old: ObservedContainer, service: string): void {
    this.stop(old, service).catch((error: unknown) => this.run.deps.log.warn('an old container could not be stopped in time', { error }));
  }

  /** A stop that takes its time gains from being early; a kill does not. */
  mayStopEarly(step: ContainerStep): boolean {
    return step.strategy === 'stop-first' && step.old !== undefined && this.reactions.get(step.old.id)?.cannotReact !== true;
  }

  /** Monotonic time at which it was asked to stop. */
  askedAt(id: string): number | undefined {
    return this.stoppedAt.get(id);
  }

  /** Resolves once all that were asked have ended, or failed to. */
  ended(): Promise<unknown> {
    return Promise.allSettled([...this.stops.values()]);
  }

  private async performStop(old: ObservedContainer, service: string): Promise<void> {
    const { deps, context } = this.run;
    if (!isAlive(old)) return;
    const reaction = this.reactions.get(old.id) ?? { cannotReact: false, reason: '' };
    const graceSeconds = graceSecondsOf(old);
    const intent = { service, id: old.id, reason: reaction.reason };
    const began = (): void => void this.stoppedAt.set(old.id, deps.clock.monotonic());
    if (reaction.cannotReact) {
      await context.effect('container.kill', intent, async () => {
        began();
        await deps.engine.killContainer(old.id, 'SIGKILL').catch((error: unknown) => {
          // Ended by itself in this moment.
          if (!(error instanceof AppError) || (error.code !== 'engine-refused' && error.code !== 'not-found')) throw error;
        });
        return null;
      });
      await this.run.watch.until(old.id, (container) => (isAlive(container) ? { kind: 'wait' } : { kind: 'good' }), 15_000);
    } else {
      const hooks = old.state === 'running' ? hooksOfContainer(this.run.planned.input.loaded, old, 'pre_stop') : [];
      if (hooks.length > 0) {
        began();
        await runHooks({ engine: deps.engine, signal: context.signal, effect: context.effect.bind(context), log: (text, of) => context.log(text, of) }, { id: old.id, service }, hooks, 'pre_stop');
      }
      await context.effect('container.stop', { ...intent, graceSeconds }, async () => {
        began();
        await deps.engine.stopContainer(old.id, graceSeconds);
        return null;
      });
    }
  }
}
