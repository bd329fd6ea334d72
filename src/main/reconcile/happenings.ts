import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import type { ContainerHappening } from '@shared/domain/reconcile/intent';
import type { EngineEvent } from '@main/docker/types';
import type { JournalRow } from '@main/platform/types';

const KEPT_PER_PROJECT = 400;
const KNOWN: ReadonlySet<string> = new Set(['start', 'die', 'stop', 'destroy', 'oom', 'pause', 'unpause', 'create', 'update']);
/** The steps of an operation by which these things happen to a container. */
const STEPS: { readonly [action: string]: readonly string[] } = {
  die: ['container.stop', 'container.kill', 'container.restart', 'container.remove'],
  stop: ['container.stop', 'container.restart', 'container.remove'],
  destroy: ['container.remove'],
};

interface Noted extends Omit<ContainerHappening, 'own'> {
  /** Null: not asked yet. */
  own: boolean | null;
  /** Operations of the project that were open then. */
  readonly during: readonly string[];
}

/** What the engine said of each project's containers lately: by this, intent is told from a crash. Bounded. */
export class Happenings {
  private readonly byProject = new Map<string, Noted[]>();

  constructor(private readonly journal: (operationId: string) => Promise<readonly JournalRow[]>) {}

  /** Resolves to the compose project's name when the event is worth a look. `openOf`: the operations that work on that project. */
  note(event: EngineEvent, openOf: (projectName: string) => readonly string[], nowMs: number): string | null {
    const project = event.attributes['com.docker.compose.project'];
    if (event.type !== 'container' || project === undefined) return null;
    if ((event.attributes['com.docker.compose.oneoff'] ?? '').toLowerCase() === 'true') return null;
    if (KNOWN.has(event.action)) {
      const list = this.byProject.get(project) ?? [];
      const exitCode = Number.parseInt(event.attributes['exitCode'] ?? '', 10);
      const during = STEPS[event.action] === undefined ? [] : openOf(project);
      list.push({
        containerId: event.id,
        service: event.attributes['com.docker.compose.service'] ?? '',
        action: event.action,
        atMs: event.timeNano > 0 ? event.timeNano / 1e6 : nowMs,
        exitCode: Number.isNaN(exitCode) ? null : exitCode,
        own: during.length === 0 ? false : null,
        during,
      });
      if (list.length > KEPT_PER_PROJECT) list.splice(0, list.length - KEPT_PER_PROJECT);
      this.byProject.set(project, list);
    }
    return KNOWN.has(event.action) || event.action.startsWith('health_status') || event.action === 'rename' ? project : null;
  }

  /** That an operation was open says little: somebody may do something meanwhile. Its journal has each step before it was done, so that tells. */
  async of(projectName: string): Promise<readonly ContainerHappening[]> {
    const list = this.byProject.get(projectName) ?? [];
    const asked = new Map<string, ReadonlySet<string>>();
    for (const one of list.filter((noted) => noted.own === null)) {
      for (const id of one.during) if (!asked.has(id)) asked.set(id, stepsIn(await this.journal(id)));
      one.own = one.during.some((id) => (STEPS[one.action] ?? []).some((step) => asked.get(id)?.has(`${step} ${one.containerId}`) === true));
    }
    return list.map(({ containerId, service, action, atMs, exitCode, own }) => ({ containerId, service, action, atMs, exitCode, own: own === true }));
  }
}

function stepsIn(rows: readonly JournalRow[]): ReadonlySet<string> {
  return new Set(rows.filter((row) => row.phase.endsWith('intent')).map((row) => `${row.name} ${textOf(fieldOf(row.data, 'id'))}`));
}
