import { setMaxListeners } from 'node:events';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import { isAwaited, isDeclaredJob, looksLikeJob } from '@shared/domain/modes/decide-switch';
import { dependenciesOf } from '@shared/domain/modes/dependency-order';
import { hooksOf } from '@shared/domain/modes/hooks';
import { fixedPorts } from '@shared/domain/modes/exclusive-resources';
import { durationMs } from '@shared/domain/modes/go-duration';
import { expectationOf, gateTimeoutMs, judge, lateReason, STABLE_MS, type Expectation } from '@shared/domain/modes/health-gate';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { CameUp } from '@shared/domain/modes/staying-up';
import { AppError } from '@shared/kernel/app-error';
import { InTurn } from '@shared/kernel/in-turn';
import { checkingAhead } from '@main/docker/check-ahead';
import { runHooks } from '@main/docker/run-hooks';
import { serviceFailure } from './service-failure';
import { StartHands, type GiveBack } from './start-hands';
import { replaceNetworks, type ReplacedNetwork } from './switch-networks';
import { awaitPorts, type SwitchWarning } from './switch-ports';
import { stepKey, type Created } from './switch-prepare';
import { makesContainer } from './switch-record';
import { Settling } from './switch-settle';
import { definitionOf, placeOfRefusal, type SwitchRun } from './switch-stage';
import { OldContainers, type Reactions } from './switch-stops';

/** Once a stop has taken so long all others are asked for, so that slow ones run side by side and not one after the other. Quick ones gain nothing from being early: they are down for longer. */
const SLOW_STOP_MS = 1500;
/** A health check that comes later than this is not worked towards. */
const CHECK_AHEAD_MOST_MS = 2000;
/** A graceful stop is asked for this much before the health check it waits for is due: about what stopping takes. */
const STOP_AHEAD_MS = 250;
/** An old container that takes longer to stop keeps no other from being exchanged. */
const STOP_IN_HAND_MS = 500;
/** So many exchanges at a time for each core of the engine: with fewer, cores idle; with more, each takes longer and all of them end no sooner. */
const HANDS_A_CORE = 3;
const HANDS_LEAST = 3;

/** What the cutover works with. */
export interface CutoverParts {
  readonly created: Created;
  readonly reactions: Reactions;
  readonly replacedNetworks: readonly ReplacedNetwork[];
}

/** How the cutover went, once everything new is up. */
export interface CutoverOutcome {
  /** Monotonic. */
  readonly healthyAt: number;
  readonly services: ReadonlyMap<string, { readonly downtimeMs: number; readonly containerId: string }>;
  /** What was started and is up: at the commit it must still be. */
  readonly cameUp: readonly CameUp[];
  readonly warnings: readonly SwitchWarning[];
  /** Old containers that are still stopping. Never rejects. */
  readonly drained: Promise<unknown>;
}

/** Stops and starts by the dependency graph until every new container is as it shall be. Throws on the first that is not. */
export function cutOver(run: SwitchRun, parts: CutoverParts): Promise<CutoverOutcome> {
  return new Cutover(run, parts).perform();
}

class Cutover {
  private readonly steps: ReadonlyMap<string, readonly ContainerStep[]>;
  private readonly began = new Map<string, Promise<void>>();
  private readonly gates = new Map<string, Promise<void>>();
  private readonly old: OldContainers;
  private readonly readyAt = new Map<string, number>();
  private readonly settling: Settling;
  private readonly warnings: SwitchWarning[] = [];
  private readonly failed = new AbortController();
  private readonly signal: AbortSignal;
  private networksReady: Promise<void> = Promise.resolve();
  private readonly portRanges = new InTurn();
  private readonly hands: StartHands;

  constructor(
    private readonly run: SwitchRun,
    private readonly parts: CutoverParts,
  ) {
    const steps = new Map<string, ContainerStep[]>();
    for (const step of run.planned.decision.steps) if (step.action !== 'remove') steps.set(step.service, [...(steps.get(step.service) ?? []), step]);
    this.steps = steps;
    this.old = new OldContainers(run, parts.reactions);
    this.settling = new Settling(run, this.old);
    this.hands = new StartHands(handsOf(run));
    this.signal = AbortSignal.any([run.context.signal, this.failed.signal]);
    // One listener per container that is waited for: many, and none of them a leak.
    setMaxListeners(0, this.signal);
  }

