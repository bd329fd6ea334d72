import { createHash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { writeNewFile, type NewFile } from '@main/platform/new-file';
import { cutBody, differentBody } from './failure';
import { isMd5Tag, plainEtag, versionOf } from './objects';
import type { S3Session } from './session';
import type { S3Written } from './types';

/** What is downloaded, and how far one is told. */
export interface Download {
  readonly bucket: string;
  readonly key: string;
  readonly file: string;
  readonly versionId: string | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** Writes beside the file and gives it its name when every byte is there and right. */
export function downloadFile(session: S3Session, download: Download, signal: AbortSignal | undefined): Promise<S3Written> {
  return writeNewFile(download.file, (made) => receive(session, download, made, signal));
}

function receive(session: S3Session, { bucket, key, versionId, onBytes }: Download, made: NewFile, signal: AbortSignal | undefined): Promise<S3Written> {
  return session.streamed({ bucket, key }, signal, async ({ sdk, s3, abortSignal, moved }) => {
    const answer = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), { abortSignal });
    const hash = createHash('md5');
    const expected = answer.ContentLength ?? 0;
    const body = answer.Body as Body | undefined;
    const got = await drain(session, { body, key, expected, abortSignal }, async (chunk, so) => {
      await made.write(chunk);
      hash.update(chunk);
      moved();
      onBytes(so);
    });
    const etag = plainEtag(answer.ETag);
    const md5 = expectedMd5(etag, answer.ServerSideEncryption, answer.Metadata);
    if (md5 !== null && md5 !== hash.digest('hex')) throw differentBody(session.options, key);
    await made.sync();
    return { etag, versionId: versionOf(answer.VersionId), sizeBytes: got };
  });
}

type Body = AsyncIterable<Uint8Array> & { destroy(): void };

/** Takes a body to its announced end; anything less is an error. */
async function drain(session: S3Session, from: { readonly body: Body | undefined; readonly key: string; readonly expected: number; readonly abortSignal: AbortSignal }, take: (chunk: Uint8Array, soFar: number) => Promise<void>): Promise<number> {
  const { body, key, expected, abortSignal } = from;
  const halt = (): void => body?.destroy();
  if (abortSignal.aborted) halt();
  abortSignal.addEventListener('abort', halt, { once: true });
  let got = 0;
  try {
    for await (const chunk of body ?? []) {
      got += chunk.byteLength;
      await take(chunk, got);
    }
  } catch (error) {
    abortSignal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw cutBody(session.options, key, got, expected);
  } finally {
    abortSignal.removeEventListener('abort', halt);
  }
  abortSignal.throwIfAborted();
  if (got !== expected) throw cutBody(session.options, key, got, expected);
  return got;
}

/** What the whole shall have; null where the store does not say. */
function expectedMd5(etag: string, encryption: string | undefined, metadata: Readonly<Record<string, string>> | undefined): string | null {
  const noted = Buffer.from(metadata?.['md5chksum'] ?? '', 'base64').toString('hex');
  if (isMd5Tag(etag) && encryption === undefined) return etag;
  return isMd5Tag(noted) ? noted : null;
}
