import { sourceRead } from '@shared/domain/workspaces/choices';
import { savingsPercent } from '@shared/domain/workspaces/words';
import type { Projects } from '@main/projects/types';
import type { Mounts, S3Server } from '@main/storage/types';
import { isFolder } from '@main/platform/files';
import type { Amounts } from './amounts';
import type { ChoiceRecords, MigrationStep, ProjectChoices } from './choices';
import { workspacesPlace, type PlaceDependencies, type WorkspacesPlace } from './place';
import type { Remembered, SyncMemory } from './sync-memory';
import type { Gateway, Runners, WorkspaceRunner, VolumeSight, WorkspacesStatus, WorkspaceStatus } from './types';
import { workspaceNames } from './workspace-folders';

/** What the whole picture is put together from. */
export interface StatusDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly s3: Pick<S3Server, 'place' | 'status'>;
  readonly mounts: Pick<Mounts, 'status' | 'fuse'>;
  readonly volume: (projectId: string) => VolumeSight | null;
  readonly memory: SyncMemory;
  readonly choices: ChoiceRecords;
  readonly amounts: Amounts;
  readonly runners: Pick<Runners, 'status'>;
  readonly gateway: (projectId: string) => Pick<Gateway, 'url'> | null;
  /** What is known of files that changed and were not sent yet. */
  readonly live: (projectId: string) => LiveSync;
}

/** What goes on right now, told by a watch. */
export interface LiveSync {
  readonly syncing: boolean;
  readonly failed: string | null;
}

const STEPS: readonly MigrationStep[] = ['s3', 'sync', 'mount', 'monitor'];

/** All workspaces of a project in their three places. `counts` false leaves out what takes a walk over the disk. */
export async function workspacesStatus(deps: StatusDependencies, reference: string, root: string | undefined): Promise<WorkspacesStatus> {
  const project = await deps.projects.resolve(reference);
  const place = await workspacesPlace(deps, project, root);
  const [exists, names, remembered, choices, s3, mounts, runners, fuse] = await Promise.all([
    isFolder(place.root),
    workspaceNames(place.root),
    deps.memory.of(project.id),
    deps.choices.of(project.id),
    deps.s3.status(project.id),
    deps.mounts.status(project.id, place.definition),
    deps.runners.status(project.id),
    deps.mounts.fuse(),
  ]);
  const mount = mounts.find((one) => one.id === place.mount?.id) ?? null;
  const hasStore = s3.health === 'healthy';
  const bucket = hasStore ? await deps.amounts.bucket(project.id) : null;
  const live = deps.live(project.id);
  // Who is sending is asked nothing beside it.
  const pending = hasStore && project.trusted && remembered.hasSynced && !live.syncing ? await deps.amounts.pending(project.id) : new Map<string, number>();
  // A workspace that is gone here and still in the bucket is shown until its objects are gone too.
  const all = [...new Set([...names, ...(bucket?.keys() ?? [])])].filter((name) => !name.startsWith('.berth')).sort();
  const view: View = { place, pending, remembered, canMount: fuse.possible, volume: deps.volume(project.id), choices, hasStore, live, mountPath: mount?.state === 'healthy' ? mount.hostPath : null, isHere: new Set(names) };
  const workspaces = await Promise.all(all.map((name) => workspaceStatus(deps, view, name, bucket?.get(name) ?? (bucket === null ? null : { files: 0, bytes: 0 }), runners.get(name) ?? null)));
  const wholeBytes = workspaces.reduce((sum, one) => sum + (one.whole?.bytes ?? 0), 0);
  const bucketBytes = workspaces.reduce((sum, one) => sum + (one.bucket?.bytes ?? 0), 0);
  return {
    root: place.root,
    exists,
    bucket: place.bucket,
    endpoint: s3.endpoint,
    mountPoint: place.mount?.mountPoint ?? null,
    volume: volumeState(workspaces, view.volume, fuse),
    halt: remembered.halt,
    workspaces,
    totals: { wholeBytes, bucketBytes, savingsPercent: bucket === null ? null : savingsPercent(wholeBytes, bucketBytes) },
    traffic: { ...remembered.traffic },
    monitor: monitorState(workspaces, mount?.state ?? null),
    gateway: deps.gateway(project.id)?.url ?? null,
    migration: migrationState(choices.migration),
  };
}

interface View {
  readonly place: WorkspacesPlace;
  readonly remembered: Remembered;
  readonly choices: ProjectChoices;
  readonly hasStore: boolean;
  readonly live: LiveSync;
  readonly pending: ReadonlyMap<string, number>;
  readonly canMount: boolean;
  readonly volume: VolumeSight | null;
  readonly mountPath: string | null;
  readonly isHere: ReadonlySet<string>;
}

