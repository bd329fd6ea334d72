import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { S3Door } from '@main/platform/s3/types';
import { showBucket, type BucketSources } from './buckets';
import type { Steps } from './server-container';

/** What operations on buckets need. */
export interface BucketOperationDependencies extends BucketSources {
  readonly resolve: (reference: string) => Promise<{ readonly id: string; readonly name: string }>;
}

/** The operations on whole buckets. */
export function bucketOperations(deps: BucketOperationDependencies): readonly OperationKind[] {
  return [createOperation(deps), versioningOperation(deps), removeOperation(deps)];
}

const projectOf = (input: JsonObject): string => textOf(input, 'project');
const bucketOf = (input: JsonObject): string => textOf(input, 'bucket');

function common(deps: BucketOperationDependencies, title: (bucket: string) => string): Pick<OperationKind, 'needsEngine' | 'prepare' | 'key' | 'title' | 'projectId'> {
  return {
    needsEngine: false,
    prepare: async (input) => ({ ...input, project: (await deps.resolve(projectOf(input))).id }),
    key: (input) => `bucket:${bucketOf(input)}`,
    title: (input) => title(bucketOf(input)),
    projectId: projectOf,
  };
}

async function withDoor<T>({ server }: BucketSources, projectId: string, work: (door: S3Door) => Promise<T>): Promise<T> {
  const door = await server.bucketDoor(projectId);
  try {
    return await work(door);
  } finally {
    door.close();
  }
}

async function result(deps: BucketOperationDependencies, context: { readonly operationId: string }, input: JsonObject): Promise<Json> {
  return { operationId: context.operationId, bucket: await showBucket(deps, projectOf(input), bucketOf(input)) } as unknown as Json;
}

/** The keys of the project open the bucket, or do not any more. */
async function own(deps: BucketOperationDependencies, steps: Steps, projectId: string, bucket: string, isOwn: boolean): Promise<void> {
  const { buckets, ownBuckets } = await deps.server.records.link(projectId);
  const without = ownBuckets.filter((one) => one !== bucket);
  await deps.server.own(steps, projectId, isOwn ? { ownBuckets: [...without, bucket].sort() } : { ownBuckets: without, buckets: buckets.filter((one) => one !== bucket) });
}

function createOperation(deps: BucketOperationDependencies): OperationKind {
  return {
    kind: 'buckets.create',
    ...common(deps, (bucket) => `Make the bucket ${bucket}`),
    async run(context, input) {
      const [projectId, bucket] = [projectOf(input), bucketOf(input)];
      await deps.server.refuseForeign(projectId, bucket);
      await withDoor(deps, projectId, (door) => create(context, door, bucket, input['versioning'] === true));
      await own(deps, context, projectId, bucket, true);
      await context.commit();
      return result(deps, context, input);
    },
    async rollback(context, input) {
      if (context.records.some(({ name }) => name === 'bucket.create')) await withDoor(deps, projectOf(input), (door) => unmake(context, door, bucketOf(input)));
      await deps.server.undo(context);
    },
    finish: (context, input) => result(deps, context, input),
  };
}

async function create(context: OperationContext, door: S3Door, bucket: string, versioning: boolean): Promise<void> {
  const isThere = await door.headBucket(bucket).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return false;
      throw error;
    },
  );
  if (isThere) throw new AppError('input-invalid', `There is a bucket ${bucket} already.`, { details: { code: 'BucketAlreadyExists' } });
  await context.effect('bucket.create', { bucket }, async () => {
    await door.createBucket(bucket);
    if (versioning) await door.setVersioning(bucket, true);
    return null;
  });
}

/** Only an empty one: what somebody put into it meanwhile stays. */
async function unmake(context: RecoveryContext, door: S3Door, bucket: string): Promise<void> {
  const record = context.records.find(({ name }) => name === 'bucket.create');
  await context.effect('bucket.unmake', { bucket, ...(record === undefined ? {} : { undoes: record.seq }) }, async () => {
    await door.removeBucket(bucket).catch((error: unknown) => {
      if (!(error instanceof AppError && (error.code === 'not-found' || error.code === 'blocked'))) throw error;
      if (error.code === 'blocked') context.log(`The bucket ${bucket} is not empty and stays.`);
    });
    return null;
  });
}

function versioningOperation(deps: BucketOperationDependencies): OperationKind {
  return {
    kind: 'buckets.versioning',
    ...common(deps, (bucket) => `Change whether ${bucket} keeps old versions`),
    async run(context, input) {
      const [projectId, bucket] = [projectOf(input), bucketOf(input)];
      await deps.server.refuseForeign(projectId, bucket);
      await withDoor(deps, projectId, async (door) => {
        const before = await door.versioning(bucket, context.signal);
        await context.effect('bucket.versioning', { bucket, before }, async () => {
          await door.setVersioning(bucket, input['enabled'] === true);
          return null;
        });
      });
      await context.commit();
      return result(deps, context, input);
    },
    async rollback(context, input) {
      const record = context.records.find(({ name, undone }) => name === 'bucket.versioning' && !undone);
      if (record === undefined) return;
      // What never kept versions cannot go back to that, only stop keeping new ones.
      await context.effect('bucket.versioning.restore', { undoes: record.seq }, async () => {
        await withDoor(deps, projectOf(input), (door) => door.setVersioning(bucketOf(input), record.intent['before'] === 'enabled'));
        return null;
      });
    },
    finish: (context, input) => result(deps, context, input),
  };
}

function removeOperation(deps: BucketOperationDependencies): OperationKind {
  return {
    kind: 'buckets.remove',
    ...common(deps, (bucket) => `Remove the bucket ${bucket}`),
    async run(context, input) {
      const [projectId, bucket] = [projectOf(input), bucketOf(input)];
      await deps.server.refuseForeign(projectId, bucket);
      await withDoor(deps, projectId, (door) =>
        context.effect('bucket.remove', { bucket }, async () => {
          await door.removeBucket(bucket);
          return null;
        }),
      );
      await context.commit();
      await own(deps, context, projectId, bucket, false);
      return { operationId: context.operationId };
    },
    // It was empty: a bucket that went although the removal failed leaves nothing to bring back.
    rollback: async (context) => context.log('A bucket is removed only when it is empty, so nothing is lost.'),
    async finish(context, input) {
      await own(deps, context, projectOf(input), bucketOf(input), false);
      return { operationId: context.operationId };
    },
  };
}
