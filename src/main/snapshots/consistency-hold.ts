import { dependencyOrder, parseDependsOnLabel } from '@shared/domain/modes/dependency-order';
import { isAlive } from '@shared/domain/modes/active-mode';
import { PAUSE_CAP_MS, type Hold, type HoldStep } from '@shared/domain/snapshots/consistency';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { NOT_HELD, type NotHeld } from '@shared/domain/snapshots/words';
import type { Engine } from '@main/docker/types';
import type { OperationContext } from '@main/operations/types';
import { untilAnswered } from './consistency-again';
import { runHook, type HookedDatabase } from './hooks';

/** Names of the effects that hold and let go: recovery reads them in the journal. */
export const HOLD_EFFECTS = { pause: 'snapshot.pause', unpause: 'snapshot.unpause', stop: 'snapshot.stop', start: 'snapshot.start', hook: 'snapshot.hook' } as const;

/** What holding needs from outside. */
export interface HoldDependencies {
  /** On behalf of the project. */
  readonly engine: Engine;
  readonly context: Pick<OperationContext, 'effect' | 'signal' | 'log'>;
  readonly stopGrace: (container: ObservedContainer) => Promise<number>;
  /** Whether something that was started meanwhile writes to a place of this hold. */
  readonly writes: (container: ObservedContainer) => boolean;
  readonly pauseCapMs?: number | undefined;
}

/** Containers that are held while something is read. */
export class Holding {
  /** Hooks that did not work: their databases are paused like anything else. */
  readonly failedHooks = new Set<string>();
  /** Why what was read meanwhile may be of different moments; empty when it cannot. */
  readonly broken: NotHeld[] = [];
  /** What was stopped and started again, to be watched. */
  readonly startedAgain: ObservedContainer[] = [];
  private readonly paused = new Set<string>();
  private readonly stopped: ObservedContainer[] = [];
  private readonly hooked: HookedDatabase[] = [];
  private listening: Disposable | null = null;
  private cap: NodeJS.Timeout | null = null;
  private capped: Promise<void> | null = null;

  constructor(
    private readonly deps: HoldDependencies,
    private readonly hold: Hold,
  ) {}

  /** Hooks first, then everything at once. Whatever of it was done is undone by `release`, also when this rejects. */
  async begin(): Promise<void> {
    const { steps } = this.hold;
    await Promise.all(steps.filter((step) => step.hook !== null).map((step) => this.tellDatabase(step)));
    const pauses = steps.filter((step) => step.how === 'pause');
    if (pauses.length > 0) this.cap = setTimeout(() => (this.capped = this.letGoEarly()), this.deps.pauseCapMs ?? PAUSE_CAP_MS);
    await allOf([...steps.filter((step) => step.how === 'stop').map((step) => this.stop(step)), ...pauses.map((step) => this.pause(step))]);
    this.watch();
  }

  /** Everything runs again. Never skips one because another could not be continued. */
  async release(): Promise<void> {
    if (this.cap !== null) clearTimeout(this.cap);
    this.listening?.dispose();
    await this.capped;
    const failures: unknown[] = [];
    const attempt = async (work: Promise<unknown>): Promise<void> => void (await work.catch((error: unknown) => void failures.push(error)));
    await Promise.all([...this.paused].map((id) => attempt(this.unpause(id))));
    await Promise.all(this.hooked.splice(0).map((one) => attempt(one.release())));
    for (const container of startOrder(this.stopped.splice(0))) await attempt(this.start(container));
    if (failures.length > 0) throw failures[0];
  }

  private async tellDatabase({ writer, hook }: HoldStep): Promise<void> {
    const { engine, context } = this.deps;
    if (hook === null) return;
    try {
      const database = await context.effect(HOLD_EFFECTS.hook, { id: writer.id, service: writer.service, family: hook }, async () => {
        this.hooked.push(await runHook(engine, writer.id, hook, context.signal));
        return true;
      });
      if (database) context.log(`${writer.service} has written everything down`, writer.service);
    } catch (error) {
      if (context.signal.aborted) throw error;
      this.failedHooks.add(writer.id);
      context.log(`${writer.service} could not be told to write everything down: ${error instanceof Error ? error.message : String(error)}; it is only paused`, writer.service);
    }
  }

