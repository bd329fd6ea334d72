import { constants } from 'node:fs';
import { access, lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';
import type { BuildFact, SourceFact } from '@shared/domain/checks/facts';
import { AppError } from '@shared/kernel/app-error';
import { readProjectFile } from './files';
import { matchingPaths } from './matching-paths';
import { within } from './within';

/** Reads a disk for the checks; every answer comes within `timeoutMs`. */
export interface SourceDoor {
  inspect(path: string): Promise<SourceFact>;
  /** The whole text of a file of at most 1 MiB, byte for byte. Rejects as readProjectFile, and with `file-unreadable` for what is no UTF-8. */
  readText(path: string): Promise<string>;
  /** A Dockerfile's text, at most 1 MiB of it. */
  readDockerfile(path: string): Promise<{ readonly state: BuildFact['dockerfileState']; readonly text: string }>;
  folderState(path: string): Promise<BuildFact['contextState']>;
  /** With links followed; the path itself when it does not exist. */
  realPath(path: string): Promise<string>;
  /** What a pattern of a COPY line matches beneath a folder, as paths with forward slashes; undefined when it cannot be told. */
  matches(folder: string, pattern: string): Promise<readonly string[] | undefined>;
  /** When a file was last written, in milliseconds since the epoch; undefined when it is not there. */
  changedAt(path: string): Promise<number | undefined>;
}

const TEXT_BYTES = 1_048_576;
/** A folder with more entries than this is not searched for another spelling. */
const MAX_ENTRIES = 20_000;
/** File systems whose server may be away: a call to them can hang for ever and take a thread of this process with it. */
const REMOTE_TYPES = /^(fuse(\..+)?|nfs\d?|cifs|smb\d?|9p|afs|ceph|glusterfs|lustre)$/;

/** Whether a mount that may hang answers; asked in a child process, so that a hung call is no thread of ours. */
export type MountProbe = (mountPoint: string, timeoutMs: number) => Promise<boolean>;

/** Asks `stat` in a child process: one that hangs is ended with its deadline. */
export function statProbe(run: (path: string, argv: readonly string[], options: { readonly timeoutMs: number }) => Promise<{ readonly exitCode: number | null }>): MountProbe {
  return async (mountPoint, timeoutMs) => {
    try {
      return (await run('/usr/bin/stat', ['--format=%F', '--', mountPoint], { timeoutMs })).exitCode === 0;
    } catch {
      return false;
    }
  };
}

/** The machine's disk. `probe` is asked about network and FUSE mounts before anything on them is looked at; without one they are looked at directly. */
export function hostSources(options: { readonly timeoutMs: number; readonly probe?: MountProbe | undefined; readonly platform?: NodeJS.Platform }): SourceDoor {
  const { timeoutMs, probe } = options;
  const unresponsive = (path: string): SourceFact => ({ path, state: 'unresponsive', kind: 'other', realPath: path, empty: false, ownedByRoot: false });
  const hangs = probe === undefined ? () => Promise.resolve(false) : hangingMounts(options.platform ?? process.platform, async (mount) => !(await probe(mount, timeoutMs)));
  const safely = async <T>(path: string, look: () => Promise<T>, otherwise: T): Promise<T> => ((await hangs(path)) ? otherwise : within(timeoutMs, look(), otherwise));
  return {
    inspect: (path) => safely(path, () => inspectSource(path), unresponsive(path)),
    readText: (path) => readText(path),
    readDockerfile: (path) => safely(path, () => readDockerfile(path), { state: 'unreadable', text: '' }),
    folderState: (path) => safely(path, () => folderState(path), 'unreadable'),
    realPath: (path) => safely(path, () => realpath(path).catch(() => path), path),
    matches: (folder, pattern) => safely(folder, () => matchingPaths(folder, pattern), undefined),
    changedAt: (path) => safely(path, () => stat(path).then((found) => found.mtimeMs, () => undefined), undefined),
  };
}

/** Tells whether a path lies on a network or FUSE mount that does not answer. The mounts are read, and the ones in use asked, at most once a second. */
function hangingMounts(platform: NodeJS.Platform, doesHang: (mount: string) => Promise<boolean>): (path: string) => Promise<boolean> {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let over: (path: string) => readonly string[] = () => [];
  let reading: Promise<void> = Promise.resolve();
  const asked = new Map<string, Promise<boolean>>();
  return async (path) => {
    if (platform !== 'linux') return false;
    if (performance.now() - readAtMs > 1000) {
      readAtMs = performance.now();
      asked.clear();
      reading = remoteMounts().then((read) => void (over = read));
    }
    await reading;
    const answers = over(path).map((mount) => {
      const known = asked.get(mount) ?? doesHang(mount);
      asked.set(mount, known);
      return known;
    });
    return (await Promise.all(answers)).some(Boolean);
  };
}

/** Reads which network and FUSE mounts there are now, without touching them; the answer names those a path lies on. */
export async function remoteMounts(): Promise<(path: string) => readonly string[]> {
  const text = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const points = text.split('\n').flatMap((line) => mountPointOf(line));
  return (path) => points.filter((mount) => path === mount || path.startsWith(`${mount}/`));
}

/** Whether a type of file system, as the kernel names it, is one whose calls can hang. */
export function isRemoteType(type: string): boolean {
  return REMOTE_TYPES.test(type);
}

function mountPointOf(line: string): readonly string[] {
  const [, point, type] = line.split(' ');
  if (point === undefined || type === undefined || !REMOTE_TYPES.test(type)) return [];
  return [point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

/** What lies at a path, links followed. */
async function inspectSource(path: string): Promise<SourceFact> {
  const missing: SourceFact = { path, state: 'missing', kind: 'other', realPath: path, empty: false, ownedByRoot: false };
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') {
      const [otherCase, isBrokenLink] = await Promise.all([spelledOtherwise(path), lstat(path).then((entry) => entry.isSymbolicLink(), () => false)]);
      return { ...missing, ...(otherCase === undefined ? {} : { otherCase }), ...(isBrokenLink ? { isBrokenLink } : {}) };
    }
    return { ...missing, state: code === 'EIO' || code === 'ENOTCONN' || code === 'ESTALE' ? 'unresponsive' : 'unreadable' };
  }
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSocket() ? 'socket' : found.isBlockDevice() || found.isCharacterDevice() ? 'device' : 'other';
  const [real, readable, empty] = await Promise.all([
    realpath(path).catch(() => path),
    kind === 'socket' || kind === 'device' ? true : access(path, kind === 'directory' ? constants.R_OK | constants.X_OK : constants.R_OK).then(() => true, () => false),
    kind === 'directory' ? isEmptyFolder(path) : false,
  ]);
  const otherCase = real !== path && real.toLowerCase() === path.toLowerCase() ? real : undefined;
  return {
    path,
    state: readable ? 'present' : 'unreadable',
    kind,
    realPath: real,
    empty,
    ownedByRoot: found.uid === 0 && process.getuid?.() !== 0 && process.platform !== 'win32',
    ...(process.platform === 'win32' ? {} : { access: { uid: found.uid, gid: found.gid, mode: found.mode & 0o7777, ownedByUser: found.uid === process.getuid?.() } }),
    ...(otherCase === undefined ? {} : { otherCase }),
  };
}

async function isEmptyFolder(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch {
    return false;
  }
}

/** The path as the disk spells it when it only differs in case; undefined when nothing like it is there. */
export async function spelledOtherwise(path: string): Promise<string | undefined> {
  const { root } = parse(path);
  let current = root;
  for (const segment of path.slice(root.length).split(sep).filter((part) => part !== '')) {
    const next = join(current, segment);
    try {
      await lstat(next);
      current = next;
    } catch {
      const entries = await readdir(current).catch(() => []);
      if (entries.length > MAX_ENTRIES) return undefined;
      const match = entries.find((entry) => entry.toLowerCase() === segment.toLowerCase());
      if (match === undefined) return undefined;
      current = join(current, match);
    }
  }
  return current === path ? undefined : current;
}

async function readDockerfile(path: string): Promise<{ readonly state: BuildFact['dockerfileState']; readonly text: string }> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return { state: 'missing', text: '' };
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TEXT_BYTES), 0, TEXT_BYTES, 0);
      return { state: 'present', text: buffer.subarray(0, bytesRead).toString('utf8') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { state: codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? 'missing' : 'unreadable', text: '' };
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readProjectFile(path, TEXT_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new AppError('file-unreadable', `${path} is no UTF-8 text.`, { where: { file: path }, cause: error });
  }
}

async function folderState(path: string): Promise<BuildFact['contextState']> {
  try {
    if (!(await stat(path)).isDirectory()) return 'not-a-directory';
    await access(path, constants.R_OK | constants.X_OK);
    return 'directory';
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? 'missing' : 'unreadable';
  }
}
