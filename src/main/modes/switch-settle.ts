import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import type { Expectation } from '@shared/domain/modes/health-gate';
import { cameUp, watchMs, type CameUp } from '@shared/domain/modes/staying-up';
import { fallenFailure } from './service-failure';
import { watchSettled } from './settled';
import type { SwitchRun } from './switch-stage';
import type { OldContainers } from './switch-stops';

/** What came up in a cutover, and whether it stays so: running for a moment says nothing of what has no health check. */
export class Settling {
  private readonly startedAt = new Map<string, number>();
  private readonly passed: CameUp[] = [];
  /** Old ones that go on serving until their successors have stayed up. */
  private readonly stopsAfter: ContainerStep[] = [];

  constructor(
    private readonly run: SwitchRun,
    private readonly old: OldContainers,
  ) {}

  /** To be called when the container has been started. */
  started(id: string): void {
    this.startedAt.set(id, this.run.deps.clock.monotonic());
  }

  /** To be called when the container has passed its gate; the one it replaces goes, now or once it has settled. */
  cameUp(step: ContainerStep, id: string, expectation: Expectation): void {
    const came = cameUp(id, step.service, expectation);
    this.passed.push(came);
    if (step.strategy !== 'start-first' || step.old === undefined) return;
    if (came.unchecked) this.stopsAfter.push(step);
    else this.old.stopInBackground(step.old, step.service);
  }

  /** All that came up so far. */
  all(): readonly CameUp[] {
    return this.passed;
  }

  /** Resolves once everything without a health check has stayed up for long enough; throws when anything that came up falls meanwhile. */
  async settle(signal: AbortSignal): Promise<void> {
    const { deps, context, planned } = this.run;
    const now = deps.clock.monotonic();
    const settleMs = deps.settleSeconds() * 1000;
    const leftMs = Math.max(0, ...this.passed.filter((one) => one.unchecked).map((one) => watchMs(settleMs, now - (this.startedAt.get(one.id) ?? now))));
    if (leftMs > 0) {
      context.progress({ message: 'Watching whether what has no health check stays up' });
      const fallen = await watchSettled(deps.engine, planned.input.compose.model.name, this.passed, leftMs, signal);
      if (fallen !== null) throw await fallenFailure(deps, fallen);
    }
    for (const step of this.stopsAfter) this.old.stopInBackground(step.old as ObservedContainer, step.service);
  }
}
