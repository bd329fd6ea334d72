import type { StorageDefinition } from '@shared/domain/storage/definition';
import { readDiskFree } from '@shared/domain/storage/disk-free';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import { cpuShare, type ContainerStats } from '@shared/domain/engine/container-stats';
import { inParallel } from '@shared/kernel/in-parallel';
import { LatestLook } from '@shared/kernel/latest-look';
import type { Engine } from '@main/docker/types';
import type { Projects } from '@main/projects/types';
import { dataSources } from './data-folders';
import { engineProjectOf } from './definitions';
import { runInside } from './mount-rc';
import { mountsWithoutBerth, runsAlreadyWords } from './runs-without-berth';
import type { JobStatus, Mounts, MountStatus, S3Server, StorageDefinitions, StorageStatus, SyncJobs } from './types';

/** What telling how storage is needs. */
export interface StorageStatusDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly engine: Engine;
  readonly definitions: StorageDefinitions;
  readonly s3: Pick<S3Server, 'status'>;
  readonly mounts: Pick<Mounts, 'status' | 'fuse'>;
  readonly jobs: Pick<SyncJobs, 'status'>;
  readonly stateDir: string;
}

type Folder = StorageStatus['folders'][number];

const DISK_SECONDS = 3;
const AT_ONCE = 6;

/** Samples of processor time: a share is between two of them. */
type Samples = Map<string, ContainerStats>;

/** Tells how the storage of a project is now. */
export function createStorageStatus(deps: StorageStatusDependencies): (reference: string) => Promise<StorageStatus> {
  const samples: Samples = new Map();
  const looks = new LatestLook<StorageStatus>();
  // Who asks while somebody else is being answered shares the look after that one: it begins later than every question it answers.
  return (reference) => looks.of(reference, () => statusNow(deps, samples, reference));
}

/** Everything is looked at at once. */
async function statusNow(deps: StorageStatusDependencies, samples: Samples, reference: string): Promise<StorageStatus> {
  const project = await deps.projects.resolve(reference);
  const definition = await deps.definitions.load(project.id);
  const s3Now = deps.s3.status(project.id);
  const [s3, seenMounts, jobs, fuse, containers, elsewhere] = await Promise.all([
    s3Now,
    deps.mounts.status(project.id, definition),
    s3Now.then(({ health, detail }) => deps.jobs.status(project.id, definition, { reachable: health === 'healthy', detail })),
    deps.mounts.fuse(),
    // Without a storage file there are none that anything is told of.
    definition.file === null ? [] : runningContainers(deps, engineProjectOf(project), project.id),
    mountsWithoutBerth(deps.engine, project, definition),
  ]);
  const mounts = seenMounts.map((one) => (one.state === 'healthy' || !elsewhere.has(one.service) ? one : { ...one, detail: runsAlreadyWords(elsewhere.get(one.service) ?? '', definition.file ?? '') }));
  const [folders, measured] = await Promise.all([foldersOf(deps.engine, engineProjectOf(project), definition, { mounts, jobs, containers }), measure(deps.engine, samples, containers)]);
  return { s3, mounts: [...mounts], jobs: [...jobs], folders: [...folders], added: addedBy(definition), measured, fuse, file: definition.file };
}

/** Requests of the containers a definition has. */
export function addedBy(definition: StorageDefinition): StorageStatus['added'] {
  return definition.containers.reduce(
    (sum, { resources }) => ({
      memoryBytes: sum.memoryBytes + (resources.requestMemoryBytes ?? resources.limitMemoryBytes ?? 0),
      cpuMillis: sum.cpuMillis + (resources.requestCpuMillis ?? resources.limitCpuMillis ?? 0),
      containers: sum.containers + 1,
    }),
    { memoryBytes: 0, cpuMillis: 0, containers: 0 },
  );
}

interface Running {
  readonly id: string;
  readonly service: string;
}

