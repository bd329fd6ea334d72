import type { S3Session } from './session';
import type { S3Door } from './types';

type BucketVerbs = Pick<S3Door, 'bucketNames' | 'buckets' | 'headBucket' | 'createBucket' | 'removeBucket' | 'versioning' | 'setVersioning'>;

/** What can be done with whole buckets. */
export function bucketVerbs(session: S3Session): BucketVerbs {
  const buckets: S3Door['buckets'] = (signal) =>
    session.call({}, signal, async ({ sdk, s3, abortSignal }) => {
      const { Buckets } = await s3.send(new sdk.ListBucketsCommand({}), { abortSignal });
      return (Buckets ?? []).flatMap(({ Name, CreationDate }) => (Name === undefined ? [] : [{ name: Name, createdAt: CreationDate?.toISOString() ?? null }]));
    });
  return {
    buckets,
    bucketNames: async (signal) => (await buckets(signal)).map(({ name }) => name),
    headBucket: (bucket, signal) =>
      session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
        await s3.send(new sdk.HeadBucketCommand({ Bucket: bucket }), { abortSignal });
      }),
    createBucket: (bucket, signal) =>
      session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
        // Amazon takes its oldest region only when none is named.
        const place = session.options.region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: session.options.region as never } };
        await s3.send(new sdk.CreateBucketCommand({ Bucket: bucket, ...place }), { abortSignal }).catch((error: unknown) => {
          if ((error as { readonly name?: string } | undefined)?.name !== 'BucketAlreadyOwnedByYou') throw error;
        });
      }),
    removeBucket: (bucket, signal) =>
      session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
        await s3.send(new sdk.DeleteBucketCommand({ Bucket: bucket }), { abortSignal });
      }),
    versioning: (bucket, signal) =>
      session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
        const { Status } = await s3.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }), { abortSignal });
        return Status === 'Enabled' ? 'enabled' : Status === 'Suspended' ? 'suspended' : 'off';
      }),
    setVersioning: (bucket, enabled, signal) =>
      session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
        await s3.send(new sdk.PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: enabled ? 'Enabled' : 'Suspended' } }), { abortSignal });
      }),
  };
}
