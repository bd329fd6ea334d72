import type { BerthEvent } from '@shared/contract/events';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { Finding } from '@shared/domain/findings/finding';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { EventStream } from '@main/operations';
import type { Logger } from '@main/platform/types';
import type { LoadedMode, Projects } from '@main/projects/types';
import type { Checks } from './types';

/** Long enough for what comes together (a save and the events it causes), short enough to feel immediate. */
const SETTLE_MS = 400;

/** What following needs from outside. */
export interface FollowDependencies {
  readonly checks: Checks;
  readonly projects: Pick<Projects, 'list' | 'loadMode'>;
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode that runs, else the first. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly events: Pick<EventStream, 'subscribe' | 'publish'>;
  readonly timed: TimedWork;
  /** What other parts of Berth have to say of a mode. */
  readonly others?: ((loaded: LoadedMode) => Promise<readonly Finding[]>) | undefined;
  readonly log: Logger;
}

/** Runs the checks of a project again when its files, its containers or its mounts changed, and tells when the answer did. */
export function followChecks(deps: FollowDependencies): Disposable {
  const followed = new Map<string, FollowedProject>();
  let disposed = false;

  const touch = (projectId: string): void => {
    if (disposed) return;
    const project = followed.get(projectId) ?? new FollowedProject(projectId, deps);
    followed.set(projectId, project);
    project.touch();
  };
  const subscription = deps.events.subscribe((batch) => {
    for (const { event } of batch) {
      const id = changedProject(event);
      if (id !== undefined) touch(id);
      if (event.type === 'projects.changed') {
        for (const project of event.projects) if (!followed.has(project.id)) touch(project.id);
        for (const [known, project] of followed) {
          if (event.projects.some((one) => one.id === known)) continue;
          followed.delete(known);
          project.dispose();
        }
      }
    }
  });
  void deps.projects.list().then(
    (projects) => projects.forEach((project) => touch(project.id)),
    (error: unknown) => deps.log.warn('the projects to check could not be listed', { error }),
  );
  return toDisposable(() => {
    disposed = true;
    subscription.dispose();
    for (const project of followed.values()) project.dispose();
  });
}

function changedProject(event: BerthEvent): string | undefined {
  return event.type === 'files.changed' || event.type === 'services.changed' || event.type === 'mounts.changed' || event.type === 'storage.changed' ? event.projectId : undefined;
}

/** What has to be different for the answer to be another one. */
function fingerprintOf(mode: string, findings: readonly Finding[]): string {
  return JSON.stringify([mode, findings.map(({ id, severity, where, message }) => [id, severity, where, message])]);
}

class FollowedProject implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private again = false;
  private last = '';

  constructor(
    private readonly id: string,
    private readonly deps: FollowDependencies,
  ) {}

  touch(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), SETTLE_MS);
    this.timer.unref();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.again = false;
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      await this.deps.timed(() => this.check());
    } catch (error) {
      // A file that cannot be read just now says so where it is loaded for somebody.
      this.deps.log.debug('the checks were not made', { project: this.id, error });
    } finally {
      this.running = false;
    }
    if (!this.again) return;
    this.again = false;
    this.touch();
  }

  private async check(): Promise<void> {
    const mode = await this.deps.defaultMode(this.id);
    const loaded = await this.deps.projects.loadMode(this.id, mode);
    const findings = [...(await this.deps.checks.run(loaded, await this.deps.observe(loaded))), ...((await this.deps.others?.(loaded)) ?? [])];
    const now = fingerprintOf(mode, findings);
    if (now === this.last) return;
    this.last = now;
    const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
    this.deps.events.publish({ type: 'checks.changed', projectId: this.id, mode, errors: count('error'), warnings: count('warning') });
  }
}
