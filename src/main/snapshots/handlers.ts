import { severalNamed, snapshotsNamed } from '@shared/domain/snapshots/snapshot-name';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import { DEFAULT_SETTINGS, type SnapshotRecords } from './records';
import type { OpenRepositories } from './repositories';
import { shownSnapshot } from './status';
import type { Snapshot, SnapshotsStatus } from './types';

/** Names of the questions and commands about snapshots. */
export type SnapshotNames =
  | 'snapshots.list'
  | 'snapshots.show'
  | 'snapshots.plan-create'
  | 'snapshots.plan-restore'
  | 'snapshots.compare'
  | 'snapshots.pin'
  | 'snapshots.delete'
  | 'snapshots.undelete'
  | 'snapshots.configure'
  | 'snapshots.consistency';

/** What the questions are answered with. */
export interface SnapshotHandlerDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: OpenRepositories;
  readonly records: SnapshotRecords;
  readonly clock: Pick<Clock, 'now'>;
  readonly status: (reference: string) => Promise<SnapshotsStatus>;
  readonly changed: (projectId: string) => void;
  /** Another time or another content: the schedule follows. */
  readonly configured: (projectId: string) => Promise<void>;
  readonly planCreate: Handlers['snapshots.plan-create'];
  readonly planRestore: Handlers['snapshots.plan-restore'];
  readonly compare: Handlers['snapshots.compare'];
}

/** How long a deleted snapshot can be brought back. */
const UNDO_MS = 24 * 3_600_000;
/** More often than that only keeps the machine busy. */
const SHORTEST_MINUTES = 5;

/** Binds the questions and commands about snapshots. */
export function snapshotHandlers(deps: SnapshotHandlerDependencies): Pick<Handlers, SnapshotNames> {
  return {
    'snapshots.list': ({ project }) => deps.status(project),
    'snapshots.show': async ({ project, id }) => shown(deps, (await deps.projects.resolve(project)).id, id),
    'snapshots.plan-create': deps.planCreate,
    'snapshots.plan-restore': deps.planRestore,
    'snapshots.compare': deps.compare,
    'snapshots.pin': async ({ project, id, pinned }) => {
      const { id: projectId } = await deps.projects.resolve(project);
      const { repository, manifest } = await deps.repositories.find(projectId, id);
      await repository.pin(manifest.id, pinned);
      deps.changed(projectId);
      return shown(deps, projectId, manifest.id);
    },
    'snapshots.delete': async ({ project, id }) => {
      const { id: projectId } = await deps.projects.resolve(project);
      const { name, manifest } = await deps.repositories.find(projectId, id);
      // The manifest stays until then: its chunks are not in anybody's way, and nothing has to be put together again.
      await deps.records.deleted({ id: manifest.id, projectId, repository: name, tag: manifest.tag, createdAt: manifest.createdAt, until: new Date(deps.clock.now() + UNDO_MS).toISOString() });
      return deps.status(projectId);
    },
    'snapshots.undelete': async ({ project, id }) => {
      const { id: projectId } = await deps.projects.resolve(project);
      const gone = [...(await deps.records.all()).deleted.values()].filter((one) => one.projectId === projectId && Date.parse(one.until) > deps.clock.now());
      const [deleted, ...more] = snapshotsNamed(id, gone);
      if (more.length > 0) throw new AppError('input-invalid', severalNamed(id, [...(deleted === undefined ? [] : [deleted]), ...more]), { hint: 'Name the one you mean by its id.' });
      if (deleted === undefined) throw new AppError('not-found', `${id} is not among the deleted snapshots of this project that can be brought back.`, { hint: 'A deleted snapshot can be brought back for a day.' });
      await deps.records.notDeleted(deleted);
      return deps.status(projectId);
    },
    'snapshots.configure': (input) => configure(deps, input),
    'snapshots.consistency': async ({ project, volume, choice }) => {
      const { id: projectId } = await deps.projects.resolve(project);
      const { consistency, ...others } = await deps.records.settings(projectId);
      const kept = Object.fromEntries(Object.entries(consistency).filter(([name]) => name !== volume));
      await deps.records.configure(projectId, { ...others, consistency: choice === 'auto' ? kept : { ...kept, [volume]: choice } });
      return deps.status(projectId);
    },
  };
}

async function shown({ repositories, records }: SnapshotHandlerDependencies, projectId: string, ref: string): Promise<Snapshot> {
  const found = await repositories.find(projectId, ref);
  return shownSnapshot(found, (await records.all()).made.get(`${found.name}:${found.manifest.id}`));
}

async function configure(deps: SnapshotHandlerDependencies, { project, ...change }: Parameters<Handlers['snapshots.configure']>[0]): Promise<SnapshotsStatus> {
  const { id: projectId } = await deps.projects.resolve(project);
  const { everyMinutes, volumes, repository, ...retention } = change;
  if (Object.values(change).every((value) => value === undefined)) throw new AppError('input-invalid', 'Nothing to change was given.', { hint: 'For example --every-minutes 60, --volumes true or --keep-daily 14.' });
  if (everyMinutes !== undefined && everyMinutes > 0 && everyMinutes < SHORTEST_MINUTES) throw new AppError('input-invalid', `Snapshots are made every ${String(SHORTEST_MINUTES)} minutes at most.`, { hint: '0 switches the schedule off.' });
  if (repository !== undefined && !(await deps.repositories.known(projectId)).some((one) => one.name === repository)) throw new AppError('not-found', `There is no snapshot repository "${repository}".`, { hint: 'berth snapshots add-repository adds a bucket.' });
  const before = await deps.records.settings(projectId);
  await deps.records.configure(projectId, {
    ...before,
    ...(everyMinutes === undefined ? {} : { everyMinutes: everyMinutes === 0 ? null : everyMinutes }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(repository === undefined ? {} : { repository }),
    retention: { ...DEFAULT_SETTINGS.retention, ...before.retention, ...Object.fromEntries(Object.entries(retention).filter(([, value]) => value !== undefined)) },
  });
  await deps.configured(projectId);
  return deps.status(projectId);
}
