import { HASH_DIALECTS, type ComposeService, type LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { activeMode, isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { hashedForm, hashesContainers } from '@shared/domain/modes/dependency-order';
import { imageReferences } from '@shared/domain/modes/naming';
import { fingerprintsOf } from '@shared/domain/modes/switch-input';
import type { Project } from '@shared/domain/projects/project';
import { findDrifts, type FoundDrift } from '@shared/domain/reconcile/find-drifts';
import { restartLoops, type RestartLoop } from '@shared/domain/reconcile/restart-loops';
import type { ContainerHappening, EngineAbsence } from '@shared/domain/reconcile/intent';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { JsonObject } from '@shared/kernel/json';
import type { ReconcileDependencies } from './dependencies';
import type { Desired, DesiredStates } from './desired';

const INSPECTS_AT_ONCE = 8;

/** A project as it is, beside what is wanted of it. */
export interface Look {
  readonly project: Project;
  readonly desired: Desired;
  readonly observed: ObservedProject;
  /** Without those that were accepted. */
  readonly drifts: readonly FoundDrift[];
  readonly loops: readonly RestartLoop[];
}

export interface LookContext {
  readonly happenings: (projectName: string) => Promise<readonly ContainerHappening[]>;
  readonly absences: () => readonly EngineAbsence[];
}

/** Compares one project with what is wanted of it, now. Rejects when its files or the engine cannot be read. */
export class Looker {
  constructor(
    private readonly deps: Pick<ReconcileDependencies, 'engine' | 'projects' | 'store' | 'settings' | 'clock' | 'hashService' | 'mask' | 'ends'>,
    private readonly desired: DesiredStates,
    private readonly context: LookContext,
  ) {}

  async look(projectId: string): Promise<Look> {
    const { deps } = this;
    const project = await deps.projects.resolve(projectId);
    const loaded = await deps.projects.loadModes(project.id);
    const [first] = Object.values(loaded);
    const observed = await deps.engine.observe(project.name, first === undefined ? [] : referencesOf(project, loaded));
    const own = observed.containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one));
    const active = activeMode(project.modes, project.dir, own, fingerprintsOf(loaded));
    const desired = await this.desired.of(projectId, () => Promise.resolve({ active, idle: idleServices(active === null ? undefined : loaded[active], observed) }));
    if (desired.mode === null) return { project, desired, observed, drifts: [], loops: [] };
    const compose = loaded[desired.mode] ?? (await deps.projects.loadMode(projectId, desired.mode)).compose;
    const seen = { containers: own, happenings: await this.context.happenings(project.name), absences: this.context.absences(), nowMs: deps.clock.now() };
    const known = await deps.ends.after(project.id, seen);
    const windowMs = deps.settings.get('heal.windowSeconds') * 1000;
    const drifts = findDrifts({
      ...seen,
      knownEnds: known.ends,
      natures: known.natures,
      projectId,
      mode: desired.mode,
      compose,
      modes: project.modes,
      active,
      wantedCounts: desired.counts,
      wantedRuns: await this.promoteIdle(projectId, desired, observed),
      raw: await this.inspectAll(own.map((one) => one.id)),
      images: observed.images,
      hashesOf: (service, resolved) => this.hashes(compose, service, resolved),
      loopWindowMs: windowMs,
      host: this.host(),
      mask: deps.mask,
    });
    const accepted = (await deps.store.getRecord('drift-accepted', projectId))?.data ?? {};
    const loops = restartLoops({ ...seen, windowMs, fromEnds: deps.settings.get('heal.maxTries') });
    return { project, desired, observed, drifts: drifts.filter((one) => accepted[acceptedKey(one)] !== one.actual), loops };
  }

  private host(): { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined } | undefined {
    const state = this.deps.engine.state();
    return state.state === 'connected' ? { cpus: state.info.cpus, memoryBytes: state.info.memoryBytes } : undefined;
  }

  /** What was not running when the project was first seen, and runs by now, is wanted like the rest. */
  private async promoteIdle(projectId: string, desired: Desired, observed: ObservedProject): Promise<Desired['services']> {
    const runs = { ...desired.services };
    for (const [service, run] of Object.entries(desired.services)) {
      if (run !== 'idle' || !observed.containers.some((one) => one.service === service && isAlive(one))) continue;
      runs[service] = 'running';
      await this.desired.accept(projectId, { service, run: 'running' });
    }
    return runs;
  }

  private hashes(compose: LoadedCompose, service: string, resolved: ComposeService): readonly string[] {
    const definition = compose.model.services[service];
    if (definition !== undefined && hashesContainers(definition)) return HASH_DIALECTS.map((dialect) => this.deps.hashService(hashedForm(resolved), dialect));
    return HASH_DIALECTS.map((dialect) => compose.hashes[service]?.[dialect] ?? '');
  }

  private async inspectAll(ids: readonly string[]): Promise<{ readonly [id: string]: JsonObject }> {
    const raw: { [id: string]: JsonObject } = {};
    await inParallel(ids, INSPECTS_AT_ONCE, async (id) => {
      try {
        raw[id] = await this.deps.engine.inspectRaw(id);
      } catch (error) {
        // Gone between the list and the inspect: the next look tells.
        if (!(error instanceof AppError && error.code === 'not-found')) throw error;
      }
    });
    return raw;
  }
}

/** Where an accepted value is kept: one per field of one service. */
export function acceptedKey(drift: Pick<FoundDrift, 'service' | 'number' | 'field'>): string {
  return `${drift.service}/${String(drift.number)}/${drift.field}`;
}

function referencesOf(project: Project, loaded: { readonly [mode: string]: LoadedCompose }): readonly string[] {
  const modes = project.modes.map((one) => one.name);
  return [...new Set(Object.values(loaded).flatMap((one) => imageReferences(one.model, modes)))];
}

function idleServices(compose: LoadedCompose | undefined, observed: ObservedProject): readonly string[] {
  return Object.keys(compose?.model.services ?? {}).filter((service) => !observed.containers.some((one) => one.service === service && isAlive(one)));
}
