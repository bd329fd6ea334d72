import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import type { JobDefinition, StorageContainer } from '@shared/domain/storage/definition';
import { jobState } from '@shared/domain/storage/job-state';
import { mountVolumes, STORAGE_LABELS, storageLabels, type StorageOwner } from '@shared/domain/storage/mount-payload';
import { syncFactKeys, syncPayload } from '@shared/domain/storage/sync-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { Scheduler } from '@main/operations/scheduler';
import type { Logger } from '@main/platform/types';
import { engineProjectOf } from './definitions';
import { reachFromInside } from './inside-reach';
import { createStorageContainer, findStorageContainer, payloadHash } from './named-container';
import { trustedOwner, type OwnerDependencies } from './owner';
import type { SyncRecords, SyncRun } from './sync-records';
import type { ImageConsent, JobStatus, S3Server, StepContext, StorageImages, SyncJobs } from './types';

/** What scheduled copies are made and told with. */
export interface SyncJobsDependencies extends OwnerDependencies {
  readonly engine: Engine;
  readonly s3: Pick<S3Server, 'place'>;
  readonly images: StorageImages;
  readonly records: SyncRecords;
  /** Handed in late: it is made after the capabilities whose operations it runs. */
  readonly scheduler: () => Pick<Scheduler, 'list' | 'set' | 'remove'>;
  readonly log: Logger;
}

const GRACE_SECONDS = 10;
const KIND = 'storage.sync';
const S3_THERE = { reachable: true, detail: '' };

/** Containers of copies and the schedules by which they run. */
export function createSyncJobs(deps: SyncJobsDependencies): SyncJobs {
  return {
    async status(projectId, definition, s3 = S3_THERE) {
      if (definition.jobs.length === 0) return [];
      const schedules = (await deps.scheduler().list()).filter((one) => one.kind === KIND && one.enabled && one.input['project'] === projectId);
      const states = (await deps.engine.containerStates().catch(() => [])).filter((row) => row.state === 'running');
      const project = await deps.projects.resolve(projectId);
      return Promise.all(
        definition.jobs.map(async (job): Promise<JobStatus> => {
          const container = definition.containers.find((one) => one.service === job.service);
          const runs = await deps.records.runs(projectId, job.id);
          const row = states.find((one) => one.project === engineProjectOf(project) && one.service === job.service);
          const next = schedules.find((one) => (one.input['job'] ?? job.id) === job.id)?.nextAt ?? null;
          return statusOf(job, { container: row?.name ?? container?.container ?? job.service, isUp: row !== undefined, nextRunAt: next, lastRun: runs[0] ?? null, s3 });
        }),
      );
    },
    async start(context, projectId, definition, consent) {
      const owner = await trustedOwner(deps, projectId);
      for (const container of definition.containers.filter((one) => one.role === 'sync')) {
        const jobs = definition.jobs.filter((one) => one.service === container.service);
        await startContainer(deps, context, owner, container, jobs, consent);
      }
      await context.effect('sync.schedule', { project: projectId }, async () => {
        await schedule(deps, projectId, definition.jobs);
        return null;
      });
    },
    async stop(context, projectId) {
      const owner = await trustedOwner(deps, projectId);
      await context.effect('sync.unschedule', { project: projectId }, async () => {
        await schedule(deps, projectId, []);
        return null;
      });
      for (const service of await syncServices(deps.engine, owner)) {
        await context.effect('sync.stop', { project: projectId, service }, async () => {
          await removeContainer(deps, owner, service);
          return null;
        });
      }
    },
  };
}

interface JobSight {
  readonly container: string;
  readonly isUp: boolean;
  readonly nextRunAt: string | null;
  readonly lastRun: SyncRun | null;
  readonly s3: { readonly reachable: boolean; readonly detail: string };
}

function statusOf({ id, service, source, remote, bucket, prefix, semantics, everySeconds }: JobDefinition, sight: JobSight): JobStatus {
  const { container, isUp, nextRunAt, lastRun } = sight;
  return { id, service, container, source, remote, bucket, prefix, semantics, everySeconds, ...jobState(sight), nextRunAt: isUp ? nextRunAt : null, lastRun };
}

