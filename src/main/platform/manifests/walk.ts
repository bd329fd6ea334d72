import type { EntryLook } from '@shared/domain/gitops/links/check-files';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { SkippedEntry } from './protocol';

/** Larger files are told and not read. */
export const FILE_BYTES_MAX = 5_000_000;
/** More than this is no folder of manifests. */
export const FILES_MAX = 100_000;
const DEPTH_MAX = 100;

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.archive', '.berth', 'node_modules']);
const MANIFEST = /\.(?:ya?ml|json)$|^Kustomization$/i;
const HAS_FD_PATHS = process.platform === 'linux';
const FOLDER_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
const FILE_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file as its folder shows it. `read` works until the next file is asked for; null where it is gone or is no file any more. */
export interface WalkedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  read(): Buffer | null;
}

/**
 * Every file beneath a folder that may hold manifests. On Linux each step hangs on an open handle, so that nobody can put a link in the place of a folder meanwhile;
 * no link is followed anywhere. Blocks its thread: it belongs into a process of its own.
 */
export function* walkManifests(root: string, onSkip: (skipped: SkippedEntry) => void): Generator<WalkedFile> {
  const left = { files: FILES_MAX };
  yield* walkFolder(root, '', 0, onSkip, left);
}

function* walkFolder(path: string, prefix: string, depth: number, onSkip: (skipped: SkippedEntry) => void, left: { files: number }): Generator<WalkedFile> {
  let fd: number;
  try {
    fd = openFolder(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (prefix === '') throw error;
    if (code !== 'ENOENT') onSkip({ path: prefix.slice(0, -1), reason: 'The folder cannot be read.' });
    return;
  }
  try {
    const here = HAS_FD_PATHS ? `/proc/self/fd/${String(fd)}` : path;
    const entries = readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        if (LEFT_OUT.has(entry.name)) continue;
        if (depth >= DEPTH_MAX) onSkip({ path: name, reason: `The folder is deeper than ${String(DEPTH_MAX)} levels.` });
        else yield* walkFolder(join(here, entry.name), `${name}/`, depth + 1, onSkip, left);
      } else if (MANIFEST.test(entry.name)) {
        const file = entry.isSymbolicLink() ? skipped(name, 'It is a link: links are not followed.', onSkip) : look(join(here, entry.name), name, onSkip);
        if (file === null) continue;
        left.files -= 1;
        if (left.files < 0) {
          if (left.files === -1) onSkip({ path: name, reason: `The folder has more than ${FILES_MAX.toLocaleString('en')} files: this one and those after it are left out.` });
          continue;
        }
        yield file;
      }
    }
  } finally {
    closeSync(fd);
  }
}

function openFolder(path: string): number {
  if (!HAS_FD_PATHS && !lstatSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  return openSync(path, FOLDER_FLAGS);
}

function skipped(path: string, reason: string, onSkip: (skipped: SkippedEntry) => void): null {
  onSkip({ path, reason });
  return null;
}

function look(entry: string, path: string, onSkip: (skipped: SkippedEntry) => void): WalkedFile | null {
  const found = lstatSync(entry, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile()) return skipped(path, found.isSymbolicLink() ? 'It is a link: links are not followed.' : 'It is no regular file.', onSkip);
  if (found.size > BigInt(FILE_BYTES_MAX)) return skipped(path, `The file is larger than ${String(FILE_BYTES_MAX / 1_000_000)} MB.`, onSkip);
  return { path, sizeBytes: Number(found.size), mode: Number(found.mode) & 0o7777, mtimeNs: found.mtimeNs, ctimeNs: found.ctimeNs, ino: found.ino, read: () => readRegular(entry) };
}

/** The bytes of a regular file, at most as many as are allowed; null where it is something else now. Throws what the system says of one that may not be read. */
function readRegular(entry: string): Buffer | null {
  let fd: number;
  try {
    fd = openSync(entry, FILE_FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile() || status.size > FILE_BYTES_MAX) return null;
    const buffer = Buffer.allocUnsafeSlow(status.size);
    let done = 0;
    for (let got = -1; got !== 0 && done < buffer.length; done += got) got = readSync(fd, buffer, done, buffer.length - done, done);
    return done === buffer.length ? buffer : buffer.subarray(0, done);
  } finally {
    closeSync(fd);
  }
}

/** Files by their paths, as the walk would have found them; every folder on the way is opened without following a link, and stays open for the next file in it. */
export class FolderFiles {
  private readonly open: { readonly path: string; readonly fd: number; readonly here: string }[] = [];

  constructor(private readonly root: string) {}

  /** Null where there is none. Throws what the system says of one that may not be read. */
  read(path: string): Buffer | null {
    const entry = this.entry(path);
    return entry === null ? null : readRegular(entry);
  }

  look(path: string, onSkip: (skipped: SkippedEntry) => void): WalkedFile | null {
    const entry = this.entry(path);
    return entry === null ? null : look(entry, path, onSkip);
  }

  close(): void {
    this.closeBeyond(0);
  }

  private entry(path: string): string | null {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    if (parts.some((one) => one === '' || one === '..' || LEFT_OUT.has(one)) || !MANIFEST.test(name)) return null;
    try {
      return join(this.folder(parts), name);
    } catch (error) {
      if (/^(?:ENOENT|ENOTDIR|ELOOP)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
      throw error;
    }
  }

  /** The path by which a folder's entries are reached. */
  private folder(parts: readonly string[]): string {
    const names = ['', ...parts];
    let same = 0;
    while (same < names.length && this.open[same]?.path === names[same]) same += 1;
    this.closeBeyond(same);
    for (const name of names.slice(same)) {
      const path = join(this.open.at(-1)?.here ?? this.root, name);
      const fd = openFolder(path);
      this.open.push({ path: name, fd, here: HAS_FD_PATHS ? `/proc/self/fd/${String(fd)}` : path });
    }
    return this.open.at(-1)?.here ?? this.root;
  }

  private closeBeyond(kept: number): void {
    for (const { fd } of this.open.splice(kept)) closeSync(fd);
  }
}

/** One file by its path. Null where there is none. */
export function withFile<T>(root: string, path: string, act: (file: WalkedFile) => T, onSkip: (skipped: SkippedEntry) => void = () => undefined): T | null {
  const files = new FolderFiles(root);
  try {
    const file = files.look(path, onSkip);
    return file === null ? null : act(file);
  } finally {
    files.close();
  }
}

type Entry = ReturnType<EntryLook>;

/** The system takes no longer ones. */
const PATH_MAX = 1_024;

/** Looks whether something stands at a path beneath a folder, following no link. */
export function entryLook(root: string): EntryLook {
  const known = new Map<string, Entry>();
  const look = (path: string): Entry => {
    if (path.length > PATH_MAX) return 'unknown';
    const before = known.get(path);
    if (before !== undefined) return before;
    const at = path.lastIndexOf('/');
    const above = at === -1 ? 'folder' : look(path.slice(0, at));
    const found = above === 'folder' ? entryAt(join(root, path)) : above === 'file' ? 'missing' : above;
    known.set(path, found);
    return found;
  };
  return look;
}

function entryAt(path: string): Entry {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'unknown';
  } catch {
    return 'unknown';
  }
}
