import type { BerthEvent } from '@shared/contract/events';
import type { Clock } from '@shared/kernel/clock';
import type { Handlers } from '@main/dispatch/types';
import type { Engine } from '@main/docker/types';
import type { Scheduler } from '@main/operations/scheduler';
import type { OperationKind, Operations } from '@main/operations/types';
import type { Logger, Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { S3Server } from '@main/storage/types';
import { addRepositoryOperation } from './add-repository-operation';
import { snapshotHandlers, type SnapshotHandlerDependencies, type SnapshotNames } from './handlers';
import { pruneOperation } from './prune-operation';
import { SnapshotRecords } from './records';
import { LOCAL, OpenRepositories, type RepositoriesDependencies } from './repositories';
import { scheduleRetention, scheduleSnapshots } from './schedules';
import { snapshotsStatus } from './status';
import type { Repositories, SnapshotNotes, SnapshotsStatus } from './types';

/** Everything snapshots are kept and shown with. */
export interface SnapshotsDependencies extends Omit<RepositoriesDependencies, 'records'> {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord' | 'listRecords'>;
  readonly projects: Projects;
  readonly engine: Engine;
  readonly operations: Pick<Operations, 'list'>;
  readonly buckets: Pick<S3Server, 'ensureOwnBucket'>;
  readonly volumeSizes: () => Promise<ReadonlyMap<string, number> | null>;
  /** Handed in late: it is made after the capabilities whose operations it runs. */
  readonly scheduler: () => Pick<Scheduler, 'list' | 'set' | 'remove'>;
  /** Told every secret that is read, so that logs never show one. */
  readonly learned: (secret: string) => void;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly publish: (event: BerthEvent) => void;
  readonly log: Logger;
}

/** Snapshots, for the wiring. */
export interface Snapshots {
  readonly repositories: Repositories;
  readonly notes: SnapshotNotes;
  readonly operations: readonly OperationKind[];
  handlers(others: Pick<SnapshotHandlerDependencies, 'planCreate' | 'planRestore' | 'compare'>): Pick<Handlers, SnapshotNames>;
  /** Removes every snapshot of a copy of a project on this machine, and what is remembered of them; their space is freed with the next prune. */
  discard(projectId: string): Promise<void>;
  /** Closes what was opened, when the process ends. */
  readonly watch: { start(): Promise<void>; stop(): Promise<void> };
}

const ANNOUNCE_MS = 150;

/** Joins repositories, notes and schedules into what can be asked and done. */
export function createSnapshots(deps: SnapshotsDependencies): Snapshots {
  const records = new SnapshotRecords({ store: deps.store, clock: deps.clock, learned: deps.learned, changed: (projectId) => changed(projectId) });
  const repositories = new OpenRepositories({ ...deps, records });
  const status = (reference: string): Promise<SnapshotsStatus> => snapshotsStatus({ ...deps, repositories, records }, reference);
  const announcer = new Announcer(deps, status);
  const changed = (projectId: string): void => announcer.soon(projectId);
  const parts = { ...deps, repositories, records, status, changed };
  return {
    repositories,
    notes: withRetention(deps, records),
    operations: [pruneOperation(parts), addRepositoryOperation({ ...parts, s3: deps.buckets })],
    handlers: (others) => snapshotHandlers({ ...parts, ...others, configured: async (projectId) => scheduleSnapshots(deps.scheduler(), projectId, await records.settings(projectId)) }),
    discard: (projectId) => discard({ repositories, records, scheduler: deps.scheduler }, projectId),
    watch: {
      start: () => Promise.resolve(),
      stop: async () => {
        announcer.close();
        await repositories.close();
      },
    },
  };
}

async function discard({ repositories, records, scheduler }: { readonly repositories: OpenRepositories; readonly records: SnapshotRecords; readonly scheduler: SnapshotsDependencies['scheduler'] }, projectId: string): Promise<void> {
  const { made, replaced } = await records.all();
  // Most copies never had one: nothing is opened for them.
  if (![...made.values()].some((one) => one.projectId === projectId)) return;
  const { repository, found } = await repositories.snapshots(projectId, LOCAL);
  for (const { manifest } of found) {
    await repository.remove(manifest.id);
    await records.forget(LOCAL, manifest.id);
  }
  for (const { volume } of replaced.filter((one) => one.projectId === projectId)) await records.notReplaced(volume);
  for (const { id } of (await scheduler().list()).filter((one) => one.kind.startsWith('snapshots.') && one.input['project'] === projectId)) await scheduler().remove(id);
}

/** The first snapshot of a project is when its old ones begin to be removed. */
function withRetention({ scheduler, log }: Pick<SnapshotsDependencies, 'scheduler' | 'log'>, records: SnapshotRecords): SnapshotNotes {
  return {
    made: async (projectId, ...note) => {
      await records.made(projectId, ...note);
      // The snapshot is made; a schedule that cannot be set is tried with the next one.
      await scheduleRetention(scheduler(), projectId).catch((error: unknown) => log.warn('the schedule that removes old snapshots could not be set', { projectId, error }));
    },
    verified: (...note) => records.verified(...note),
    replaced: (...note) => records.replaced(...note),
    notReplaced: (volume) => records.notReplaced(volume),
    settings: (projectId) => records.settings(projectId),
  };
}

/** Tells the doors how the snapshots of a project are, soon and once for what comes together. */
class Announcer {
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly deps: Pick<SnapshotsDependencies, 'publish' | 'log'>,
    private readonly status: (projectId: string) => Promise<SnapshotsStatus>,
  ) {}

  soon(projectId: string): void {
    if (this.waiting.has(projectId)) return;
    const timer = setTimeout(() => {
      this.waiting.delete(projectId);
      this.status(projectId).then(
        (snapshots) => this.deps.publish({ type: 'snapshots.changed', projectId, snapshots }),
        (error: unknown) => this.deps.log.debug('how snapshots are could not be told', { error, projectId }),
      );
    }, ANNOUNCE_MS);
    timer.unref();
    this.waiting.set(projectId, timer);
  }

  close(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}
