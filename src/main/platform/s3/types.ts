/** Where a bucket store is and who asks. */
export interface S3Options {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Each call ends after this long, a transfer when nothing moves for this long: a store that swallows packets must not hold anybody up. */
  readonly deadlineMs: number;
  /** Where the keys come from, for the hint when they are refused. */
  readonly keysHint?: string | undefined;
}

/** One object as a listing shows it. */
export interface S3Object {
  readonly key: string;
  readonly sizeBytes: number;
  /** ISO. */
  readonly modifiedAt: string;
  /** Without quotes. */
  readonly etag: string;
}

export interface S3Version {
  readonly key: string;
  readonly versionId: string;
  readonly latest: boolean;
  /** A delete marker. */
  readonly deleted: boolean;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
}

export interface S3Page {
  /** Common prefixes, each with its slash at the end. */
  readonly folders: readonly string[];
  readonly objects: readonly S3Object[];
  /** What `after` takes for the next page; null at the end. */
  readonly next: string | null;
}

export interface S3Written {
  readonly etag: string;
  readonly versionId: string | null;
  readonly sizeBytes: number;
}

/**
 * The one door to a bucket store (decision: S3 has one door, with a deadline on every call). Every call rejects with an AppError of one plain
 * sentence: `service-unreachable`, `not-found` (details.code NoSuchBucket, NoSuchKey …), `input-invalid` for refused keys, `cancelled`.
 */
export interface S3Door {
  bucketNames(signal?: AbortSignal): Promise<readonly string[]>;
  buckets(signal?: AbortSignal): Promise<readonly { readonly name: string; readonly createdAt: string | null }[]>;
  headBucket(name: string, signal?: AbortSignal): Promise<void>;
  /** Already there and ours is fine. */
  createBucket(name: string, signal?: AbortSignal): Promise<void>;
  /** Rejects with `blocked` when it is not empty. */
  removeBucket(name: string, signal?: AbortSignal): Promise<void>;
  versioning(name: string, signal?: AbortSignal): Promise<'enabled' | 'suspended' | 'off'>;
  setVersioning(name: string, enabled: boolean, signal?: AbortSignal): Promise<void>;
  list(request: { readonly bucket: string; readonly prefix: string; readonly delimiter: '/' | ''; readonly after: string | null; readonly limit: number }, signal?: AbortSignal): Promise<S3Page>;
  versions(bucket: string, key: string, signal?: AbortSignal): Promise<readonly S3Version[]>;
  head(bucket: string, key: string, versionId?: string, signal?: AbortSignal): Promise<S3Object & { readonly versionId: string | null }>;
  /** Small objects in one go. */
  put(bucket: string, key: string, body: Uint8Array, signal?: AbortSignal): Promise<S3Written>;
  /** The same with `If-None-Match: *`: an object that is there stays as it is, and the answer is false. */
  putNew(bucket: string, key: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** Up to `maxBytes`; rejects when it is larger. */
  get(bucket: string, key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Some bytes of it, fewer where it ends; no checksum is compared. */
  getRange(bucket: string, key: string, range: { readonly offset: number; readonly length: number }, signal?: AbortSignal): Promise<Uint8Array>;
  /** Streams a file of this machine, in parts of 8 MiB from 16 MiB on; aborts its own parts when it fails. Compares checksums. */
  upload(bucket: string, key: string, file: string, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<S3Written>;
  /** Writes beside the file and renames; the file must not exist. A cut body is an error, never a short file. */
  download(bucket: string, key: string, file: string, versionId: string | undefined, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<S3Written>;
  /** Resolves with those that could not be removed. */
  remove(bucket: string, keys: readonly string[], signal?: AbortSignal): Promise<readonly { readonly key: string; readonly detail: string }[]>;
  /** Copies an older version over the newest. */
  restore(bucket: string, key: string, versionId: string, signal?: AbortSignal): Promise<S3Written>;
  close(): void;
}
