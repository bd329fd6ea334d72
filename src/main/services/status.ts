import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import type { Project } from '@shared/domain/projects/project';
import type { SequencedEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { EngineEvent, EngineState } from '@main/docker/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Store } from '@main/platform/types';
import type { ComponentState, RuntimeComponent } from '@main/runtime/types';
import type { ServicesService } from './service';
import { ProjectLooks } from './status-looks';
import type { Observation, Observations, ServicesDependencies } from './types';

const LOOK_AFTER_MS = 100;
const RETRY_AFTER_MS = 1_000;
/** Actions of a container that change nothing of what is shown. */
const NO_CHANGE = /^(?:exec_|rename$|update$|kill$|commit$|resize$)/;

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
  readonly timed: TimedWork;
}

/**
 * Keeps the stored and the shown state of services equal to the engine's. An event marks its project to be looked at;
 * since events can be lost, a pass every few seconds compares one list of all containers with what was seen last and
 * looks at the projects that differ. It only observes: nothing here changes the world.
 */
export class StatusReconciler implements RuntimeComponent, Observations, Disposable {
  readonly name = 'status-reconciler';
  private readonly looks: ProjectLooks;
  private readonly marked = new Set<string>();
  private readonly counts = { events: 0, passes: 0, corrections: 0 };
  private held: Disposable[] = [];
  private markTimer: NodeJS.Timeout | null = null;
  private passTimer: NodeJS.Timeout | null = null;
  private passing: Promise<void> | null = null;
  private everythingIsDue = false;
  private lastPass: string | null = null;
  private current: 'stopped' | 'starting' | 'started' = 'stopped';
  private paused = false;
  /** Rises with every loss and return of the engine: what was seen before is not said after. */
  private generation = 0;

  constructor(
    private readonly deps: StatusDependencies,
    service: ServicesService,
  ) {
    this.looks = new ProjectLooks(deps, service, { generation: () => (this.active ? this.generation : null), again: (name) => this.mark(name) });
  }

  /** Reads what was stored and starts watching. Does not wait for the engine. */
  async start(): Promise<void> {
    if (this.current !== 'stopped') return;
    this.current = 'starting';
    await this.looks.load().catch((error: unknown) => this.deps.log.warn('the stored state of services could not be read', { error }));
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
    return this.lastPass !== null && this.lastPass > (this.looks.lastAt ?? '') ? this.lastPass : this.looks.lastAt;
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
    return this.looks.last();
  }

  onObserved(listener: (observation: Observation) => void): Disposable {
    return this.looks.onObserved(listener);
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
    this.looks.noteEvent(name);
    this.mark(name);
  }

  private noteNews(batch: readonly SequencedEvent[]): void {
    for (const { event } of batch) {
      if (event.type === 'projects.changed' && event.projects.some((one) => !this.looks.knows(one.id))) for (const one of event.projects) this.mark(one.name);
      if (event.type !== 'files.changed') continue;
      const name = this.looks.last().get(event.projectId)?.project.name;
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
      for (const project of await this.deps.projects.list()) {
        if (!names.has(project.name)) continue;
        if (this.looks.isTooSoon(project.id)) this.mark(project.name);
        else void this.looks.look(project);
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
    const everything = this.everythingIsDue;
    this.everythingIsDue = false;
    try {
      return await this.deps.timed(() => this.compareAll(everything));
    } catch (error) {
      this.everythingIsDue ||= everything;
      if (!(error instanceof AppError)) this.deps.log.error('services could not be looked at', { error });
      return false;
    }
  }

  /** False when the engine went or came meanwhile: what was read is not said. */
  private async compareAll(everything: boolean): Promise<boolean> {
    const { generation } = this;
    const [projects, rows] = await Promise.all([this.deps.projects.list(), this.deps.engine.containerStates()]);
    if (generation !== this.generation) return false;
    await this.looks.forgetOthers(projects);
    const corrected = await Promise.all(projects.map((project) => this.looks.compare(project, rows.filter((row) => row.project === project.name), everything)));
    this.counts.corrections += corrected.filter((one) => one).length;
    this.counts.passes += 1;
    this.lastPass = new Date(this.deps.clock.now()).toISOString();
    return true;
  }
}