  async perform(): Promise<CutoverOutcome> {
    const { planned, deps } = this.run;
    try {
      if (this.parts.replacedNetworks.length > 0) this.networksReady = replaceNetworks(this.run, this.parts.created, this.parts.replacedNetworks, this.old);
      const services = [...this.steps.keys()].filter((name) => planned.input.compose.model.services[name] !== undefined);
      const starts = services.map((name) => this.startOf(name));
      // Those nobody replaces go once everything new has started, side by side with the health checks.
      const leftovers = Promise.all(starts).then(() => {
        for (const step of planned.decision.steps) if (step.action === 'remove' && step.old !== undefined) this.old.stopInBackground(step.old, step.service);
      });
      const gated = services.filter((name) => (this.steps.get(name) ?? []).some((one) => one.action !== 'keep')).map((name) => this.gateOf(name));
      await this.firstFailure([...starts, ...gated, leftovers]);
      const healthyAt = deps.clock.monotonic();
      await this.settling.settle(this.signal);
      return { healthyAt, services: this.measured(), cameUp: this.settling.all(), warnings: this.warnings, drained: this.old.ended() };
    } catch (error) {
      this.failed.abort();
      await Promise.allSettled([...this.began.values(), ...this.gates.values(), this.old.ended()]);
      throw error;
    }
  }

  /** Resolves once all containers of the service run (or are left as they are). */
  private startOf(service: string): Promise<void> {
    let known = this.began.get(service);
    if (known === undefined) {
      known = this.start(service);
      known.catch(() => this.failed.abort());
      this.began.set(service, known);
    }
    return known;
  }

  /** Resolves once all containers of the service are as they shall be: healthy, up, or done. */
  private gateOf(service: string): Promise<void> {
    let known = this.gates.get(service);
    if (known === undefined) {
      known = this.startOf(service).then(async () => {
        await Promise.all((this.steps.get(service) ?? []).map((step) => this.gate(step)));
        this.run.status(service, 'done');
      });
      known.catch(() => this.failed.abort());
      this.gates.set(service, known);
    }
    return known;
  }

  private async start(service: string): Promise<void> {
    const steps = this.steps.get(service) ?? [];
    if (steps.every((one) => one.action === 'keep')) return;
    await this.networksReady;
    await Promise.all(
      dependenciesOf(definitionOf(this.run, service)).map(async (dependency) => {
        if (!this.steps.has(dependency.service)) return;
        try {
          await (dependency.condition === 'service_started' ? this.startOf(dependency.service) : this.gateOf(dependency.service));
        } catch (error) {
          if (dependency.required) throw error;
          this.run.context.log(`${service} starts without ${dependency.service}, which it does not need.`, service);
        }
      }),
    );
    const isUrgent = this.hasDependents(service);
    await Promise.all(steps.filter((one) => one.action !== 'keep').map((one) => this.startStep(one, isUrgent)));
  }

  private hasDependents(service: string): boolean {
    return this.dependentsOf(service).some((name) => (this.steps.get(name) ?? []).some((one) => one.action !== 'keep'));
  }

  private dependentsOf(service: string): readonly string[] {
    return [...this.steps.keys()].filter((name) => this.run.planned.input.compose.model.services[name] !== undefined && dependenciesOf(definitionOf(this.run, name)).some((one) => one.service === service));
  }

  /** Those that wait for this one's health check, and for nothing that has not begun, are asked to stop just before it is due. */
  private stopDependentsAhead(step: ContainerStep): () => void {
    const intervalMs = durationMs(definitionOf(this.run, step.service).healthcheck?.interval) ?? Number.POSITIVE_INFINITY;
    if (intervalMs > CHECK_AHEAD_MOST_MS) return () => undefined;
    const timer = setTimeout(() => {
      if (this.signal.aborted) return;
      for (const name of this.dependentsOf(step.service)) {
        const waits = dependenciesOf(definitionOf(this.run, name));
        if (!waits.every((one) => one.service === step.service || (this.steps.get(one.service) ?? []).every((other) => other.action === 'keep'))) continue;
        for (const one of this.steps.get(name) ?? []) if (this.old.mayStopEarly(one)) this.old.stopInBackground(one.old as ObservedContainer, name);
      }
    }, Math.max(0, intervalMs - STOP_AHEAD_MS));
    return () => clearTimeout(timer);
  }

