import type * as Sdk from '@aws-sdk/client-s3';
import { s3Failure, saysFull, type S3Subject } from './failure';
import type { S3Options } from './types';

/** Parts that are on their way at once need a connection each. */
const CONNECTIONS = 16;
/** No transfer is slower than this for its whole length and still alive. */
const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

type Package = typeof Sdk;

/** What a call is given. */
export interface Call {
  readonly sdk: Package;
  readonly s3: Sdk.S3Client;
  readonly abortSignal: AbortSignal;
}

/** One client; nothing is loaded or sent before the first call. */
export class S3Session {
  private client: Promise<{ readonly sdk: Package; readonly s3: Sdk.S3Client }> | undefined;

  constructor(readonly options: S3Options) {}

  /** Does one call within the deadline; with `bytes`, within the time these take on the slowest line. */
  async call<T>(subject: S3Subject, signal: AbortSignal | undefined, work: (call: Call) => Promise<T>, bytes = 0): Promise<T> {
    const deadline = AbortSignal.timeout(this.options.deadlineMs + Math.ceil((bytes / SLOWEST_BYTES_PER_SECOND) * 1000));
    try {
      signal?.throwIfAborted();
      return await work({ ...(await this.open()), abortSignal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
    } catch (error) {
      throw s3Failure(error, this.options, subject, signal?.aborted === true);
    }
  }

  /** A call whose answer takes as long as it takes, while something moves. */
  async streamed<T>(subject: S3Subject, signal: AbortSignal | undefined, work: (call: Call & { readonly moved: () => void }) => Promise<T>): Promise<T> {
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(new DOMException('Nothing moves.', 'TimeoutError')), this.options.deadlineMs);
    try {
      signal?.throwIfAborted();
      return await work({ ...(await this.open()), abortSignal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]), moved: () => void timer.refresh() });
    } catch (error) {
      throw s3Failure(error, this.options, subject, signal?.aborted === true);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.client?.then(
      ({ s3 }) => s3.destroy(),
      () => undefined,
    );
  }

  private open(): Promise<{ readonly sdk: Package; readonly s3: Sdk.S3Client }> {
    const { endpoint, region, accessKey, secretKey, deadlineMs } = this.options;
    // It tells its users on stderr which Node later versions of it want. Ours is pinned, and a command's stderr is for people.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    // The package is large and most runs never speak S3.
    this.client ??= import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      s3: withoutFutileRetries(new sdk.S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        maxAttempts: 2,
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        // Checksums of Amazon's newer kind are refused by many other stores; MD5 is compared here.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: deadlineMs, socketTimeout: deadlineMs, httpAgent: { maxSockets: CONNECTIONS, keepAlive: true }, httpsAgent: { maxSockets: CONNECTIONS, keepAlive: true } },
      })),
    }));
    return this.client;
  }
}

/** A full disk is told as it is said: a store may lose an upload over it, and a second try would only find that. */
function withoutFutileRetries(s3: Sdk.S3Client): Sdk.S3Client {
  const own = s3.config.retryStrategy;
  s3.config.retryStrategy = async () => {
    const strategy = await own();
    if (!('refreshRetryTokenForRetry' in strategy)) return strategy;
    return {
      acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
      refreshRetryTokenForRetry: (token, failed) => (saysFull(failed.error) ? Promise.reject(new Error('The disk is full.')) : strategy.refreshRetryTokenForRetry(token, failed)),
      recordSuccess: (token) => strategy.recordSuccess(token),
    };
  };
  return s3;
}