async function workspaceStatus(deps: StatusDependencies, view: View, name: string, bucket: WorkspaceStatus['bucket'], runner: WorkspaceRunner | null): Promise<WorkspaceStatus> {
  const { place, remembered } = view;
  const measured = view.isHere.has(name) ? await deps.amounts.local(place.root, name) : null;
  const last = remembered.workspaces[name];
  const pending = view.pending.get(name) ?? 0;
  const conflicts = remembered.conflicts.filter((one) => one.key.startsWith(`${name}/`)).length;
  const choice = view.choices.workspace(name);
  const reads = sourceRead(choice.source, view.canMount);
  const mount = reads === 'volume' ? (view.volume?.amounts.get(name) ?? null) : view.mountPath === null ? null : await deps.amounts.mount(view.mountPath, name);
  return {
    name,
    dir: `${place.root}/${name}`,
    local: measured === null ? { files: 0, bytes: 0 } : { ...measured.included },
    whole: measured === null ? { files: 0, bytes: 0 } : { ...measured.whole },
    bucket,
    mount,
    pending,
    excluded: measured?.excluded.length ?? 0,
    conflicts,
    ...stateOf(view, name, pending, last?.lastSyncedAt ?? null),
    lastSyncedAt: last?.lastSyncedAt ?? null,
    trigger: choice.trigger,
    everySeconds: choice.everySeconds,
    source: choice.source,
    reads,
    sizeOnly: choice.sizeOnly,
    run: choice.run,
    runner,
    savingsPercent: savingsPercent(measured?.whole.bytes ?? null, bucket?.bytes ?? null),
  };
}

function stateOf({ remembered, live, hasStore }: View, name: string, pending: number, lastSyncedAt: string | null): Pick<WorkspaceStatus, 'state' | 'detail'> {
  if (!hasStore) return { state: 'offline', detail: 'S3 does not answer; what changes meanwhile is sent when it is back.' };
  if (remembered.halt !== null) return { state: 'halted', detail: remembered.halt.message };
  if (live.syncing) return { state: 'syncing', detail: 'Files are being sent.' };
  if (live.failed !== null) return { state: 'pending', detail: live.failed };
  if (pending > 0) return { state: 'pending', detail: `${String(pending)} ${pending === 1 ? 'file waits' : 'files wait'} to be sent.` };
  if (lastSyncedAt === null) return { state: 'never', detail: `${name} was never sent.` };
  return { state: 'synced', detail: 'The bucket has what is here.' };
}

/** Where any workspace reads the volume: whether it has what the bucket has, and why it is there. */
function volumeState(workspaces: readonly WorkspaceStatus[], sight: VolumeSight | null, fuse: Awaited<ReturnType<Mounts['fuse']>>): WorkspacesStatus['volume'] {
  if (!workspaces.some((one) => one.reads === 'volume')) return null;
  const why = fuse.possible ? '' : `${fuse.reason} `;
  if (sight === null) return { name: null, inStep: false, detail: `${why}A volume takes the place of the mount; it is filled when a container is started.`, filledAt: null };
  return { name: sight.name, inStep: sight.behind === null, detail: `${why}${sight.behind ?? `The volume ${sight.name} has what was sent, and is kept in step.`}`, filledAt: sight.filledAt };
}

function monitorState(workspaces: readonly WorkspaceStatus[], mount: string | null): WorkspacesStatus['monitor'] {
  const run = workspaces.filter((one) => one.run);
  if (run.length === 0) return { state: 'off', detail: 'No containers are made from workspaces.' };
  const needsMount = run.some((one) => one.reads === 'mount');
  if (needsMount && mount !== 'healthy') return { state: 'mount-down', detail: 'The mount is not there; containers are kept as they are until it is back.' };
  return { state: 'running', detail: `${String(run.length)} ${run.length === 1 ? 'container is' : 'containers are'} kept in step.` };
}

function migrationState(step: MigrationStep): WorkspacesStatus['migration'] {
  const of = STEPS.length;
  const words: Readonly<Record<MigrationStep, string>> = {
    none: 'Not begun.',
    s3: 'Stopped before S3 was there.',
    sync: 'S3 is there; the workspaces are not sent yet.',
    mount: 'Everything is sent; the mount is not there yet.',
    monitor: 'The mount is there; containers do not read it yet.',
    done: 'Containers read the mount.',
  };
  return { step, of, detail: words[step] };
}
