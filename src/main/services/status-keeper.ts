import type { Project } from '@shared/domain/projects/project';
import type { JsonObject } from '@shared/kernel/json';
import type { EventLog } from '@main/operations/event-log-types';
import type { Logger, Store } from '@main/platform/types';
import type { ServiceList } from './types';

type ServiceView = ServiceList['services'][number];

/**
 * The observed state of each service as it is stored: one record per service, changed field by field and only where
 * something changed. What changed goes into the event log, which is the health history.
 */
export class StatusKeeper {
  private readonly stored = new Map<string, JsonObject>();

  constructor(private readonly deps: { readonly store: Pick<Store, 'listRecords' | 'patchRecord' | 'removeRecord'>; readonly events: Pick<EventLog, 'add'>; readonly log: Logger }) {}

  /** What an earlier process saw last: a change since then is a change, and what is the same is no news. */
  async load(): Promise<void> {
    this.stored.clear();
    for (const record of await this.deps.store.listRecords('status')) this.stored.set(record.id, record.data);
  }

  async keep(project: Project, services: ServiceList): Promise<void> {
    const present = new Set(services.services.map((one) => keyOf(project.id, one.name)));
    try {
      for (const one of services.services) await this.keepService(project.id, one);
      for (const [key, data] of [...this.stored]) if (data['projectId'] === project.id && !present.has(key)) await this.drop(key);
    } catch (error) {
      // The next look writes what is still different.
      this.deps.log.warn('the state of services could not be stored', { project: project.id, error });
    }
  }

  /** Projects that are no longer open leave nothing behind. */
  async keepOnly(projectIds: ReadonlySet<string>): Promise<void> {
    for (const [key, data] of [...this.stored]) if (!projectIds.has(String(data['projectId']))) await this.drop(key);
  }

  private async keepService(projectId: string, service: ServiceView): Promise<void> {
    const key = keyOf(projectId, service.name);
    const before = this.stored.get(key);
    const now = fieldsOf(projectId, service);
    const changed = Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(before?.[name]) !== JSON.stringify(value)));
    if (Object.keys(changed).length === 0) return;
    this.stored.set(key, (await this.deps.store.patchRecord('status', key, changed)).data);
    if (before === undefined ? service.state === 'absent' : before['state'] === service.state && before['health'] === service.health && before['exitCode'] === service.exitCode) return;
    this.deps.events.add({
      type: 'service.state',
      severity: service.state === 'failed' || service.health === 'unhealthy' ? 'warning' : 'info',
      projectId,
      service: service.name,
      message: sentence(service),
      data: { state: service.state, health: service.health, exitCode: service.exitCode },
    });
  }

  private async drop(key: string): Promise<void> {
    await this.deps.store.removeRecord('status', key);
    this.stored.delete(key);
  }
}

function keyOf(projectId: string, service: string): string {
  return `${projectId}/${service}`;
}

function fieldsOf(projectId: string, service: ServiceView): JsonObject {
  const { name, state, health, containerIds, startedAt, restarts, exitCode, mode } = service;
  return { projectId, service: name, state, health, containerIds, startedAt, restarts, exitCode, mode };
}

const SAYING: { readonly [state: string]: string } = {
  running: 'runs',
  partial: 'runs in part',
  starting: 'is starting',
  exited: 'is stopped',
  failed: 'failed',
  created: 'was made and not started',
  paused: 'is paused',
  restarting: 'is being started again by the engine',
  absent: 'has no container',
  done: 'is done',
};

function sentence(service: ServiceView): string {
  const code = service.exitCode === null || service.exitCode === 0 ? '' : ` (code ${String(service.exitCode)})`;
  const health = service.state !== 'running' || service.health === 'none' ? '' : service.health === 'starting' ? ', health not known yet' : ` and is ${service.health}`;
  return `${service.name} ${SAYING[service.state] ?? service.state}${code}${health}.`;
}