  private async pause({ writer }: HoldStep): Promise<void> {
    const { engine, context } = this.deps;
    try {
      await context.effect(HOLD_EFFECTS.pause, { id: writer.id, name: writer.name, service: writer.service }, async () => {
        const byUs = await engine.pauseContainer(writer.id);
        if (byUs) this.paused.add(writer.id);
        return byUs;
      });
    } catch (error) {
      // No answer is no refusal: it may be paused by now, or in a moment.
      if (error instanceof AppError && error.code === 'engine-timeout') this.paused.add(writer.id);
      if (context.signal.aborted) throw error;
      const now = await lookAt(engine, writer.id);
      // One that has ended meanwhile writes nothing any more.
      if (now === null || !isAlive(now)) return;
      // It ran when this was planned: the answer was lost, not the pause.
      if (now.state === 'paused') return void this.paused.add(writer.id);
      this.broken.push({ who: writer.name, what: NOT_HELD.notPaused });
    }
  }

  private async stop({ writer }: HoldStep): Promise<void> {
    const { engine, context, stopGrace } = this.deps;
    const container = await lookAt(engine, writer.id);
    if (container === null || !isAlive(container)) return;
    const graceSeconds = await stopGrace(container);
    await context.effect(HOLD_EFFECTS.stop, { id: writer.id, name: writer.name, service: writer.service, graceSeconds }, async () => {
      this.stopped.push(container);
      await engine.stopContainer(writer.id, graceSeconds);
      return null;
    });
  }

  /** After a cancel nothing is journaled any more: what was held goes on at once, and rollback finds it so. */
  private async unpause(id: string): Promise<void> {
    const { engine, context } = this.deps;
    this.paused.delete(id);
    const goOn = (): Promise<void> => untilAnswered(() => engine.unpauseContainer(id));
    if (context.signal.aborted) await goOn();
    else await context.effect(HOLD_EFFECTS.unpause, { id }, async () => (await goOn(), null));
  }

  private async start(container: ObservedContainer): Promise<void> {
    const { engine, context } = this.deps;
    const again = async (): Promise<null> => (await untilAnswered(() => engine.startContainer(container.id)), null);
    if (context.signal.aborted) {
      await again();
      return;
    }
    await context.effect(HOLD_EFFECTS.start, { id: container.id, service: container.service }, again);
    this.startedAgain.push(container);
  }

  private async letGoEarly(): Promise<void> {
    const what = `took longer than the ${String((this.deps.pauseCapMs ?? PAUSE_CAP_MS) / 1_000)} s for which services may be paused`;
    this.broken.push({ who: 'reading', what: [what, what] });
    await Promise.all([...this.paused].map((id) => this.unpause(id).catch((error: unknown) => this.deps.context.log(error instanceof Error ? error.message : String(error)))));
  }

  /** Somebody who starts or continues a writer meanwhile is told of in the snapshot. */
  private watch(): void {
    const held = new Set(this.hold.steps.map((step) => step.writer.id));
    this.listening = this.deps.engine.onEvent((event) => {
      if (event.type !== 'container' || !['start', 'unpause', 'restart'].includes(event.action)) return;
      const name = event.attributes['name'] ?? event.id.slice(0, 12);
      if (held.has(event.id)) {
        if (this.paused.has(event.id) || this.stopped.some((one) => one.id === event.id)) this.broken.push({ who: name, what: NOT_HELD.letGo });
        return;
      }
      void lookAt(this.deps.engine, event.id).then(
        (container) => container !== null && this.deps.writes(container) && this.broken.push({ who: name, what: NOT_HELD.started }),
        () => undefined,
      );
    });
  }
}

/** Like Promise.all, but waits for all of them: what is still under way when one fails must be known before it is undone. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(works)) if (one.status === 'rejected') throw one.reason;
}

async function lookAt(engine: Pick<Engine, 'inspectContainer'>, id: string): Promise<ObservedContainer | null> {
  return engine.inspectContainer(id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  });
}

/** What others depend on comes first. */
function startOrder(containers: readonly ObservedContainer[]): readonly ObservedContainer[] {
  const services = [...new Set(containers.map((one) => one.service))];
  const needs = (service: string): readonly string[] => containers.filter((one) => one.service === service).flatMap((one) => parseDependsOnLabel(one.labels['com.docker.compose.depends_on'])).map((one) => one.service);
  return dependencyOrder(services, needs).flatMap((service) => containers.filter((one) => one.service === service));
}
