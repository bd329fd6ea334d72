import { startedAgain, statesFingerprint, type ContainerStateRow } from '@shared/domain/engine/container-state';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { ServicesService } from './service';
import type { StatusDependencies } from './status';
import { StatusKeeper } from './status-keeper';
import type { Observation, Observations } from './types';

/** An event may come before the engine's own list says so: one that came so long before a look announced what the next one finds. */
const ANNOUNCED_EARLIER_MS = 1_000;

interface Watched {
  looking: boolean;
  /** Monotonic; when the last look at it began. */
  lookedAtMs: number;
  fingerprint: string | null;
  rows: readonly ContainerStateRow[];
  /** What was published last. */
  last: string;
  mode: string | null | undefined;
  notBeforeMs: number;
}

interface LooksHost {
  /** Another number after each loss and return of the engine; null while nothing is to be said. What was seen before is not said after. */
  generation(): number | null;
  /** Asks for another look at the project of this name. */
  again(projectName: string): void;
}

/** What was seen of each project last: looks at one, and tells and stores what changed since. */
export class ProjectLooks implements Observations {
  private readonly watched = new Map<string, Watched>();
  private readonly observed = new Map<string, Observation>();
  private readonly observations = new Emitter<Observation>((error) => this.deps.log.error('a look at services could not be told', { error }));
  private readonly keeper: StatusKeeper;
  /** Names of the opened projects, and when an event named each of them last. */
  private names: ReadonlySet<string> = new Set<string>();
  private readonly eventAtMs = new Map<string, number>();
  /** ISO time of the last look. */
  lastAt: string | null = null;

  constructor(
    private readonly deps: Pick<StatusDependencies, 'publish' | 'clock' | 'log' | 'store' | 'events' | 'onModeChanged'>,
    private readonly service: ServicesService,
    private readonly host: LooksHost,
  ) {
    this.keeper = new StatusKeeper(deps);
  }

  load(): Promise<void> {
    return this.keeper.load();
  }

  last(): ReadonlyMap<string, Observation> {
    return this.observed;
  }

  onObserved(listener: (observation: Observation) => void): Disposable {
    return this.observations.on(listener);
  }

  knows(projectId: string): boolean {
    return this.watched.has(projectId);
  }

  noteEvent(projectName: string): void {
    if (this.names.has(projectName)) this.eventAtMs.set(projectName, this.deps.clock.monotonic());
  }

  /** One that takes long to look at and says much is looked at less often, never less than it takes twice. */
  isTooSoon(projectId: string): boolean {
    const watched = this.watchedOf(projectId);
    return watched.looking || this.deps.clock.monotonic() < watched.notBeforeMs;
  }

  /** Looks where the engine's list is other than the last look. Resolves with whether that was a correction: a change that no event had announced. */
  async compare(project: Project, rows: readonly ContainerStateRow[], everything: boolean): Promise<boolean> {
    const watched = this.watchedOf(project.id);
    const known = watched.fingerprint;
    const differs = known !== statesFingerprint(rows) || startedAgain(watched.rows, rows);
    if (!everything && !differs) {
      watched.rows = rows;
      return false;
    }
    const since = watched.lookedAtMs - ANNOUNCED_EARLIER_MS;
    const changed = await this.look(project);
    const announced = (this.eventAtMs.get(project.name) ?? Number.NEGATIVE_INFINITY) > since;
    return changed && !everything && known !== null && !announced;
  }

  /** Resolves with whether anything is other than before. */
  async look(project: Project): Promise<boolean> {
    const watched = this.watchedOf(project.id);
    if (watched.looking) {
      this.host.again(project.name);
      return false;
    }
    watched.looking = true;
    const generation = this.host.generation();
    const began = this.deps.clock.monotonic();
    watched.lookedAtMs = began;
    try {
      const seen = await this.service.observe(project);
      if (generation === null || generation !== this.host.generation() || !this.watched.has(project.id)) return false;
      watched.fingerprint = statesFingerprint(seen.containers);
      watched.rows = [];
      const changed = await this.tell(watched, seen);
      watched.notBeforeMs = this.deps.clock.monotonic() * 2 - began;
      return changed;
    } catch (error) {
      // An engine that is away and files that are broken are said elsewhere; the next event or pass looks again.
      if (!(error instanceof AppError)) this.deps.log.error('services could not be looked at', { project: project.id, error });
      return false;
    } finally {
      watched.looking = false;
    }
  }

  private async tell(watched: Watched, seen: Observation): Promise<boolean> {
    const { project, services } = seen;
    this.lastAt = new Date(this.deps.clock.now()).toISOString();
    this.observed.set(project.id, seen);
    const text = JSON.stringify(services);
    const changed = text !== watched.last;
    if (changed) {
      watched.last = text;
      this.deps.publish({ type: 'services.changed', projectId: project.id, services });
      if (watched.mode !== undefined && watched.mode !== services.mode) this.deps.onModeChanged?.(project);
      watched.mode = services.mode;
      await this.keeper.keep(project, services);
    }
    this.observations.emit(seen);
    return changed;
  }

  /** What is not opened any more leaves nothing behind. */
  async forgetOthers(projects: readonly Project[]): Promise<void> {
    const ids = new Set(projects.map((one) => one.id));
    this.names = new Set(projects.map((one) => one.name));
    for (const name of [...this.eventAtMs.keys()]) if (!this.names.has(name)) this.eventAtMs.delete(name);
    for (const id of [...this.watched.keys(), ...this.observed.keys()]) {
      if (ids.has(id)) continue;
      this.watched.delete(id);
      this.observed.delete(id);
    }
    await this.keeper.keepOnly(ids);
  }

  private watchedOf(id: string): Watched {
    let watched = this.watched.get(id);
    if (watched === undefined) {
      watched = { looking: false, lookedAtMs: 0, fingerprint: null, rows: [], last: '', mode: undefined, notBeforeMs: 0 };
      this.watched.set(id, watched);
    }
    return watched;
  }
}
