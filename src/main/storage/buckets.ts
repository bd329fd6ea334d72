import type { StorageDefinition } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { S3Door } from '@main/platform/s3/types';
import type { MachineS3 } from './server';
import { bucketsOf } from './server-records';
import type { StorageDefinitions } from './types';

const LOOKS_AT_ONCE = 8;

/** A bucket as doors show it. */
export interface ShownBucket {
  readonly name: string;
  readonly createdAt: string | null;
  readonly versioning: 'enabled' | 'suspended' | 'off' | 'unknown';
  readonly usedBy: string[];
}

/** What showing buckets needs. */
export interface BucketSources {
  readonly server: MachineS3;
  readonly definitions: StorageDefinitions;
}

/** Every bucket of the server, whoever it belongs to. */
export async function listBuckets(sources: BucketSources, projectId: string): Promise<ShownBucket[]> {
  const door = await sources.server.bucketDoor(projectId);
  try {
    const found = await allBuckets(sources.server, door, projectId);
    const definition = await sources.definitions.load(projectId).catch(() => null);
    return await inParallel([...found], LOOKS_AT_ONCE, (bucket) => shown(sources.server, door, { projectId, definition }, bucket));
  } finally {
    door.close();
  }
}

/** One bucket; rejects with `not-found` when there is none. */
export async function showBucket(sources: BucketSources, projectId: string, name: string): Promise<ShownBucket> {
  const door = await sources.server.bucketDoor(projectId);
  try {
    await door.headBucket(name);
    const createdAt = (await allBuckets(sources.server, door, projectId)).find((bucket) => bucket.name === name)?.createdAt ?? null;
    const definition = await sources.definitions.load(projectId).catch(() => null);
    return await shown(sources.server, door, { projectId, definition }, { name, createdAt });
  } finally {
    door.close();
  }
}

/** Keys of an external endpoint that may not list every bucket see those the project knows. */
async function allBuckets(server: MachineS3, door: S3Door, projectId: string): Promise<readonly { readonly name: string; readonly createdAt: string | null }[]> {
  try {
    return await door.buckets();
  } catch (error) {
    if (!(error instanceof AppError) || error.details?.['code'] !== 'AccessDenied') throw error;
    return bucketsOf(await server.records.link(projectId)).map((name) => ({ name, createdAt: null }));
  }
}

async function shown(server: MachineS3, door: S3Door, of: { readonly projectId: string; readonly definition: StorageDefinition | null }, bucket: { readonly name: string; readonly createdAt: string | null }): Promise<ShownBucket> {
  const versioning = await door.versioning(bucket.name).catch((error: unknown) => {
    // Not every store has versions, and not every key may ask.
    if (error instanceof AppError && error.code !== 'service-unreachable') return 'unknown' as const;
    if (error instanceof AppError && error.details?.['code'] === 'NotImplemented') return 'unknown' as const;
    throw error;
  });
  const mine = [...(of.definition?.mounts ?? []), ...(of.definition?.jobs ?? [])].filter((one) => one.bucket === bucket.name).map(({ id }) => id);
  const owner = await server.ownerOf(of.projectId, bucket.name);
  return { ...bucket, versioning, usedBy: [...new Set(mine), ...(owner === null ? [] : [owner])] };
}
