import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { syncFolder } from '../files';

/** Small pieces are gathered: a header of 512 bytes is no reason for a write of its own. */
const GATHERED_BYTES = 1024 * 1024;

/** Takes the bytes of an archive in order. */
export interface ArchiveSink {
  /** Bytes taken so far. */
  readonly bytes: number;
  write(bytes: Uint8Array): Promise<void>;
}

/** What was written. */
export interface WrittenArchive {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes a file that is there whole or not at all, readable by the user alone: under a temporary name beside it, synced, then under its own. What is there already stays: `input-invalid`. */
export async function writeArchiveFile(file: string, temporary: string, produce: (sink: ArchiveSink) => Promise<void>): Promise<WrittenArchive> {
  return telling(file, async () => {
    await mustBeFree(file);
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    let written: WrittenArchive;
    try {
      written = await fill(handle, produce);
    } catch (error) {
      await discardArchiveFile(temporary);
      throw error;
    } finally {
      await handle.close();
    }
    await giveName(temporary, file);
    await syncFolder(dirname(file));
    return written;
  });
}

/** Removes what an interrupted export left. Gone already is fine. */
export async function discardArchiveFile(temporary: string): Promise<void> {
  await unlink(temporary).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

async function fill(handle: FileHandle, produce: (sink: ArchiveSink) => Promise<void>): Promise<WrittenArchive> {
  const sink = new GatheringSink(handle);
  await produce(sink);
  const written = await sink.end();
  await handle.sync();
  return written;
}

class GatheringSink implements ArchiveSink {
  bytes = 0;
  private readonly hash: Hash = createHash('sha256');
  private readonly gathered = Buffer.allocUnsafe(GATHERED_BYTES);
  private used = 0;

  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length;
    this.hash.update(bytes);
    if (this.used + bytes.length > GATHERED_BYTES) await this.flush();
    if (bytes.length > GATHERED_BYTES) return this.put(bytes);
    this.gathered.set(bytes, this.used);
    this.used += bytes.length;
  }

  async end(): Promise<WrittenArchive> {
    await this.flush();
    return { sizeBytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  private async flush(): Promise<void> {
    await this.put(this.gathered.subarray(0, this.used));
    this.used = 0;
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
  }
}

async function mustBeFree(file: string): Promise<void> {
  const found = await lstat(file).catch(() => null);
  if (found !== null) throw taken(file);
}

function taken(file: string): AppError {
  return new AppError('input-invalid', `${file} is there already.`, { hint: 'Name a file that does not exist yet, or remove that one first.', where: { file } });
}

/** A hard link never replaces anything; where the file system has none, an empty file of that name keeps the place until it is renamed over. */
async function giveName(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
    await unlink(temporary);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || !['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EINVAL'].includes(code ?? '')) {
      await discardArchiveFile(temporary);
      throw error;
    }
    await (await open(file, 'wx', 0o600)).close();
    await rename(temporary, file);
  }
}

async function telling<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'ENOSPC':
      case 'EDQUOT':
        throw new AppError('disk-full', `There is no room for ${file}.`, { hint: 'Nothing of it was left. Free some space, or name a file on another disk.', where: { file }, cause: error });
      case 'EEXIST':
        throw taken(file);
      case 'ENOENT':
      case 'ENOTDIR':
        throw new AppError('not-found', `There is no folder ${dirname(file)}.`, { hint: 'Make it first, or name another place.', where: { file }, cause: error });
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
        throw new AppError('input-invalid', `${file} cannot be written.`, { hint: 'Name a folder that your user may write to.', where: { file }, cause: error });
      default:
        throw error;
    }
  }
}
