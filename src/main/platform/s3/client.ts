import type * as Sdk from '@aws-sdk/client-s3';
import { AppError } from '@shared/kernel/app-error';

/** Where a bucket store is and who asks. */
export interface S3Options {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Each call ends after this long: a store that swallows packets must not hold anybody up. */
  readonly deadlineMs: number;
}

/** The one door to a bucket store. Every call rejects with `service-unreachable`, `not-found` or `input-invalid` (refused keys). */
export interface S3Door {
  bucketNames(): Promise<readonly string[]>;
  /** Rejects with `not-found` when the bucket does not exist. */
  headBucket(name: string): Promise<void>;
  close(): void;
}

type Package = typeof Sdk;

/** Opens the door; nothing is loaded or sent before the first call. */
export function openS3(options: S3Options): S3Door {
  let client: Promise<{ readonly sdk: Package; readonly s3: Sdk.S3Client }> | undefined;
  const open = (): Promise<{ readonly sdk: Package; readonly s3: Sdk.S3Client }> => {
    // The package is large and most runs never speak S3.
    client ??= import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      s3: new sdk.S3Client({
        endpoint: options.endpoint,
        region: options.region,
        forcePathStyle: true,
        maxAttempts: 2,
        credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
      }),
    }));
    return client;
  };
  const call = async <T>(work: (sdk: Package, s3: Sdk.S3Client, abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    const { sdk, s3 } = await open();
    try {
      return await work(sdk, s3, AbortSignal.timeout(options.deadlineMs));
    } catch (error) {
      throw plainError(error, options);
    }
  };
  return {
    bucketNames: () => call(async (sdk, s3, abortSignal) => ((await s3.send(new sdk.ListBucketsCommand({}), { abortSignal })).Buckets ?? []).flatMap((bucket) => bucket.Name ?? [])),
    headBucket: (name) =>
      call(async (sdk, s3, abortSignal) => {
        await s3.send(new sdk.HeadBucketCommand({ Bucket: name }), { abortSignal });
      }),
    close() {
      void client?.then(({ s3 }) => s3.destroy());
    },
  };
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function plainError(thrown: unknown, options: S3Options): AppError {
  const { name = '', code = '', $metadata } = (thrown ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new AppError('service-unreachable', `The bucket store at ${options.endpoint} did not answer within ${options.deadlineMs / 1000} seconds.`, { hint: 'Check that it runs and that the address is right.', cause: thrown });
  }
  if (status === 403 || status === 401) return new AppError('input-invalid', `The bucket store at ${options.endpoint} refuses the keys.`, { hint: 'Check BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.', cause: thrown });
  if (status === 404) return new AppError('not-found', `The bucket store at ${options.endpoint} does not have it.`, { cause: thrown });
  const reason = code === '' ? (status === undefined ? '' : ` (HTTP ${status})`) : ` (${code})`;
  return new AppError('service-unreachable', `The bucket store at ${options.endpoint} cannot be used${reason}.`, { hint: 'Check that it runs and that the address is right.', cause: thrown });
}