/** One schedule for all jobs that run equally often, so that they begin together; others by themselves. */
async function schedule(deps: SyncJobsDependencies, projectId: string, jobs: readonly JobDefinition[]): Promise<void> {
  const scheduler = deps.scheduler();
  const isEven = new Set(jobs.map((one) => one.everySeconds)).size === 1;
  const wanted = isEven ? jobs.slice(0, 1).map((one) => ({ input: { project: projectId }, everySeconds: one.everySeconds })) : jobs.map((one) => ({ input: { project: projectId, job: one.id }, everySeconds: one.everySeconds }));
  const kept = new Set<string>();
  const known = (await scheduler.list()).filter((one) => one.kind === KIND && one.input['project'] === projectId);
  for (const one of wanted) {
    const same = known.find((other) => other.enabled && other.everySeconds === one.everySeconds && (other.input['job'] ?? null) === ('job' in one.input ? one.input.job : null));
    // Setting it again would put its next time off.
    kept.add(same?.id ?? (await scheduler.set({ kind: KIND, input: one.input, everySeconds: one.everySeconds, enabled: true })).id);
  }
  for (const one of known) if (!kept.has(one.id)) await scheduler.remove(one.id);
}

async function startContainer(deps: SyncJobsDependencies, context: StepContext, owner: StorageOwner & { readonly name: string }, container: StorageContainer, jobs: readonly JobDefinition[], consent: ImageConsent): Promise<void> {
  await refuseForeignVolumes(deps.engine, owner, container);
  const engine = engineFor(deps.engine, owner, container);
  const { reference } = await deps.images.resolve('rclone', consent, (line) => context.log(line), context.signal);
  const payload = syncPayload({ owner, container, jobs, place: await deps.s3.place(owner.projectId, 'sync'), image: reference });
  const found = await findStorageContainer(engine, owner, container.service);
  if (found?.state === 'running' && found.labels[STORAGE_LABELS.hash] === payloadHash(payload)) return;
  await context.effect('sync.start', { project: owner.projectId, service: container.service }, async () => {
    if (found !== null) await removeContainer(deps, owner, container.service);
    for (const { name, key } of mountVolumes(owner, container)) await engine.createVolume(name, { Driver: 'local', Labels: { ...storageLabels(owner), [COMPOSE_LABELS.volume]: key } });
    const id = await createStorageContainer(engine, owner, container, payload, (text) => context.log(text));
    await engine.startContainer(id);
    await refuseUnreached(engine, owner, container.service);
    return null;
  });
}

/** A container that cannot reach S3 copies nothing, however often it is told to. */
async function refuseUnreached(engine: Engine, owner: StorageOwner, service: string): Promise<void> {
  const found = await findStorageContainer(engine, owner, service);
  if (found?.state !== 'running') return;
  const { reachable, detail } = await reachFromInside(engine, found);
  if (!reachable) throw new AppError('service-unreachable', detail, { hint: 'Have S3 listen where containers reach it, or use the local one: berth storage use local' });
}

function engineFor(engine: Engine, owner: StorageOwner, container: StorageContainer | null): Engine {
  return engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: container === null ? [] : syncFactKeys(container) });
}

/** A file of one project does not read the data of another one. */
async function refuseForeignVolumes(engine: Engine, owner: StorageOwner & { readonly name: string }, container: StorageContainer): Promise<void> {
  const volumes = await engine.listVolumes();
  for (const { type, source } of container.sources) {
    const project = type === 'volume' ? volumes.find((one) => one.name === source)?.labels[COMPOSE_LABELS.project] : undefined;
    if (project === undefined || project === owner.name || project === owner.projectName) continue;
    throw new AppError('trust-required', `${container.service} copies the volume ${source}, which belongs to ${project}.`, { hint: 'Copy a volume of this project.', details: { facts: [] } });
  }
}

async function syncServices(engine: Engine, owner: StorageOwner): Promise<readonly string[]> {
  const { containers } = await engine.observe(owner.projectName, []);
  return containers.filter((one) => one.workingDir === owner.dir && one.labels[STORAGE_LABELS.role] === 'sync').map((one) => one.service);
}

async function removeContainer(deps: SyncJobsDependencies, owner: StorageOwner, service: string): Promise<void> {
  const engine = engineFor(deps.engine, owner, null);
  const found = await findStorageContainer(engine, owner, service);
  if (found === null) return;
  if (found.state === 'running') await engine.stopContainer(found.id, GRACE_SECONDS);
  await engine.removeContainer(found.id, { force: false, anonymousVolumes: true });
}
