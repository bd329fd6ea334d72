import type { RemoteFile } from '@shared/domain/workspaces/sync-model';

/** What is known of a store beyond plain S3, asked once for each endpoint. */
export interface StoreTraits {
  /** Takes a tar and stores its files as objects (`x-amz-meta-snowball-auto-extract`). */
  readonly tarBatches: boolean;
  /** Honours `If-None-Match: *` and `If-Match` on PUT. */
  readonly conditionalWrites: boolean;
}

/** When a write may take place: `create` only where nothing is, `replace` only over what has this ETag. */
export type WriteCondition = { readonly kind: 'create' } | { readonly kind: 'replace'; readonly etag: string } | { readonly kind: 'any' };

/** An object was written. */
export interface SentObject {
  readonly kind: 'sent';
  readonly etag: string;
}

/** Where and on what condition something is written. */
export interface WriteTarget {
  readonly bucket: string;
  readonly key: string;
  readonly mtimeNs: bigint;
  readonly condition: WriteCondition;
  /** The store does not keep conditions: what is there is looked at right before the write instead. */
  readonly byLooking?: boolean | undefined;
}

/** The condition did not hold (412): somebody else wrote the key. Nothing was changed. */
export interface RefusedWrite {
  readonly kind: 'refused';
}

/** One small file of a tar batch. */
export interface BatchFile {
  readonly key: string;
  readonly body: Uint8Array;
  readonly mtimeNs: bigint;
}

/**
 * The quick client for many small writes (a plain signer over kept connections costs a fifth of the SDK's CPU). Keys are whole keys of the bucket.
 * Every call has a deadline and rejects as the S3 door does: `service-unreachable`, `not-found`, `input-invalid` for refused keys, `cancelled`.
 * A 503 or SlowDown is tried again with back-off and halves the number of calls under way.
 */
export interface QuickS3 {
  /** Asked by writing and removing below `.berth/probe/`. */
  traits(bucket: string, signal?: AbortSignal): Promise<StoreTraits>;
  /** Up to 16 MiB, in one piece; the answered ETag is compared with `md5`. */
  put(request: WriteTarget & { readonly body: Uint8Array; readonly md5: string }, signal?: AbortSignal): Promise<SentObject | RefusedWrite>;
  /** Larger files, in parts of 8 MiB, four at a time; aborted when it fails. `read` gives the bytes of one part and rejects when the file moved. */
  putLarge(request: WriteTarget & { readonly sizeBytes: number; readonly read: (offset: number, length: number) => Promise<Uint8Array> }, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<SentObject | RefusedWrite>;
  /** One tar; only where `traits.tarBatches` and nothing foreign can be overwritten. Resolves with nothing: look with `list` afterwards. */
  putBatch(request: { readonly bucket: string; readonly prefix: string; readonly files: readonly BatchFile[] }, signal?: AbortSignal): Promise<void>;
  /** Everything beneath a prefix, pages as they come, keys whole and in the order of their bytes (checked; sorted when a store is not). */
  list(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<readonly RemoteFile[]>;
  /** Null when there is none. */
  head(bucket: string, key: string, signal?: AbortSignal): Promise<RemoteFile | null>;
  /** In packs of 1,000. Resolves with those that could not be removed. */
  remove(bucket: string, keys: readonly string[], signal?: AbortSignal): Promise<readonly { readonly key: string; readonly detail: string }[]>;
  /** On the server's side; for the trash. */
  copy(bucket: string, from: string, to: string, signal?: AbortSignal): Promise<void>;
  /** Uploads in parts that were begun before `before` beneath the prefix and never finished: aborted. */
  sweepParts(bucket: string, prefix: string, before: Date, signal?: AbortSignal): Promise<number>;
  /** Requests and bytes so far, for the traffic counters. */
  readonly counters: { readonly puts: number; readonly lists: number; readonly heads: number; readonly deletes: number; readonly bytesSent: number };
  close(): Promise<void>;
}
