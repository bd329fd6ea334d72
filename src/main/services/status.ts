import type { Disposable } from '@shared/kernel/disposable';
import { toDisposable } from '@shared/kernel/disposable';
import { AppError } from '@shared/kernel/app-error';
import type { Project } from '@shared/domain/projects/project';
import type { EngineEvent } from '@main/docker/types';
import type { ServicesService } from './service';
import type { ServiceList, ServicesDependencies } from './types';

const DEBOUNCE_MS = 150;
const FULL_PASS_MS = 10_000;

interface Watched {
  timer: NodeJS.Timeout | null;
  looking: boolean;
  again: boolean;
  last: string;
  mode: string | null | undefined;
}

/**
 * Keeps what the doors show of services fresh: an engine event marks its project to be looked at again, and as long as
 * anybody follows, all projects are looked at every ten seconds, since events can be lost. Only changes are published.
 */
export class ServicesStatus implements Disposable {
  private readonly watched = new Map<string, Watched>();
  private followers = 0;
  private interval: NodeJS.Timeout | null = null;
  private subscription: Disposable | null = null;
  private disposed = false;

  constructor(
    private readonly deps: Pick<ServicesDependencies, 'engine' | 'projects' | 'publish' | 'log'>,
    private readonly service: ServicesService,
    /** Told when the mode that runs is another than before. */
    private readonly onModeChanged: (project: Project) => void = () => undefined,
  ) {}

  /** Starts watching, until the last one who follows lets go. */
  follow(): Disposable {
    this.followers += 1;
    if (this.followers === 1) this.begin();
    return toDisposable(() => {
      this.followers -= 1;
      if (this.followers === 0) this.end();
    });
  }

  /** Looks at every project now; for after recovery or a change of the list of projects. */
  async refresh(): Promise<void> {
    const projects = await this.deps.projects.list();
    const known = new Set(projects.map((one) => one.id));
    for (const id of [...this.watched.keys()]) if (!known.has(id)) this.watched.delete(id);
    await Promise.all(projects.map((one) => this.look(one)));
  }

  dispose(): void {
    this.disposed = true;
    this.end();
  }

  private begin(): void {
    this.subscription = this.deps.engine.onEvent((event) => this.note(event));
    this.interval = setInterval(() => this.refreshQuietly(), FULL_PASS_MS);
    this.interval.unref();
    this.refreshQuietly();
  }

  private end(): void {
    this.subscription?.dispose();
    this.subscription = null;
    if (this.interval !== null) clearInterval(this.interval);
    this.interval = null;
    for (const one of this.watched.values()) if (one.timer !== null) clearTimeout(one.timer);
    this.watched.clear();
  }

  private note(event: EngineEvent): void {
    if (event.type === 'gap') return this.refreshQuietly();
    const name = event.attributes['com.docker.compose.project'];
    if (event.type !== 'container' || name === undefined || event.action.startsWith('exec_')) return;
    void this.deps.projects.list().then(
      (projects) => projects.filter((one) => one.name === name).forEach((one) => this.lookSoon(one)),
      (error: unknown) => this.deps.log.warn('projects could not be listed', { error }),
    );
  }

  private lookSoon(project: Project): void {
    const state = this.stateOf(project.id);
    state.timer ??= setTimeout(() => {
      state.timer = null;
      void this.look(project);
    }, DEBOUNCE_MS);
  }

  private async look(project: Project): Promise<void> {
    const state = this.stateOf(project.id);
    if (state.looking) {
      state.again = true;
      return;
    }
    state.looking = true;
    try {
      do {
        state.again = false;
        this.publish(project, state, await this.service.list(project.id));
      } while (state.again && !this.disposed);
    } catch (error) {
      // An engine that is away and files that are broken are said elsewhere; the next event or pass looks again.
      if (!(error instanceof AppError)) this.deps.log.error('services could not be looked at', { project: project.id, error });
    } finally {
      state.looking = false;
    }
  }

  private publish(project: Project, state: Watched, services: ServiceList): void {
    if (this.disposed) return;
    const text = JSON.stringify(services);
    if (text === state.last) return;
    state.last = text;
    this.deps.publish({ type: 'services.changed', projectId: project.id, services });
    if (state.mode !== undefined && state.mode !== services.mode) this.onModeChanged(project);
    state.mode = services.mode;
  }

  private stateOf(id: string): Watched {
    let state = this.watched.get(id);
    if (state === undefined) {
      state = { timer: null, looking: false, again: false, last: '', mode: undefined };
      this.watched.set(id, state);
    }
    return state;
  }

  private refreshQuietly(): void {
    this.refresh().catch((error: unknown) => this.deps.log.warn('projects could not be looked at', { error }));
  }
}
