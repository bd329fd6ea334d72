import { startedAgain, statesFingerprint, type ContainerStateRow } from '@shared/domain/engine/container-state';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import type { Project } from '@shared/domain/projects/project';
import type { SequencedEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { EngineEvent, EngineState } from '@main/docker/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Store } from '@main/platform/types';
import type { ComponentState, RuntimeComponent } from '@main/runtime/types';
import type { ServicesService } from './service';
import { StatusKeeper } from './status-keeper';
import type { Observation, Observations, ServicesDependencies } from './types';

const LOOK_AFTER_MS = 100;
const RETRY_AFTER_MS = 1_000;
/** An event may come before the engine's own list says so: one that came so long before a look announced what the next one finds. */
const ANNOUNCED_EARLIER_MS = 1_000;
/** Actions of a container that change nothing of what is shown. */
const NO_CHANGE = /^(?:exec_|rename$|update$|kill$|commit$|resize$)/;

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

/** What the status reconciler needs from outside. */
export interface StatusDependencies extends Pick<ServicesDependencies, 'engine' | 'projects' | 'publish' | 'clock' | 'log'> {
  readonly store: Pick<Store, 'listRecords' | 'patchRecord' | 'removeRecord'>;
  readonly events: Pick<EventLog, 'add'>;
  /** The stream of what is: changed files and the list of projects ask for a look too. */
  readonly subscribe: (listener: (events: readonly SequencedEvent[]) => void) => Disposable;
  /** How often everything is looked at even when no event asks for it. */
  readonly everySeconds: () => number;
  /** Told when the mode that runs is another than before. */
  readonly onModeChanged?: ((project: Project) => void) | undefined;
  /** Told how long each pass took. */
  readonly onPass?: ((durationMs: number) => void) | undefined;
}

/**
 * Keeps the stored and the shown state of services equal to the engine's. An event marks its project to be looked at;
 * since events can be lost, a pass every few seconds compares one list of all containers with what was seen last and
 * looks at the projects that differ. It only observes: nothing here changes the world.
 */
export class StatusReconciler implements RuntimeComponent, Observations, Disposable {
  readonly name = 'status-reconciler';
  private readonly watched = new Map<string, Watched>();
  private readonly observed = new Map<string, Observation>();
  private readonly observations = new Emitter<Observation>((error) => this.deps.log.error('a look at services could not be told', { error }));
  private readonly keeper: StatusKeeper;
  private readonly marked = new Set<string>();
  /** Names of the opened projects, and when an event named each of them last. */
  private names: ReadonlySet<string> = new Set<string>();
  private readonly eventAtMs = new Map<string, number>();
  private readonly counts = { events: 0, passes: 0, corrections: 0 };
  private held: Disposable[] = [];
  private markTimer: NodeJS.Timeout | null = null;
  private passTimer: NodeJS.Timeout | null = null;
  private passing: Promise<void> | null = null;
  private everythingIsDue = false;
  private lastTick: string | null = null;
  private current: 'stopped' | 'starting' | 'started' = 'stopped';
  private paused = false;
  /** Rises with every loss and return of the engine: what was seen before is not said after. */
  private generation = 0;

  constructor(
    private readonly deps: StatusDependencies,
    private readonly service: ServicesService,
  ) {
    this.keeper = new StatusKeeper(deps);
  }

  /** Reads what was stored and starts watching. Does not wait for the engine. */
  async start(): Promise<void> {
    if (this.current !== 'stopped') return;
    this.current = 'starting';
    await this.keeper.load().catch((error: unknown) => this.deps.log.warn('the stored state of services could not be read', { error }));
    this.current = 'started';
    this.held = [
      this.deps.engine.onStateChanged((state) => this.noteEngine(state)),
      this.deps.engine.onEvent((event) => this.noteEvent(event)),
      this.deps.subscribe((batch) => this.noteNews(batch)),
    ];
    this.lookAtEverything();
  }

  /** Stops watching; what is under way is waited for, so that nothing is written after. */
  async stop(): Promise<void> {
    this.dispose();
    await this.passing;
  }

  dispose(): void {
    this.current = 'stopped';
    for (const one of this.held.splice(0)) one.dispose();
    if (this.markTimer !== null) clearTimeout(this.markTimer);
    if (this.passTimer !== null) clearTimeout(this.passTimer);
    this.markTimer = null;
    this.passTimer = null;
  }

  state(): ComponentState {
    if (this.current !== 'started') return this.current;
    if (this.paused) return 'paused';
    return this.deps.engine.state().state === 'connected' ? 'running' : 'waiting';
  }

  lastTickAt(): string | null {
    return this.lastTick;
  }

  counters(): { readonly [name: string]: number } {
    return { ...this.counts };
  }

  detail(): string {
    switch (this.state()) {
      case 'running':
        return `Looks at services when the engine says something, and at all of them every ${String(this.deps.everySeconds())} s.`;
      case 'waiting':
        return 'Waits for the engine; then everything is looked at again.';
      case 'paused':
        return 'Paused: what is shown may be out of date.';
      default:
        return 'Does not run.';
    }
  }

  pause(): void {
    this.paused = true;
    this.marked.clear();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.lookAtEverything();
  }

  last(): ReadonlyMap<string, Observation> {
    return this.observed;
  }

  onObserved(listener: (observation: Observation) => void): Disposable {
    return this.observations.on(listener);
  }

  private get active(): boolean {
    return this.state() === 'running';
  }

  private noteEngine(state: EngineState): void {
    this.generation += 1;
    if (state.state === 'connected') this.lookAtEverything();
  }

  private noteEvent(event: EngineEvent): void {
    if (event.type === 'gap') return this.lookAtEverything();
    const name = event.attributes[COMPOSE_LABELS.project];
    if (event.type !== 'container' || name === undefined || NO_CHANGE.test(event.action) || !this.active) return;
    this.counts.events += 1;
    if (this.names.has(name)) this.eventAtMs.set(name, this.deps.clock.monotonic());
    this.mark(name);
  }

  private noteNews(batch: readonly SequencedEvent[]): void {
    for (const { event } of batch) {
      if (event.type === 'projects.changed' && event.projects.some((one) => !this.watched.has(one.id))) for (const one of event.projects) this.mark(one.name);
      if (event.type !== 'files.changed') continue;
      const name = this.observed.get(event.projectId)?.project.name;
      if (name !== undefined) this.mark(name);
    }
  }

  /** A burst of events is one look: the first starts the wait, the others join it. */
  private mark(projectName: string): void {
    if (!this.active) return;
    this.marked.add(projectName);
    this.markTimer ??= setTimeout(() => void this.lookAtMarked(), LOOK_AFTER_MS);
  }

  private async lookAtMarked(): Promise<void> {
    this.markTimer = null;
    const names = new Set(this.marked);
    this.marked.clear();
    try {
      const now = this.deps.clock.monotonic();
      for (const project of await this.deps.projects.list()) {
        if (!names.has(project.name)) continue;
        const watched = this.watchedOf(project.id);
        // One that takes long to look at and says much is looked at less often, never less than it takes twice.
        if (watched.looking || now < watched.notBeforeMs) this.mark(project.name);
        else void this.look(project);
      }
    } catch (error) {
      this.deps.log.warn('projects could not be listed', { error });
    }
  }

  private lookAtEverything(): void {
    this.everythingIsDue = true;
    if (this.passing === null) this.passSoon(0);
  }

  private passSoon(ms: number): void {
    if (this.passTimer !== null) clearTimeout(this.passTimer);
    if (this.current !== 'started') return;
    this.passTimer = setTimeout(() => {
      this.passing = this.pass().then((done) => {
        this.passing = null;
        this.passSoon(this.everythingIsDue && this.active ? (done ? LOOK_AFTER_MS : RETRY_AFTER_MS) : this.deps.everySeconds() * 1000);
      });
    }, ms);
    this.passTimer.unref();
  }

  /** Resolves with whether it could look; never rejects. */
  private async pass(): Promise<boolean> {
    if (!this.active) return false;
    const began = this.deps.clock.monotonic();
    const everything = this.everythingIsDue;
    const { generation } = this;
    this.everythingIsDue = false;
    try {
      const [projects, rows] = await Promise.all([this.deps.projects.list(), this.deps.engine.containerStates()]);
      if (generation !== this.generation) return false;
      await this.forgetOthers(projects);
      await Promise.all(projects.map((project) => this.compare(project, rows.filter((row) => row.project === project.name), everything)));
      this.counts.passes += 1;
      this.lastTick = new Date(this.deps.clock.now()).toISOString();
      this.deps.onPass?.(this.deps.clock.monotonic() - began);
      return true;
    } catch (error) {
      this.everythingIsDue ||= everything;
      if (!(error instanceof AppError)) this.deps.log.error('services could not be looked at', { error });
      return false;
    }
  }

  private async compare(project: Project, rows: readonly ContainerStateRow[], everything: boolean): Promise<void> {
    const watched = this.watchedOf(project.id);
    const known = watched.fingerprint;
    const differs = known !== statesFingerprint(rows) || startedAgain(watched.rows, rows);
    if (!everything && !differs) {
      watched.rows = rows;
      return;
    }
    const since = watched.lookedAtMs - ANNOUNCED_EARLIER_MS;
    const changed = await this.look(project);
    const announced = (this.eventAtMs.get(project.name) ?? Number.NEGATIVE_INFINITY) > since;
    if (changed && !everything && known !== null && !announced) this.counts.corrections += 1;
  }

  /** Resolves with whether anything is other than before. */
  private async look(project: Project): Promise<boolean> {
    const watched = this.watchedOf(project.id);
    if (watched.looking) {
      this.mark(project.name);
      return false;
    }
    watched.looking = true;
    const { generation } = this;
    const began = this.deps.clock.monotonic();
    watched.lookedAtMs = began;
    try {
      const seen = await this.service.observe(project);
      if (generation !== this.generation || !this.active || !this.watched.has(project.id)) return false;
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
    this.lastTick = new Date(this.deps.clock.now()).toISOString();
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

  private async forgetOthers(projects: readonly Project[]): Promise<void> {
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
