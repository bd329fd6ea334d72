import { constants } from 'node:fs';
import { chmod, copyFile, lchown, lstat, mkdir, readdir, readlink, realpath, stat, statfs, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';

const FILES_AT_ONCE = 8;
const MOST_ENTRIES = 200_000;

/** A folder or file of which a copy is made. */
export interface CopyTree {
  /** Relative to `from`; empty: the whole of it. */
  readonly path: string;
  /** Whether an entry (relative to this tree, forward slashes) is copied; `inside`: not itself, but perhaps what it holds. */
  readonly keeps: (path: string, isFolder: boolean) => 'yes' | 'no' | 'inside';
}

export interface CopyRequest {
  /** Real path, absolute. */
  readonly from: string;
  readonly to: string;
  readonly trees: readonly CopyTree[];
  /** Absolute paths that are never entered. */
  readonly never: readonly string[];
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

export interface CopyResult {
  readonly files: number;
  readonly bytes: number;
  /** Links that lead out of the folder, sockets and devices: relative paths. */
  readonly leftOut: readonly string[];
}

interface Entry {
  readonly path: string;
  /** Where its content is read: elsewhere when a tree's root is a link that leads out. */
  readonly source: string;
  readonly kind: 'folder' | 'file' | 'link';
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly bytes: number;
  readonly target: string;
}

/**
 * Copies parts of a folder, without touching the original: blocks are shared where the file system can. Links stay links
 * as long as they lead to a place inside. Rejects with `blocked` for more than maxBytes, `disk-full`, `file-unreadable`, `cancelled`.
 */
export async function copySelected(request: CopyRequest): Promise<CopyResult> {
  const found = new Collected(request);
  for (const tree of request.trees) await found.add(tree);
  const entries = [...found.entries.values()];
  const totalBytes = entries.reduce((sum, one) => sum + one.bytes, 0);
  if (totalBytes > request.maxBytes) throw tooLarge(request.from, totalBytes, request.maxBytes);
  await mkdir(request.to, { recursive: true, mode: 0o700 });
  await checkRoom(request.to, totalBytes);
  await writeEntries(request, entries, totalBytes);
  return { files: entries.filter((one) => one.kind === 'file').length, bytes: totalBytes, leftOut: found.leftOut };
}

/** What is to be copied, each path once. */
class Collected {
  readonly entries = new Map<string, Entry>();
  readonly leftOut: string[] = [];

  constructor(private readonly request: CopyRequest) {}

  async add(tree: CopyTree): Promise<void> {
    const path = tree.path.split(sep).join('/');
    const given = join(this.request.from, path);
    const source = await realpath(given).catch(() => null);
    if (source === null) return;
    const found = await stat(source);
    if (!found.isDirectory()) return this.note(path, source, found.isFile() ? 'file' : 'other');
    if (path !== '') await this.note(path, source, 'folder');
    await this.walk(tree, path, source, '');
  }

  private async walk(tree: CopyTree, base: string, root: string, folder: string): Promise<void> {
    if (this.request.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const dir = join(root, folder);
    for (const entry of await readable(dir, () => readdir(dir, { withFileTypes: true }), [])) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const source = join(root, name);
      if (this.request.never.includes(source)) continue;
      const keeps = tree.keeps(name, entry.isDirectory());
      const path = base === '' ? name : `${base}/${name}`;
      if (keeps === 'yes') await this.note(path, source, entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other');
      if (entry.isDirectory() && keeps !== 'no') await this.walk(tree, base, root, name);
    }
  }

  private async note(path: string, source: string, kind: Entry['kind'] | 'other'): Promise<void> {
    if (this.entries.has(path)) return;
    if (this.entries.size >= MOST_ENTRIES) throw new AppError('blocked', `${this.request.from} has more than ${String(MOST_ENTRIES)} files to copy.`, { hint: 'Leave folders out by a .dockerignore, or mount less of the project.', where: { file: this.request.from } });
    const target = kind === 'link' ? await this.targetInside(path, source) : '';
    if (kind === 'other' || target === null) {
      this.leftOut.push(path);
      return;
    }
    const found = await readable(source, () => lstat(source), null);
    if (found === null) return;
    this.entries.set(path, { path, source, kind, mode: found.mode & 0o7777, owner: found, bytes: kind === 'file' ? found.size : 0, target });
  }

  /** The link's text, relative; null when it leads out of the folder. */
  private async targetInside(path: string, source: string): Promise<string | null> {
    const text = await readlink(source);
    const from = dirname(join(this.request.from, path));
    const to = resolve(from, text);
    const within = relative(this.request.from, to);
    if (within.startsWith('..') || isAbsolute(within)) return null;
    // A chain of links may leave the folder further on.
    const end = await realpath(source).catch(() => to);
    if (relative(this.request.from, end).startsWith('..')) return null;
    return isAbsolute(text) ? relative(from, to) || '.' : text;
  }
}

async function writeEntries(request: CopyRequest, entries: readonly Entry[], totalBytes: number): Promise<void> {
  const folders = entries.filter((one) => one.kind === 'folder');
  for (const folder of folders) await mkdir(join(request.to, folder.path), { recursive: true, mode: 0o700 });
  let doneBytes = 0;
  await inParallel(entries.filter((one) => one.kind !== 'folder'), FILES_AT_ONCE, async (entry) => {
    if (request.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const target = join(request.to, entry.path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if (entry.kind === 'link') await symlink(entry.target, target);
    else await readable(entry.source, () => copyFile(entry.source, target, constants.COPYFILE_FICLONE), undefined);
    await takeOwner(target, entry);
    doneBytes += entry.bytes;
    request.onProgress(doneBytes, totalBytes);
  });
  // Last, and from the inside out: a folder that may not be written to must be filled first.
  for (const folder of [...folders].sort((a, b) => b.path.length - a.path.length)) {
    await takeOwner(join(request.to, folder.path), folder);
    await chmod(join(request.to, folder.path), folder.mode);
  }
}

/** Data of services belongs to users of their own; only root can give that to the copy. */
async function takeOwner(target: string, entry: Entry): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await lchown(target, entry.owner.uid, entry.owner.gid).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

/** What went away meanwhile was not there; anything else that cannot be read is one sentence. */
async function readable<T>(path: string, read: () => Promise<T>, gone: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return gone;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new AppError('disk-full', 'The disk has no room for the copy of the project.', { hint: 'Free some space, then try again.', cause: error });
    throw new AppError('file-unreadable', `${path} cannot be read, so the project cannot be copied.`, { hint: 'Give your user the right to read it.', where: { file: path }, cause: error });
  }
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const disk = await statfs(folder);
  if (bytes <= disk.bavail * disk.bsize) return;
  throw new AppError('disk-full', `The copy of the project needs ${inMegabytes(bytes)}, and the disk has ${inMegabytes(disk.bavail * disk.bsize)} left.`, { hint: 'Free some space, then try again.', where: { file: folder } });
}

function tooLarge(folder: string, bytes: number, maxBytes: number): AppError {
  return new AppError('blocked', `${folder} has ${inMegabytes(bytes)} to copy, and Berth copies at most ${inMegabytes(maxBytes)}.`, { hint: 'Leave folders out by a .dockerignore, or mount less of the project.', where: { file: folder } });
}

function inMegabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1_000_000))} MB`;
}
