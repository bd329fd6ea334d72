import type { ObservedContainer } from '@shared/domain/engine/observed';
import { learnEnds, howEnded, lastEnds, NO_KNOWN_ENDS, type EndedHow, type KnownEnds } from '@shared/domain/reconcile/known-ends';
import { ofLastRun, STOP_FOLLOWS_MS, type ContainerHappening, type EngineAbsence } from '@shared/domain/reconcile/intent';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine, EngineEvent } from '@main/docker/types';
import type { Store } from '@main/platform/types';

const MAX_ASKED = 2_000;

/** What a look at a project's containers saw, beside what it knows. */
interface EndsLook {
  readonly containers: readonly ObservedContainer[];
  readonly happenings: readonly ContainerHappening[];
  readonly absences: readonly EngineAbsence[];
  readonly nowMs: number;
}

/**
 * Who ended which container, kept over restarts: a container that ended with 0 looks the same whether its job was done or
 * somebody stopped it. What happened while no Berth looked is asked of the engine, as long as that remembers.
 */
export class ContainerEnds {
  /** Ends of which the engine was asked in vain. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly deps: {
      readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
      readonly engine: Pick<Engine, 'pastEvents'>;
      readonly clock: Clock;
    },
  ) {}

  /** What is known of the project's containers now, the new of this look taken in and kept. */
  async after(projectId: string, look: EndsLook): Promise<{ readonly ends: { readonly [containerId: string]: EndedHow }; readonly natures: KnownEnds['services'] }> {
    const known = await this.read(projectId);
    const past = await this.askOf(unexplained(known, look.containers, look.happenings));
    const learned = learnEnds(known, { ...look, happenings: [...past, ...look.happenings] });
    if (JSON.stringify(learned) !== JSON.stringify(known)) await this.deps.store.patchRecord('container-ends', projectId, { ends: learned.ends, services: learned.services });
    return { ends: lastEnds(learned, look.containers), natures: learned.services };
  }

  /** Those that somebody stopped from outside: they are no finished jobs. */
  async stopped(projectId: string, containers: readonly ObservedContainer[]): Promise<readonly string[]> {
    const known = await this.read(projectId);
    const past = await this.askOf(unexplained(known, containers, []));
    const ends = lastEnds(known, containers);
    return containers.filter((one) => one.state === 'exited' && (ends[one.id] ?? howEnded(one, past, this.deps.clock.now())) === 'stopped').map((one) => one.id);
  }

  private async askOf(containers: readonly ObservedContainer[]): Promise<readonly ContainerHappening[]> {
    const found: ContainerHappening[] = [];
    for (const one of containers) {
      const key = `${one.id} ${one.finishedAt}`;
      if (this.asked.has(key)) continue;
      const endedMs = Date.parse(one.finishedAt);
      if (Number.isNaN(endedMs)) continue;
      try {
        const events = await this.deps.engine.pastEvents(one.id, endedMs - STOP_FOLLOWS_MS, Math.min(endedMs + STOP_FOLLOWS_MS, this.deps.clock.now()));
        if (events.length === 0 && this.deps.clock.now() - endedMs > STOP_FOLLOWS_MS) this.asked.add(key);
        found.push(...events.map((event) => happeningOf(one, event)));
      } catch (error) {
        // An engine that does not tell leaves it unknown; the look goes on without.
        if (!(error instanceof AppError)) throw error;
      }
    }
    if (this.asked.size > MAX_ASKED) this.asked.clear();
    return found;
  }

  private async read(projectId: string): Promise<KnownEnds> {
    const data = (await this.deps.store.getRecord('container-ends', projectId))?.data;
    return data === undefined ? NO_KNOWN_ENDS : { ends: data['ends'] as KnownEnds['ends'] & JsonObject, services: data['services'] as KnownEnds['services'] & JsonObject };
  }
}

/** Ends with 0 that neither a record nor an event explains; of others the exit code speaks. */
function unexplained(known: KnownEnds, containers: readonly ObservedContainer[], happenings: readonly ContainerHappening[]): readonly ObservedContainer[] {
  const explained = lastEnds(known, containers);
  return containers.filter((one) => one.state === 'exited' && one.exitCode === 0 && explained[one.id] === undefined && !ofLastRun(one.id, Date.parse(one.startedAt), happenings).some((happening) => happening.action === 'die'));
}

function happeningOf(one: ObservedContainer, event: EngineEvent): ContainerHappening {
  const exitCode = Number.parseInt(event.attributes['exitCode'] ?? '', 10);
  return { containerId: one.id, service: one.service, action: event.action, atMs: event.timeNano / 1e6, exitCode: Number.isNaN(exitCode) ? null : exitCode, own: false };
}
