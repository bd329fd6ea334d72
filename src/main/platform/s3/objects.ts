import { createHash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { cutBody, differentBody } from './failure';
import type { S3Session } from './session';
import type { S3Door, S3Object, S3Version, S3Written } from './types';

type ObjectVerbs = Pick<S3Door, 'list' | 'versions' | 'head' | 'put' | 'putNew' | 'get' | 'getRange' | 'remove' | 'restore'>;

/** An answer without a time is older than everything. */
const NO_TIME = new Date(0);

/** What can be done with objects in one call each. */
export function objectVerbs(session: S3Session): ObjectVerbs {
  return {
    list: (request, signal) => list(session, request, signal),
    versions: (bucket, key, signal) => versions(session, bucket, key, signal),
    head: (bucket, key, versionId, signal) =>
      session.call({ bucket, key }, signal, async ({ sdk, s3, abortSignal }) => {
        const found = await s3.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), { abortSignal });
        return { ...objectOf(key, found.ContentLength, found.LastModified, found.ETag), versionId: versionOf(found.VersionId) };
      }),
    put: (bucket, key, body, signal) => putSmall(session, bucket, key, body, signal),
    putNew: (bucket, key, body, signal) => putNew(session, { bucket, key, body }, signal),
    getRange: (bucket, key, range, signal) => getRange(session, { bucket, key, ...range }, signal),
    get: (bucket, key, maxBytes, signal) => getSmall(session, { bucket, key, maxBytes }, signal),
    remove: (bucket, keys, signal) => remove(session, bucket, keys, signal),
    restore: (bucket, key, versionId, signal) => restore(session, { bucket, key, versionId }, signal),
  };
}

/** Without quotes. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** A store that keeps no versions says `null`, as a word. */
export function versionOf(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === 'null' ? null : versionId;
}

/** MD5 of these bytes, in hexadecimal: what the tag of an object says that was written in one go. */
export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** True for a tag that is the MD5 of the object; stores that encrypt have tags of their own. */
export function isMd5Tag(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

/** Writes an object in one go; the store refuses what does not have this checksum. */
export function putSmall(session: S3Session, bucket: string, key: string, body: Uint8Array, signal: AbortSignal | undefined, condition: { readonly IfNoneMatch?: '*' } = {}): Promise<S3Written> {
  return session.call(
    { bucket, key },
    signal,
    async ({ sdk, s3, abortSignal }) => {
      const md5 = md5Of(body);
      const written = await s3.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength, ContentMD5: Buffer.from(md5, 'hex').toString('base64'), ...condition }), { abortSignal });
      return { etag: plainEtag(written.ETag), versionId: versionOf(written.VersionId), sizeBytes: body.byteLength };
    },
    body.byteLength,
  );
}

/** Two writers at once: the store lets one of them in and says 412, or 409 while that one is under way. */
async function putNew(session: S3Session, { bucket, key, body }: { readonly bucket: string; readonly key: string; readonly body: Uint8Array }, signal: AbortSignal | undefined): Promise<boolean> {
  const condition = { IfNoneMatch: '*' } as const;
  try {
    await putSmall(session, bucket, key, body, signal, condition);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.details?.['status'] === 412) return false;
    if (!(error instanceof AppError) || error.details?.['status'] !== 409) throw error;
  }
  return putSmall(session, bucket, key, body, signal, condition).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.details?.['status'] === 412) return false;
      throw error;
    },
  );
}

