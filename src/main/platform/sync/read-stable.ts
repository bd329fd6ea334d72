import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isUntouched } from '@shared/domain/workspaces/plan';
import type { LocalFile } from '@shared/domain/workspaces/sync-model';

/** Times of files move in steps of the kernel's clock (at most 10 ms): what was changed within this time could be changed again without a trace. */
const SETTLE_MS = 20;
/** Some file systems keep seconds only. */
const RACY_MS = 2_000;
const CHUNK_BYTES = 1024 * 1024;

/** As large as the parts of an upload, so that the ETag of many parts can be told beforehand. */
export const PART_BYTES = 8 * 1024 * 1024;

/** A file as it is, held open. */
export interface HeldFile {
  readonly file: LocalFile;
  /** Looked at so soon after its last change that a file system of whole seconds could hide a later one. */
  readonly racy: boolean;
  /** The bytes from `offset`; throws `moved` when the file has changed since it was opened. */
  read(offset: number, length: number): Buffer;
  /** Throws `moved` when the file has changed since it was opened. */
  check(): void;
  close(): void;
}

/** Why a file cannot be read now. `gone` and `moved` are for the next look; `unreadable` for a person. */
export class FileMoved extends Error {
  constructor(readonly reason: 'gone' | 'moved' | 'unreadable') {
    super(reason);
    this.name = 'FileMoved';
  }
}

/**
 * Opens a file of the folder for one reading: no link is followed, on the way or at its end, and it has had the same times for as long as the kernel's clock needs
 * to show a change. Rejects with FileMoved.
 */
export async function holdStable(root: string, key: string): Promise<HeldFile> {
  const path = join(root, key);
  const fd = openPlain(path);
  try {
    let found = stats(fd, key);
    const age = Date.now() - Number(found.file.ctimeNs / 1_000_000n);
    if (age < SETTLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const again = stats(fd, key);
      if (!isUntouched(found.file, again.file)) throw new FileMoved('moved');
      found = again;
    }
    if (!found.isFile || pathOf(fd, path) !== path) throw new FileMoved('moved');
    const { file } = found;
    const check = (): void => {
      if (!isUntouched(file, stats(fd, key).file)) throw new FileMoved('moved');
    };
    const newestMs = Number((file.mtimeNs > file.ctimeNs ? file.mtimeNs : file.ctimeNs) / 1_000_000n);
    const read = (offset: number, length: number): Buffer => {
      const bytes = readExactly(fd, offset, length);
      check();
      return bytes;
    };
    return { file, racy: newestMs >= Date.now() - RACY_MS, read, check, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Hex MD5 of a held file, and the ETag that a store gives it when it is sent in parts. Lets others work between pieces. */
export async function hashHeld(held: HeldFile): Promise<{ readonly md5: string; readonly partsEtag: string }> {
  const whole = createHash('md5');
  const parts = createHash('md5');
  const { sizeBytes } = held.file;
  let count = 0;
  for (let at = 0; at < sizeBytes; at += PART_BYTES) {
    const part = createHash('md5');
    const end = Math.min(sizeBytes, at + PART_BYTES);
    for (let offset = at; offset < end; offset += CHUNK_BYTES) {
      const bytes = held.read(offset, Math.min(CHUNK_BYTES, end - offset));
      whole.update(bytes);
      part.update(bytes);
    }
    parts.update(part.digest());
    count += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { md5: whole.digest('hex'), partsEtag: `${parts.digest('hex')}-${String(count)}` };
}

function openPlain(path: string): number {
  try {
    // Without O_NONBLOCK the open of a pipe that nobody writes to never comes back.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FileMoved(code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' ? 'gone' : 'unreadable');
  }
}

function stats(fd: number, key: string): { readonly file: LocalFile; readonly isFile: boolean } {
  const found = fstatSync(fd, { bigint: true });
  return { isFile: found.isFile(), file: { key, sizeBytes: Number(found.size), mtimeNs: found.mtimeNs, ctimeNs: found.ctimeNs, ino: found.ino } };
}

/** Where an open file really is: a folder on the way that became a link leads elsewhere. */
function pathOf(fd: number, path: string): string {
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${String(fd)}`) : realpathSync(path);
}

function readExactly(fd: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    let got: number;
    try {
      got = readSync(fd, buffer, done, length - done, offset + done);
    } catch {
      throw new FileMoved('unreadable');
    }
    if (got === 0) throw new FileMoved('moved');
    done += got;
  }
  return buffer;
}
