import { snapshotId } from '@shared/contract/schemas/snapshots';
import type { ContainersFacts, Manifest } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import { within } from '@main/platform/within';
import type { Projects } from '@main/projects/types';
import type { ListedSnapshot, KnownRepository, OpenRepositories } from './repositories';
import type { MadeNote, ReplacedVolume, SnapshotRecords } from './records';
import type { Snapshot, SnapshotsStatus } from './types';

/** What the list of snapshots is put together from. */
export interface StatusDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: OpenRepositories;
  readonly records: SnapshotRecords;
  readonly clock: Pick<Clock, 'now'>;
  /** Sizes of volumes as far as they are known by now; nothing is measured for it. */
  readonly volumeSizes: () => Promise<ReadonlyMap<string, number> | null>;
}

type RepositoryStatus = SnapshotsStatus['repositories'][number];

/** Longest that a bucket may hold up the list. */
const LOOK_MS = 8_000;
const HOUR_MS = 3_600_000;

/** Everything the page shows. What one repository cannot tell is said in its row. */
export async function snapshotsStatus(deps: StatusDependencies, reference: string): Promise<SnapshotsStatus> {
  const { id: projectId } = await deps.projects.resolve(reference);
  const known = await deps.repositories.known(projectId);
  const [looks, notes, settings, sizes] = await Promise.all([Promise.all(known.map((one) => look(deps, projectId, one))), deps.records.all(), deps.records.settings(projectId), deps.volumeSizes()]);
  const now = deps.clock.now();
  return {
    snapshots: looks
      .flatMap(({ found }) => found)
      .map((one) => shownSnapshot(one, notes.made.get(`${one.name}:${one.manifest.id}`)))
      .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)),
    repositories: looks.map(({ row }) => row),
    settings,
    deleted: [...notes.deleted.values()]
      .filter((one) => one.projectId === projectId && Date.parse(one.until) > now)
      .map(({ id, tag, createdAt, until }) => ({ id, tag, createdAt, until })),
    replaced: notes.replaced.filter((one) => one.projectId === projectId).map((one) => shownReplaced(one, settings.retention.keepReplacedHours, sizes)),
    damaged: looks.flatMap(({ damaged }) => damaged.map(({ object, part }) => ({ object, part }))),
  };
}

/** One snapshot with its parts, as doors show it. */
export function shownSnapshot({ name, manifest, pinned }: Pick<ListedSnapshot, 'name' | 'manifest' | 'pinned'>, note: MadeNote | undefined): Snapshot {
  const { id, createdAt, tag, reason, operationId, project, mode, health, parts, notes } = manifest;
  return {
    id,
    repository: name,
    createdAt,
    tag,
    reason,
    operationId,
    project: { ...project },
    mode,
    health,
    services: servicesOf(manifest),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    storedBytes: note?.storedBytes ?? 0,
    pinned,
    verified: note?.verified ?? null,
    parts: parts.map((part) => ({ kind: part.kind, name: part.name, files: part.files, sizeBytes: part.sizeBytes, sha256: part.sha256, secret: part.secret, consistency: part.consistency, skipped: part.skipped.map((one) => ({ ...one })) })),
    notes: [...notes],
  };
}

/** When a volume that a restore put aside goes. */
export function goesAt({ since }: Pick<ReplacedVolume, 'since'>, keepHours: number): string {
  return new Date(Date.parse(since) + keepHours * HOUR_MS).toISOString();
}

function servicesOf({ parts }: Manifest): Snapshot['services'] {
  const facts = parts.find((part) => part.kind === 'containers')?.facts as Partial<ContainersFacts> | undefined;
  return (facts?.containers ?? []).map(({ service, state, health }) => ({ name: service, state, health }));
}

function shownReplaced({ volume, of, snapshotId: from, since }: ReplacedVolume, keepHours: number, sizes: ReadonlyMap<string, number> | null): SnapshotsStatus['replaced'][number] {
  return { volume, of, snapshotId: snapshotId.safeParse(from).data ?? null, since, until: goesAt({ since }, keepHours), sizeBytes: sizes?.get(volume) ?? null };
}

interface Looked {
  readonly row: RepositoryStatus;
  readonly found: readonly ListedSnapshot[];
  readonly damaged: Awaited<ReturnType<OpenRepositories['snapshots']>>['damaged'];
}

async function look({ repositories }: StatusDependencies, projectId: string, { name, kind, place }: KnownRepository): Promise<Looked> {
  const none = { name, kind, place, encrypted: 'secrets', passphrase: false, snapshots: 0, storedBytes: 0, reclaimableBytes: null } as const;
  try {
    const { repository, found, damaged } = await inTime(repositories.snapshots(projectId, name));
    const { encrypted, passphrase, storedBytes, reclaimableBytes } = await inTime(repository.status());
    const row = { name, kind, place: repository.where, encrypted, passphrase, snapshots: found.length, storedBytes, reclaimableBytes };
    return { row: { ...row, state: damaged.length > 0 ? 'damaged' : 'ready', detail: damaged.length > 0 ? `${String(damaged.length)} of its snapshots cannot be read.` : '' }, found, damaged };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { row: { ...none, state: stateOf(error), detail: error.message }, found: [], damaged: [] };
  }
}

function stateOf({ code }: AppError): RepositoryStatus['state'] {
  if (code === 'locked') return 'locked';
  return code === 'damaged' || code === 'repository-version' || code === 'passphrase-wrong' ? 'damaged' : 'offline';
}

/** What hangs has not answered. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const answer = await within(LOOK_MS, work.then((value) => ({ value })), null);
  if (answer === null) throw new AppError('storage-unreachable', 'It does not answer.');
  return answer.value;
}