function getRange(session: S3Session, { bucket, key, offset, length }: { readonly bucket: string; readonly key: string; readonly offset: number; readonly length: number }, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return session.call(
    { bucket, key },
    signal,
    async ({ sdk, s3, abortSignal }) => {
      const answer = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${String(offset)}-${String(offset + length - 1)}` }), { abortSignal });
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of (answer.Body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
      } catch {
        abortSignal.throwIfAborted();
      }
      const bytes = Buffer.concat(chunks);
      const expected = answer.ContentLength ?? 0;
      if (bytes.byteLength !== expected || bytes.byteLength > length) throw cutBody(session.options, key, bytes.byteLength, expected);
      return bytes;
    },
    length,
  );
}

function objectOf(key: string, size: number | undefined, modified: Date | undefined, etag: string | undefined): S3Object {
  return { key, sizeBytes: size ?? 0, modifiedAt: (modified ?? NO_TIME).toISOString(), etag: plainEtag(etag) };
}

function list(session: S3Session, request: Parameters<S3Door['list']>[0], signal: AbortSignal | undefined): ReturnType<S3Door['list']> {
  const { bucket, prefix, delimiter, after, limit } = request;
  return session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
    const page = await s3.send(
      new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: limit, ...(delimiter === '' ? {} : { Delimiter: delimiter }), ...(after === null ? {} : { ContinuationToken: after }) }),
      { abortSignal },
    );
    return {
      folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []),
      // The folder itself, as some tools make it, is no object in it.
      objects: (page.Contents ?? []).flatMap(({ Key, Size, LastModified, ETag }) => (Key === undefined || (Key === prefix && Key.endsWith('/')) ? [] : [objectOf(Key, Size, LastModified, ETag)])),
      next: page.IsTruncated === true ? (page.NextContinuationToken ?? null) : null,
    };
  });
}

/** Every version of exactly this key: the listing begins with it, and longer names follow. */
async function versions(session: S3Session, bucket: string, key: string, signal: AbortSignal | undefined): Promise<readonly S3Version[]> {
  const found: S3Version[] = [];
  let marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | null = {};
  while (marker !== null) {
    const from: object = marker;
    const page = await session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => s3.send(new sdk.ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...from }), { abortSignal }));
    for (const one of page.Versions ?? []) if (one.Key === key) found.push({ key, versionId: one.VersionId ?? '', latest: one.IsLatest === true, deleted: false, sizeBytes: one.Size ?? 0, modifiedAt: (one.LastModified ?? NO_TIME).toISOString() });
    for (const one of page.DeleteMarkers ?? []) if (one.Key === key) found.push({ key, versionId: one.VersionId ?? '', latest: one.IsLatest === true, deleted: true, sizeBytes: 0, modifiedAt: (one.LastModified ?? NO_TIME).toISOString() });
    const isOver = page.IsTruncated !== true || page.NextKeyMarker !== key;
    marker = isOver ? null : { KeyMarker: key, ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }) };
  }
  return found.sort((one, other) => Number(other.latest) - Number(one.latest) || other.modifiedAt.localeCompare(one.modifiedAt));
}

function getSmall(session: S3Session, { bucket, key, maxBytes }: { readonly bucket: string; readonly key: string; readonly maxBytes: number }, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return session.call(
    { bucket, key },
    signal,
    async ({ sdk, s3, abortSignal }) => {
      const answer = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
      const expected = answer.ContentLength ?? 0;
      const body = answer.Body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
      if (expected > maxBytes) {
        body?.destroy();
        throw new AppError('input-invalid', `${key} is larger than ${String(maxBytes)} bytes.`, { hint: 'Download it to a file instead.', details: { code: 'TooLarge', sizeBytes: expected } });
      }
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of body ?? []) chunks.push(chunk);
      } catch {
        abortSignal.throwIfAborted();
      }
      const bytes = Buffer.concat(chunks);
      if (bytes.byteLength !== expected) throw cutBody(session.options, key, bytes.byteLength, expected);
      const etag = plainEtag(answer.ETag);
      if (answer.ServerSideEncryption === undefined && isMd5Tag(etag) && md5Of(bytes) !== etag) throw differentBody(session.options, key);
      return bytes;
    },
    maxBytes,
  );
}

function remove(session: S3Session, bucket: string, keys: readonly string[], signal: AbortSignal | undefined): ReturnType<S3Door['remove']> {
  return session.call({ bucket }, signal, async ({ sdk, s3, abortSignal }) => {
    const failed: { readonly key: string; readonly detail: string }[] = [];
    // The most one call takes.
    for (let at = 0; at < keys.length; at += 1_000) {
      const Objects = keys.slice(at, at + 1_000).map((Key) => ({ Key }));
      const { Errors } = await s3.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }), { abortSignal });
      for (const { Key, Code, Message } of Errors ?? []) failed.push({ key: Key ?? '', detail: Message ?? Code ?? 'The bucket store does not say why.' });
    }
    return failed;
  });
}

/** A copy of the version over the newest: the version itself stays where it is. */
function restore(session: S3Session, { bucket, key, versionId }: { readonly bucket: string; readonly key: string; readonly versionId: string }, signal: AbortSignal | undefined): Promise<S3Written> {
  return session.call({ bucket, key }, signal, async ({ sdk, s3, abortSignal }) => {
    const { ContentLength = 0 } = await s3.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }), { abortSignal });
    const from = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}?versionId=${encodeURIComponent(versionId)}`;
    const copied = await s3.send(new sdk.CopyObjectCommand({ Bucket: bucket, Key: key, CopySource: from }), { abortSignal });
    return { etag: plainEtag(copied.CopyObjectResult?.ETag), versionId: versionOf(copied.VersionId), sizeBytes: ContentLength };
  });
}
