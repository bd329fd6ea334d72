import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { MountDefinition, StorageDefinition } from '@shared/domain/storage/definition';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { S3Place, S3Server, StorageDefinitions } from '@main/storage/types';

/** Where the workspaces of a project lie, and where they go. */
export interface WorkspacesPlace {
  /** Absolute. */
  readonly root: string;
  readonly bucket: string;
  /** The mount that shows the bucket; null without one. */
  readonly mount: MountDefinition | null;
  readonly definition: StorageDefinition;
}

export interface PlaceDependencies {
  readonly definitions: StorageDefinitions;
  readonly s3: Pick<S3Server, 'place'>;
}

const FOLDER = 'workspaces';
/** The bucket where no storage file names another. */
const BUCKET = 'workspaces';
const MOUNT_POINT = '/mnt/workspaces';

/** Where they lie and go; asks no engine and no store. */
export async function workspacesPlace(deps: Pick<PlaceDependencies, 'definitions'>, project: Project, root: string | undefined): Promise<WorkspacesPlace> {
  const definition = await deps.definitions.load(project.id);
  const mount = definition.mounts.find((one) => one.mountPoint === MOUNT_POINT) ?? definition.mounts.find((one) => one.bucket === BUCKET) ?? null;
  return { root: workspacesRoot(project, root), bucket: mount?.bucket ?? BUCKET, mount, definition };
}

/** The folder whose first-level folders are the workspaces; absolute. */
export function workspacesRoot(project: Pick<Project, 'dir'>, root: string | undefined): string {
  return root === undefined ? join(project.dir, FOLDER) : isAbsolute(root) ? root : join(project.dir, root);
}

/** Rejects with `trust-required` for a project nobody trusts: what lies in it is not sent anywhere. */
export function mustBeTrusted(project: Project): void {
  if (!project.trusted) throw new AppError('trust-required', 'This project is not trusted yet, so its workspaces are neither sent nor run.', { hint: 'Trust it once, in the window or with `berth projects trust .`.', details: { facts: [] } });
}

/** The keys beneath which objects lie, for a mount that shows only a part of its bucket. */
export function prefixOf(place: WorkspacesPlace): string {
  const prefix = place.mount?.prefix ?? '';
  return prefix === '' ? '' : `${prefix}/`;
}

/** Which store it is, for what is remembered of it: the local one stays itself wherever it listens. */
export function storeName({ origin, endpoint }: Pick<S3Place, 'origin' | 'endpoint'>): string {
  return origin === 'local' ? 'local' : endpoint;
}

/** A name for the state of one folder and one destination: another of either never reads it. */
export function stateName(projectId: string, place: WorkspacesPlace, s3: Pick<S3Place, 'origin' | 'endpoint'>): string {
  const identity = createHash('sha256').update([place.root, storeName(s3), place.bucket, prefixOf(place)].join('\n')).digest('hex').slice(0, 16);
  return `${projectId}-${identity}`;
}
