import type { ContainerHappening } from '@shared/domain/reconcile/intent';
import type { EngineEvent } from '@main/docker/types';

const KEPT_PER_PROJECT = 400;
const KNOWN: ReadonlySet<string> = new Set(['start', 'die', 'stop', 'destroy', 'oom', 'pause', 'unpause', 'create', 'update']);

/** What the engine said of each project's containers lately: by this, intent is told from a crash. Bounded. */
export class Happenings {
  private readonly byProject = new Map<string, ContainerHappening[]>();

  /** Resolves to the compose project's name when the event is worth a look. */
  note(event: EngineEvent, isOwn: (projectName: string) => boolean, nowMs: number): string | null {
    const project = event.attributes['com.docker.compose.project'];
    if (event.type !== 'container' || project === undefined) return null;
    if ((event.attributes['com.docker.compose.oneoff'] ?? '').toLowerCase() === 'true') return null;
    if (KNOWN.has(event.action)) {
      const list = this.byProject.get(project) ?? [];
      const exitCode = Number.parseInt(event.attributes['exitCode'] ?? '', 10);
      list.push({
        containerId: event.id,
        service: event.attributes['com.docker.compose.service'] ?? '',
        action: event.action,
        atMs: event.timeNano > 0 ? event.timeNano / 1e6 : nowMs,
        exitCode: Number.isNaN(exitCode) ? null : exitCode,
        own: isOwn(project),
      });
      if (list.length > KEPT_PER_PROJECT) list.splice(0, list.length - KEPT_PER_PROJECT);
      this.byProject.set(project, list);
    }
    return KNOWN.has(event.action) || event.action.startsWith('health_status') || event.action === 'rename' ? project : null;
  }

  of(projectName: string): readonly ContainerHappening[] {
    return this.byProject.get(projectName) ?? [];
  }
}
