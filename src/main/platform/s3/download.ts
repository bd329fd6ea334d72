import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { pathExists, syncFolder } from '@main/platform/files';
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

/** Where a download is written before it is whole. */
function unfinished(file: string): string {
  return join(dirname(file), `.${basename(file)}.berth-download`);
}

/** Takes away what an interrupted download of this file left. */
export async function discardDownload(file: string): Promise<void> {
  await rm(unfinished(file), { force: true });
}

/** Writes beside the file and gives it its name when every byte is there and right. */
export async function downloadFile(session: S3Session, download: Download, signal: AbortSignal | undefined): Promise<S3Written> {
  const { file } = download;
  if (await pathExists(file)) throw exists(file);
  const handle = await created(file);
  try {
    const written = await receive(session, download, handle, signal).finally(() => handle.close());
    await keep(file);
    return written;
  } catch (error) {
    await discardDownload(file);
    throw error;
  }
}

function exists(file: string): AppError {
  return new AppError('input-invalid', `${file} exists already.`, { hint: 'Name a file that does not exist yet.', where: { file } });
}

async function created(file: string): Promise<FileHandle> {
  try {
    await discardDownload(file);
    return await open(unfinished(file), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
  } catch (error) {
    throw fileFailure(error, file);
  }
}

function fileFailure(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || error instanceof AppError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('disk-full', `There is no space left for ${file}.`, { where: { file }, cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('input-invalid', `There is no folder ${dirname(file)}.`, { where: { file }, cause: error });
  return new AppError('file-unreadable', `${file} cannot be written (${code}).`, { where: { file }, cause: error });
}

function receive(session: S3Session, { bucket, key, versionId, file, onBytes }: Download, handle: FileHandle, signal: AbortSignal | undefined): Promise<S3Written> {
  return session.streamed({ bucket, key }, signal, async ({ sdk, s3, abortSignal, moved }) => {
    const answer = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), { abortSignal });
    const hash = createHash('md5');
    const expected = answer.ContentLength ?? 0;
    const body = answer.Body as Body | undefined;
    const got = await drain(session, { body, key, expected, abortSignal }, async (chunk, so) => {
      await writeAll(handle, chunk, file);
      hash.update(chunk);
      moved();
      onBytes(so);
    });
    const etag = plainEtag(answer.ETag);
    const md5 = expectedMd5(etag, answer.ServerSideEncryption, answer.Metadata);
    if (md5 !== null && md5 !== hash.digest('hex')) throw differentBody(session.options, key);
    await handle.sync();
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

async function writeAll(handle: FileHandle, chunk: Uint8Array, file: string): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    throw fileFailure(error, file);
  }
}

/** What the whole shall have; null where the store does not say. */
function expectedMd5(etag: string, encryption: string | undefined, metadata: Readonly<Record<string, string>> | undefined): string | null {
  const noted = Buffer.from(metadata?.['md5chksum'] ?? '', 'base64').toString('hex');
  if (isMd5Tag(etag) && encryption === undefined) return etag;
  return isMd5Tag(noted) ? noted : null;
}

/** Never over a file that somebody made meanwhile: a hard link is refused then. File systems without links are asked first. */
async function keep(file: string): Promise<void> {
  const from = unfinished(file);
  try {
    await link(from, file);
    await rm(from, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file);
    if (await lstat(file).then(() => true, () => false)) throw exists(file);
    await rename(from, file).catch((thrown: unknown) => {
      throw fileFailure(thrown, file);
    });
  }
  await syncFolder(dirname(file));
}