  private async startStep(step: ContainerStep, isUrgent: boolean): Promise<void> {
    const { run } = this;
    const leaving = run.planned.decision.steps.filter((one) => one.old !== undefined && step.startsAfterStopOf.includes(one.old.id));
    const id = makesContainer(step) ? this.parts.created.get(stepKey(step)) : step.old?.id;
    if (id === undefined) throw new Error(`no container was created for ${step.service}`);
    let giveBack = await this.hand(isUrgent);
    try {
      if (leaving.length > 0) {
        run.status(step.service, 'stopping');
        const stopped = Promise.all(leaving.map((one) => this.old.stop(one.old as ObservedContainer, one.service)));
        if (!(await endsWithin(stopped, STOP_IN_HAND_MS))) {
          giveBack();
          if (!(await endsWithin(stopped, SLOW_STOP_MS - STOP_IN_HAND_MS))) this.stopAllStopFirst();
          await stopped;
          giveBack = await this.hand(isUrgent);
        }
      }
      run.status(step.service, 'starting');
      await this.begin(step, id);
    } finally {
      giveBack();
    }
    const hooks = hooksOf(definitionOf(run, step.service), 'post_start');
    if (hooks.length > 0 && !goesOn(step)) {
      await failingFor(run, step.service, id, () =>
        runHooks({ engine: run.deps.engine, signal: this.signal, effect: run.context.effect.bind(run.context), log: (text, service) => run.context.log(text, service) }, { id, service: step.service }, hooks, 'post_start'),
      );
    }
    run.status(step.service, 'checking');
    this.settling.started(id);
    this.readyAt.set(stepKey(step), run.deps.clock.monotonic());
  }

  /** A hand of the engine for one exchange; none is given out once something failed. */
  private async hand(isUrgent: boolean): Promise<GiveBack> {
    const giveBack = await this.hands.take(isUrgent);
    if (!this.signal.aborted) return giveBack;
    giveBack();
    throw new AppError('cancelled', 'Cancelled.');
  }

  private async begin(step: ContainerStep, id: string): Promise<void> {
    const { run } = this;
    if (goesOn(step)) {
      await failingFor(run, step.service, id, () => run.context.effect('container.unpause', { service: step.service, id }, async () => (await run.deps.engine.unpauseContainer(id), null)));
      return;
    }
    const start = (): Promise<null> =>
      run.context.effect('container.start', { service: step.service, id }, async () => {
        const check = await run.deps.engine.startContainer(id);
        if (check.state === 'not-checked') run.context.log(check.reason, step.service);
        return null;
      });
    return failingFor(run, step.service, id, () => (usesPortRange(run, step) ? this.portRanges.run(start) : start()));
  }

  private async gate(step: ContainerStep): Promise<void> {
    const { run } = this;
    const id = makesContainer(step) ? this.parts.created.get(stepKey(step)) : step.old?.id;
    if (id === undefined) return;
    const expectation = this.expectationOf(step);
    if (step.action === 'keep' && !(await this.mustWaitForKept(step, expectation))) return;
    const since = run.deps.clock.monotonic();
    const wait = (): ReturnType<typeof run.watch.until> => run.watch.until(
      id,
      (container) => {
        const runningMs = run.deps.clock.monotonic() - since;
        const verdict = judge(expectation, step.action === 'keep' || goesOn(step) ? { ...container, restartCount: 0 } : container, runningMs);
        return verdict.kind === 'wait' && expectation.startsWith('running') ? { ...verdict, againMs: Math.max(10, STABLE_MS - runningMs) } : verdict;
      },
      gateTimeoutMs(definitionOf(run, step.service), expectation),
      this.signal,
    );
    const end = expectation === 'healthy' ? checkingAhead(run.deps.engine, [id], wait, this.signal) : wait();
    const accepted = step.action === 'keep' ? Promise.resolve() : this.ports(step, expectation);
    const cancelAhead = expectation === 'healthy' && step.action !== 'keep' ? this.stopDependentsAhead(step) : () => undefined;
    const outcome = await end.finally(cancelAhead);
    if (outcome.kind === 'bad') {
      const reason = outcome.timedOut && outcome.container !== null ? lateReason(outcome.container, outcome.reason) : outcome.reason;
      throw await serviceFailure(run.deps, step.service, id, new AppError(outcome.container?.health === 'unhealthy' || outcome.timedOut ? 'unhealthy' : 'start-failed', `${step.service} did not come up: ${reason}.`));
    }
    await accepted;
    if (step.action !== 'keep') this.settling.cameUp(step, id, expectation);
  }

