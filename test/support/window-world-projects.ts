import type { JsonObject } from '@shared/kernel/json';
import { AppError } from '@shared/kernel/app-error';

/** Other projects beside the one of the world: one that is well, one that is not, and one that does not run. */
export interface OtherProjects {
  open(): readonly JsonObject[];
  closed(): readonly JsonObject[];
  has(id: string): boolean;
  /** Null for what is not among them. */
  services(id: string): JsonObject | null;
  close(project: JsonObject): void;
  reopen(id: string): JsonObject;
  forget(id: string): void;
}

const OTHERS = [
  { id: 'p_blog000000001', name: 'blog', health: 'healthy', summary: '2 services run in dev, all healthy' },
  { id: 'p_ledger0000002', name: 'ledger', health: 'degraded', summary: '1 of 2 services runs in dev: web is unhealthy' },
  { id: 'p_archive000003', name: 'archive', health: 'stopped', summary: 'Nothing runs' },
] as const;

export function otherProjects(some: boolean): OtherProjects {
  const mode = (name: string): JsonObject => ({ name, files: ['compose.yaml'], envFiles: [], profiles: [] });
  let open: readonly JsonObject[] = some ? OTHERS.map(({ id, name, health }) => ({ id, name, dir: `/home/ada/projects/${name}`, modes: [mode('dev'), mode('prod')], activeMode: health === 'stopped' ? null : 'dev', trusted: true, trustQuestions: [] })) : [];
  let closed: readonly (JsonObject & { readonly project: JsonObject })[] = [];
  return {
    open: () => open,
    closed: () => closed.map(({ project: _project, ...one }) => one),
    has: (id) => OTHERS.some((one) => one.id === id),
    services(id) {
      const found = OTHERS.find((one) => one.id === id);
      if (found === undefined) return null;
      const service = (name: string): JsonObject => {
        const unwell = found.health === 'degraded' && name === 'web';
        const up = found.health !== 'stopped';
        return { name, state: up ? 'running' : 'exited', health: !up ? 'none' : unwell ? 'unhealthy' : 'healthy', containerIds: ['a'.repeat(64)], image: `${found.name}-${name}:latest`, ports: [], mounts: [], startedAt: up ? new Date(Date.now() - 3_600_000).toISOString() : null, restarts: 0, exitCode: up ? null : 0, mode: 'dev', orphan: false };
      };
      return { mode: found.health === 'stopped' ? null : 'dev', health: found.health, summary: found.summary, services: [service('db'), service('web')] };
    },
    close(project) {
      open = open.filter((one) => one['id'] !== project['id']);
      closed = [{ id: project['id'] ?? '', name: project['name'] ?? '', dir: project['dir'] ?? '', closedAt: new Date(Date.now() - 90_000).toISOString(), readable: true, project }, ...closed];
    },
    reopen(id) {
      const found = closed.find((one) => one['id'] === id);
      if (found === undefined) throw new AppError('project-not-found', 'There is no such project.');
      closed = closed.filter((one) => one !== found);
      open = [...open, found.project];
      return found.project;
    },
    forget(id) {
      open = open.filter((one) => one['id'] !== id);
      closed = closed.filter((one) => one['id'] !== id);
    },
  };
}
