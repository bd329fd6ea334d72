import { AppError } from '@shared/kernel/app-error';
import type { S3Door, S3Page } from '../s3/types';
import { isMissing } from './failures';
import type { ObjectPlace } from './types';

/** No object of a repository is longer: packs have 16 MiB and a table, index files a bounded number of records. */
const MOST_BYTES = 64 * 1024 * 1024;
const LIST_KEYS = 1_000;

/** Where a repository is in a bucket. */
export interface BucketPlaceOptions {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  /** For people: endpoint, bucket and prefix. */
  readonly where: string;
}

/** A repository in a bucket: each object is one request, so that there is never half of one. */
export function bucketPlace(door: S3Door, options: BucketPlaceOptions): ObjectPlace {
  return new BucketPlace(door, options);
}

class BucketPlace implements ObjectPlace {
  readonly where: string;

  constructor(
    private readonly door: S3Door,
    private readonly options: BucketPlaceOptions,
  ) {
    this.where = options.where;
  }

  read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const { bucket } = this.options;
    if (range?.length === 0) return Promise.resolve(new Uint8Array(0));
    return this.call(() => (range === undefined ? this.door.get(bucket, this.key(name), MOST_BYTES) : this.door.getRange(bucket, this.key(name), range))).catch((error: unknown) => {
      // Behind the end of an object there is nothing, as in a file.
      if (error instanceof AppError && error.details?.['status'] === 416) return new Uint8Array(0);
      throw error;
    });
  }

  async size(name: string): Promise<number | null> {
    try {
      return (await this.call(() => this.door.head(this.options.bucket, this.key(name)))).sizeBytes;
    } catch (error) {
      if (isMissingKey(error)) return null;
      throw error;
    }
  }

  async write(name: string, data: readonly Uint8Array[], options: { readonly replace?: boolean } = {}): Promise<void> {
    const [only, ...more] = data;
    const body = only !== undefined && more.length === 0 ? only : Buffer.concat(data);
    const { bucket } = this.options;
    await this.call(async () => void (await (options.replace === true ? this.door.put(bucket, this.key(name), body) : this.door.putNew(bucket, this.key(name), body))));
  }

  async remove(name: string): Promise<void> {
    const [failed] = await this.call(() => this.door.remove(this.options.bucket, [this.key(name)]));
    if (failed !== undefined) throw new AppError('storage-unreachable', `${name} in ${this.where} cannot be removed: ${failed.detail}`, { hint: 'Check what the keys of this bucket may do.' });
  }

  async *list(folder: string): AsyncIterable<{ readonly name: string; readonly size: number; readonly modifiedMs: number }> {
    const { bucket, prefix } = this.options;
    for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const from: string | null = after;
      const page: S3Page = await this.call(() => this.door.list({ bucket, prefix: this.key(folder), delimiter: '', after: from, limit: LIST_KEYS }));
      for (const { key, sizeBytes, modifiedAt } of page.objects) yield { name: key.slice(prefix.length), size: sizeBytes, modifiedMs: Date.parse(modifiedAt) };
      after = page.next;
    }
  }

  /** A request that was interrupted left nothing. */
  sweep(): Promise<void> {
    return Promise.resolve();
  }

  free(): Promise<number | null> {
    return Promise.resolve(null);
  }

  private key(name: string): string {
    return `${this.options.prefix}${name}`;
  }

  private async call<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof AppError && error.code === 'service-unreachable') throw new AppError('storage-unreachable', error.message, { hint: error.hint, details: error.details, cause: error });
      // A bucket that is gone is no repository without objects.
      if (isMissing(error) && !isMissingKey(error)) throw new AppError('storage-unreachable', (error as AppError).message, { hint: (error as AppError).hint, cause: error });
      throw error;
    }
  }
}

function isMissingKey(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not-found' && error.details?.['code'] !== 'NoSuchBucket';
}