  private async ports(step: ContainerStep, expectation: Expectation): Promise<void> {
    // A job is done when it has ended: nobody waits for it to answer.
    if (expectation === 'completed') return;
    const { any, silent } = await awaitPorts(this.run, step, this.signal);
    this.warnings.push(...silent);
    if (any) this.readyAt.set(stepKey(step), this.run.deps.clock.monotonic());
  }

  /** A kept container is only waited for where it is expected to get somewhere, never judged on its past. */
  private async mustWaitForKept(step: ContainerStep, expectation: Expectation): Promise<boolean> {
    if (step.old === undefined || !isAlive(step.old)) return false;
    return expectation === 'healthy' || expectation === 'completed';
  }

  private expectationOf(step: ContainerStep): Expectation {
    const { compose } = this.run.planned.input;
    const definition = definitionOf(this.run, step.service);
    return expectationOf(definition, {
      declaredJob: isDeclaredJob(compose.model.services, step.service),
      looksLikeJob: looksLikeJob(definition),
      wasRunning: step.old !== undefined && isAlive(step.old),
      awaited: isAwaited(compose.model.services, step.service),
      imageHasHealthcheck: this.run.planned.decision.images.find((one) => one.service === step.service)?.hasHealthcheck ?? false,
    });
  }

  private stopAllStopFirst(): void {
    for (const step of this.run.planned.decision.steps) {
      if (this.signal.aborted) return;
      if (this.old.mayStopEarly(step)) this.old.stopInBackground(step.old as ObservedContainer, step.service);
    }
  }

  private measured(): ReadonlyMap<string, { readonly downtimeMs: number; readonly containerId: string }> {
    const services = new Map<string, { downtimeMs: number; containerId: string }>();
    for (const [service, steps] of this.steps) {
      let downtimeMs = 0;
      for (const step of steps) {
        const stopped = step.strategy === 'start-first' || step.old === undefined ? undefined : this.old.askedAt(step.old.id);
        const ready = this.readyAt.get(stepKey(step));
        if (stopped !== undefined && ready !== undefined) downtimeMs = Math.max(downtimeMs, Math.round(ready - stopped));
      }
      const first = steps.find(makesContainer) ?? steps[0];
      services.set(service, { downtimeMs, containerId: first === undefined ? '' : (this.parts.created.get(stepKey(first)) ?? first.old?.id ?? '') });
    }
    return services;
  }

  /** Rejects with what failed first: what fails in its wake (waits that are aborted) is not the reason. */
  private async firstFailure(all: readonly Promise<unknown>[]): Promise<void> {
    let first: unknown;
    let any = false;
    await Promise.all(
      all.map((one) =>
        one.catch((error: unknown) => {
          if (!any) [any, first] = [true, error];
          this.failed.abort();
        }),
      ),
    );
    if (any) throw first;
  }
}

/** What a service failed with, told with what its container says. */
async function failingFor(run: SwitchRun, service: string, id: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw await serviceFailure(run.deps, service, id, error, error instanceof AppError ? { where: placeOfRefusal(run, service, error) } : {});
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([work.then(() => true), new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))]);
  } finally {
    clearTimeout(timer);
  }
}

/** A container that somebody paused: its program goes on, nothing of it begins anew. */
function goesOn(step: ContainerStep): boolean {
  return step.action === 'start' && step.old?.state === 'paused';
}

/** How many exchanges at a time this engine takes. */
function handsOf({ deps }: SwitchRun): number {
  const state = deps.engine.state();
  return Math.max(HANDS_LEAST, HANDS_A_CORE * (state.state === 'connected' ? (state.info.cpus ?? 0) : 0));
}

function usesPortRange(run: SwitchRun, step: ContainerStep): boolean {
  return fixedPorts(definitionOf(run, step.service)).some((one) => one.from !== one.to);
}
