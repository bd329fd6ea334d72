import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, realpathSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { FolderIdentity } from '@shared/domain/workspaces/guard';
import type { FolderFilter, IgnoreFiles } from '@shared/domain/workspaces/folder-filter';
import { compareKeys, KEY_MAX_BYTES, OWN_PREFIX } from '@shared/domain/workspaces/keys';
import type { LocalItem } from '@shared/domain/workspaces/plan';

/** Ignore files are read by people; a larger one is something else. */
const IGNORE_FILE_MAX_BYTES = 1024 * 1024;

/** Why something in the folder is no file to send. */
export type WalkSkip = 'symlink' | 'special' | 'name-not-utf8' | 'name-too-long' | 'unreadable' | 'reserved';

export interface WalkOptions {
  /** The folder, its links resolved. */
  readonly root: string;
  /** Bytes that come before a key in the bucket: longer keys than a store takes are told. */
  readonly prefixBytes: number;
  /** Only this first-level folder. */
  readonly only: string | null;
  /** Begins at the root; `ignoreFiles` are those of the root itself. */
  readonly filter: (ignoreFiles: IgnoreFiles) => FolderFilter;
  readonly gitignore: boolean;
  readonly dockerignore: boolean;
  readonly onSkip: (key: string, reason: WalkSkip) => void;
  readonly folders?: WalkFolders | undefined;
}

/** Who follows the walk through the folders; keys are '' or have their slash at the end. */
export interface WalkFolders {
  /** Before it is listed: what is watched from here on misses nothing. */
  entering(key: string): void;
  /** What its rules are. */
  filtered(key: string, filter: FolderFilter): void;
}

interface Entry {
  readonly name: string;
  /** With the slash of a folder: what is compared. */
  readonly order: string;
  readonly dirent: Dirent;
}

interface Frame {
  readonly path: string;
  readonly prefix: string;
  readonly entries: readonly Entry[];
  readonly filter: FolderFilter;
  next: number;
}

/** Which folder this is now, or null when there is none. A link in its place is none. */
export function folderIdentity(path: string): FolderIdentity | null {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isDirectory() === true ? { dev: found.dev, ino: found.ino } : null;
}

/** The folder with its links resolved; null when there is none. */
export function realFolder(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** Whether a file is at this key, now; neither a link nor a folder, and no link on the way. */
export function isPlainFile(root: string, key: string): boolean {
  try {
    const path = join(root, key);
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && realpathSync(path) === path;
  } catch {
    return false;
  }
}

/**
 * Everything beneath a folder in the order of keys. Folders that a rule keeps back are not opened, no link is followed. Blocks its thread, so it belongs into a worker;
 * synchronous calls take a fifth of the time of the others. What cannot be read beneath it is `unknown`; throws `file-unreadable` for the folder itself.
 */
export class Walk implements Iterator<LocalItem> {
  private readonly frames: Frame[] = [];
  private started = false;

  constructor(private readonly options: WalkOptions) {}

  next(): IteratorResult<LocalItem, undefined> {
    if (!this.started) {
      this.started = true;
      const unknown = this.open(this.options.root, '', this.options.filter);
      // Whole root unreadable: every key lies beneath what nobody knows.
      if (unknown) throw new AppError('file-unreadable', `The folder ${this.options.root} cannot be read.`, { where: { file: this.options.root }, hint: 'Give your user the right to read it, and its ignore files.' });
    }
    for (;;) {
      const frame = this.frames[this.frames.length - 1];
      if (frame === undefined) return { done: true, value: undefined };
      const entry = frame.entries[frame.next];
      frame.next += 1;
      if (entry === undefined) this.frames.pop();
      else {
        const item = this.look(frame, entry);
        if (item !== null) return { done: false, value: item };
      }
    }
  }

  private look(frame: Frame, { name, order, dirent }: Entry): LocalItem | null {
    const { options } = this;
    const key = frame.prefix + order;
    if (frame.prefix === '' && (options.only !== null && name !== options.only)) return null;
    if (key === OWN_PREFIX || key === OWN_PREFIX.slice(0, -1)) return this.skip(key, 'reserved');
    // Unpaired halves come out as U+FFFD too: such a name cannot be opened by it.
    const path = join(frame.path, name);
    if (name.includes('\ufffd') && lstatSync(path, { throwIfNoEntry: false }) === undefined) return this.skip(key, 'name-not-utf8');
    const isFolder = dirent.isDirectory();
    const verdict = frame.filter.child(name, isFolder);
    if (isFolder) {
      if (!verdict.descend) return { kind: 'excluded', key };
      return this.open(path, key, (ignoreFiles) => frame.filter.into(name, ignoreFiles)) ? { kind: 'unknown', key } : null;
    }
    if (!verdict.included) return { kind: 'excluded', key };
    if (dirent.isSymbolicLink()) return this.skip(key, 'symlink');
    return this.file(path, key);
  }

  private file(path: string, key: string): LocalItem | null {
    try {
      const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (found === undefined) return null;
      if (!found.isFile()) return this.skip(key, found.isSymbolicLink() ? 'symlink' : 'special');
      if (key.length * 3 + this.options.prefixBytes > KEY_MAX_BYTES && Buffer.byteLength(key) + this.options.prefixBytes > KEY_MAX_BYTES) return this.skip(key, 'name-too-long');
      return { kind: 'file', file: { key, sizeBytes: Number(found.size), mtimeNs: found.mtimeNs, ctimeNs: found.ctimeNs, ino: found.ino } };
    } catch {
      this.skip(key, 'unreadable');
      return { kind: 'unknown', key };
    }
  }

  private skip(key: string, reason: WalkSkip): null {
    this.options.onSkip(key, reason);
    return null;
  }

  /** True when it cannot be read. A folder that went meanwhile is gone. */
  private open(path: string, prefix: string, filterWith: (ignoreFiles: IgnoreFiles) => FolderFilter): boolean {
    try {
      const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (before?.isDirectory() !== true) return false;
      this.options.folders?.entering(prefix);
      const dirents = readdirSync(path, { withFileTypes: true });
      const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      // Somebody put another folder, or a link, in its place just now.
      if (after?.ino !== before.ino || after.dev !== before.dev) throw new Error('moved');
      const entries = dirents.map((dirent) => ({ name: dirent.name, order: dirent.isDirectory() ? `${dirent.name}/` : dirent.name, dirent })).sort((one, other) => compareKeys(one.order, other.order));
      const filter = filterWith(this.ignoreFiles(path, entries));
      this.frames.push({ path, prefix, entries, filter, next: 0 });
      this.options.folders?.filtered(prefix, filter);
      return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      this.options.onSkip(prefix, 'unreadable');
      return true;
    }
  }

  private ignoreFiles(path: string, entries: readonly Entry[]): IgnoreFiles {
    const text = (wanted: boolean, name: string): string | null => (wanted && entries.some((entry) => entry.name === name && entry.dirent.isFile()) ? readIgnoreFile(join(path, name)) : null);
    return { gitignore: text(this.options.gitignore, '.gitignore'), dockerignore: text(this.options.dockerignore, '.dockerignore') };
  }
}

/** Throws when it is there and cannot be read: without its rules, what it keeps back would be sent. */
function readIgnoreFile(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    if (size > IGNORE_FILE_MAX_BYTES) throw new Error('too large');
    const buffer = Buffer.alloc(size);
    let done = 0;
    for (let got = -1; got !== 0 && done < size; done += got) got = readSync(fd, buffer, done, size - done, done);
    return buffer.toString('utf8', 0, done);
  } finally {
    closeSync(fd);
  }
}
