import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '@shared/kernel/app-error';
import { differentBody } from './failure';
import { isMd5Tag, md5Of, plainEtag, putSmall, versionOf } from './objects';
import type { S3Session } from './session';
import type { S3Written } from './types';

/** From here on in parts. */
const PARTS_FROM_BYTES = 16 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** What S3 allows; larger files get larger parts. */
const MOST_PARTS = 10_000;

/** What is uploaded, and how far one is told. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly file: string;
  readonly onBytes: (bytes: number) => void;
}

/** Sends a file of this machine: in one go when it is small, in parts side by side when it is large. Nothing half is ever to be seen in the bucket. */
export async function uploadFile(session: S3Session, upload: Upload, signal: AbortSignal | undefined): Promise<S3Written> {
  const handle = await opened(upload.file);
  try {
    const { size } = await handle.stat();
    if (size < PARTS_FROM_BYTES) {
      const bytes = await readAt(handle, 0, size, upload.file);
      const written = await putSmall(session, upload.bucket, upload.key, bytes, signal);
      upload.onBytes(size);
      return written;
    }
    return await new PartedUpload(session, upload, handle, size, signal).run();
  } finally {
    await handle.close();
  }
}

async function opened(file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new AppError('file-unreadable', code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`, { where: { file }, cause: error });
  }
  await handle.close();
  throw new AppError('file-unreadable', `${file} is no file.`, { where: { file } });
}

/** Exactly these bytes; a file that got shorter meanwhile is an error. */
async function readAt(handle: FileHandle, position: number, length: number, file: string): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) throw changed(file);
    at += bytesRead;
  }
  return bytes;
}

function changed(file: string): AppError {
  return new AppError('busy', `${file} was changed while it was being uploaded.`, { hint: 'Upload it again when nothing writes to it.', where: { file }, details: { code: 'FileChanged' } });
}

interface SentPart {
  readonly number: number;
  readonly etag: string;
  readonly md5: string;
}

/** One upload in parts. */
class PartedUpload {
  private readonly partBytes: number;
  private readonly stop = new AbortController();
  private readonly sent: SentPart[] = [];
  /** Said by a lane that found the upload gone. */
  private lost: AppError | null = null;
  private next = 0;
  private done = 0;

  constructor(
    private readonly session: S3Session,
    private readonly upload: Upload,
    private readonly handle: FileHandle,
    private readonly size: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.partBytes = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));
  }

  async run(): Promise<S3Written> {
    const { bucket, key } = this.upload;
    const md5 = await this.wholeMd5();
    // The same field as rclone writes: with it, whoever downloads can compare what the tag of an object in parts does not say.
    const Metadata = { md5chksum: Buffer.from(md5, 'hex').toString('base64') };
    const { UploadId } = await this.session.call({ bucket, key }, this.signal, ({ sdk, s3, abortSignal }) => s3.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key, Metadata }), { abortSignal }));
    const id = UploadId ?? '';
    try {
      await this.sendAll(id);
      if ((await this.wholeMd5()) !== md5) throw changed(this.upload.file);
      return await this.complete(id);
    } catch (error) {
      await this.abort(id);
      throw error;
    }
  }

  /** Four lanes; the first that fails ends the others. Only a lost upload does not: why it was lost is what another lane was told. */
  private async sendAll(id: string): Promise<void> {
    const count = Math.ceil(this.size / this.partBytes);
    const lane = async (): Promise<void> => {
      while (this.next < count && !this.stop.signal.aborted && this.lost === null) {
        const index = this.next;
        this.next += 1;
        await this.send(id, index);
      }
    };
    const lanes = Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, () =>
      lane().catch((error: unknown) => {
        if (error instanceof AppError && error.details?.['code'] === 'NoSuchUpload') this.lost = error;
        else if (!this.stop.signal.aborted) this.stop.abort(error);
      }),
    );
    await Promise.all(lanes);
    if (this.stop.signal.aborted) throw this.stop.signal.reason;
    if (this.lost !== null) throw this.lost;
  }

  private async send(id: string, index: number): Promise<void> {
    const { bucket, key, file, onBytes } = this.upload;
    const position = index * this.partBytes;
    const bytes = await readAt(this.handle, position, Math.min(this.partBytes, this.size - position), file);
    const md5 = md5Of(bytes);
    const signal = this.signal === undefined ? this.stop.signal : AbortSignal.any([this.signal, this.stop.signal]);
    const part = { Bucket: bucket, Key: key, UploadId: id, PartNumber: index + 1, Body: bytes, ContentLength: bytes.byteLength, ContentMD5: Buffer.from(md5, 'hex').toString('base64') };
    const { ETag } = await this.session.call({ bucket, key }, signal, ({ sdk, s3, abortSignal }) => s3.send(new sdk.UploadPartCommand(part), { abortSignal }), bytes.byteLength);
    this.sent.push({ number: index + 1, etag: ETag ?? '', md5 });
    this.done += bytes.byteLength;
    onBytes(this.done);
  }

  private async complete(id: string): Promise<S3Written> {
    const { bucket, key } = this.upload;
    const parts = this.sent.toSorted((one, other) => one.number - other.number);
    const MultipartUpload = { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) };
    // Putting many parts together takes the store a while.
    const written = await this.session.call({ bucket, key }, this.signal, ({ sdk, s3, abortSignal }) => s3.send(new sdk.CompleteMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id, MultipartUpload }), { abortSignal }), this.partBytes);
    const etag = plainEtag(written.ETag);
    const expected = `${createHash('md5').update(Buffer.from(parts.map(({ md5 }) => md5).join(''), 'hex')).digest('hex')}-${String(parts.length)}`;
    const isComparable = parts.every((part) => isMd5Tag(plainEtag(part.etag)) && plainEtag(part.etag) === part.md5);
    if (isComparable && etag !== expected) throw differentBody(this.session.options, key);
    return { etag, versionId: versionOf(written.VersionId), sizeBytes: this.size };
  }

  /** Its own parts only. What cannot be taken away now, the store takes away by itself after a day. */
  private async abort(id: string): Promise<void> {
    const { bucket, key } = this.upload;
    await this.session.call({ bucket, key }, undefined, ({ sdk, s3, abortSignal }) => s3.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id }), { abortSignal })).catch(() => undefined);
  }

  private async wholeMd5(): Promise<string> {
    const hash = createHash('md5');
    for (let at = 0; at < this.size; at += PART_BYTES) {
      if (this.signal?.aborted === true) throw new AppError('cancelled', 'Cancelled.');
      hash.update(await readAt(this.handle, at, Math.min(PART_BYTES, this.size - at), this.upload.file));
    }
    return hash.digest('hex');
  }
}