async function runningContainers(deps: StorageStatusDependencies, engineProject: string, projectId: string): Promise<readonly Running[]> {
  const observed = await deps.engine.observe(engineProject, []).catch(() => null);
  return (observed?.containers ?? []).filter((one) => one.state === 'running' && one.labels[STORAGE_LABELS.projectId] === projectId && one.labels[STORAGE_LABELS.role] !== 'one-shot').map(({ id, service }) => ({ id, service }));
}

interface Seen {
  readonly mounts: readonly MountStatus[];
  readonly jobs: readonly JobStatus[];
  readonly containers: readonly Running[];
}

async function foldersOf(engine: Engine, engineProject: string, definition: StorageDefinition, seen: Seen): Promise<readonly Folder[]> {
  const door: EngineDoor = (dir) => engine.as({ projectDir: dir, projectName: engineProject, trustedFactKeys: [] });
  const data = dataSources(definition).map(async (source): Promise<Folder> => {
    const service = definition.containers.find((one) => one.sources.some((other) => other.target === source.target))?.service ?? '';
    const container = seen.containers.find((one) => one.service === service);
    const disk = container === undefined ? null : await diskOf(door, engine, container.id, source.target);
    const lastSyncAt = seen.jobs.flatMap((one) => (one.lastRun?.state === 'succeeded' ? [one.lastRun.finishedAt ?? ''] : [])).sort().at(-1) ?? null;
    const isUp = disk !== null;
    return { path: source.target, state: isUp ? 'ok' : 'down', mounted: container !== undefined, readable: isUp, writable: isUp, freeBytes: disk?.freeBytes ?? null, usedBytes: disk?.usedBytes ?? null, latencyMs: disk?.latencyMs ?? null, lastSyncAt, detail: isUp ? '' : `${service} does not run, so nothing looks at the folder; \`berth storage start\` starts it.` };
  });
  const mounted = seen.mounts.map(async (mount): Promise<Folder> => {
    const container = seen.containers.find((one) => one.service === mount.service);
    const disk = mount.state !== 'healthy' || container === undefined ? null : await diskOf(door, engine, container.id, mount.mountPoint);
    const isUp = mount.state === 'healthy';
    return { path: mount.mountPoint, state: isUp ? 'ok' : 'down', mounted: isUp, readable: isUp, writable: isUp && !mount.readOnly, freeBytes: disk?.freeBytes ?? null, usedBytes: disk?.usedBytes ?? null, latencyMs: mount.latencyMs, lastSyncAt: mount.lastRefreshedAt, detail: mount.detail };
  });
  return Promise.all([...data, ...mounted]);
}

type EngineDoor = (dir: string) => Engine;

/** `df` from inside: what a service would be told. Null when it does not answer. */
async function diskOf(door: EngineDoor, engine: Engine, id: string, path: string): Promise<{ readonly usedBytes: number; readonly freeBytes: number; readonly latencyMs: number } | null> {
  try {
    const { workingDir } = await engine.inspectContainer(id);
    const began = performance.now();
    const { exitCode, stdout } = await runInside(door(workingDir), id, ['df', '-Pk', path], DISK_SECONDS);
    const disk = exitCode === 0 ? readDiskFree(stdout) : null;
    return disk === null ? null : { ...disk, latencyMs: Math.round((performance.now() - began) * 10) / 10 };
  } catch {
    return null;
  }
}

/** What ran before the last look has no share yet: it counts as none. */
async function measure(engine: Engine, samples: Samples, containers: readonly Running[]): Promise<StorageStatus['measured']> {
  if (containers.length === 0) return null;
  const known = (await inParallel(containers, AT_ONCE, async ({ id }) => ({ id, stats: await engine.stats(id).catch(() => null) }))).flatMap(({ id, stats }) => (stats === null ? [] : [{ id, stats }]));
  if (known.length === 0) return null;
  const shares = known.map(({ id, stats }) => {
    const before = samples.get(id);
    samples.set(id, stats);
    return before === undefined ? 0 : (cpuShare(before, stats) ?? 0);
  });
  return { memoryBytes: known.reduce((sum, { stats }) => sum + stats.memoryBytes, 0), cpuMillis: Math.round(shares.reduce((sum, one) => sum + one, 0) * 1000) };
}
