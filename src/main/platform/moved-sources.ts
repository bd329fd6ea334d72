import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { SourceFact } from '@shared/domain/checks/facts';
import { AppError } from '@shared/kernel/app-error';
import type { Git } from './git';
import { within } from './within';

/** A source that is not where the file says. */
export interface LostSource {
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

/** Where to look: `taken` are paths that something else uses; git is asked in trusted projects only. */
export interface MovedQuestion {
  readonly projectDir: string;
  readonly lost: readonly LostSource[];
  readonly taken: ReadonlySet<string>;
  readonly isTrusted: boolean;
}

/** Looks through a project folder for what was moved. */
export type MovedFinder = (question: MovedQuestion) => Promise<ReadonlyMap<string, NonNullable<SourceFact['movedTo']>>>;

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

/** Nobody moves a mounted file there, and they may hold a hundred thousand files. */
const SKIPPED = new Set(['.git', '.berth', 'node_modules', '.venv', 'venv', '__pycache__', '.next', '.cache']);
const MOST_ENTRIES = 20_000;
/** Larger files are compared by name only. */
const MOST_BYTES = 8 * 1024 * 1024;
/** So many files of a folder are compared. */
const MOST_COMPARED = 20;
const GIT_LIMITS = { timeoutMs: 2_000, maxOutputBytes: 16 * 1024 * 1024 };

/** Searches this machine's disk: the same bytes as git last knew go before the only entry of the same name. */
export function movedFinder(options: { readonly timeoutMs: number; readonly git: Git }): MovedFinder {
  return (question) => within(options.timeoutMs, search(options.git, question), new Map());
}

async function search(git: Git, { projectDir, lost, taken, isTrusted }: MovedQuestion): ReturnType<MovedFinder> {
  const entries = (await entriesOf(projectDir)).filter((entry) => !taken.has(entry.path));
  const found = new Map<string, NonNullable<SourceFact['movedTo']>>();
  for (const one of lost) {
    const known = isTrusted ? await lastKnown(git, projectDir, one.path) : [];
    const same = one.kind === 'directory' ? await foldersWith(entries, known) : known[0] === undefined ? [] : await withContent(entries, known[0], basename(one.path));
    const [match, ...others] = same;
    if (match !== undefined && others.length === 0) {
      found.set(one.path, { path: match, by: 'content' });
      continue;
    }
    // A folder without files is nobody's: Docker makes such ones where a mount lies below another.
    const [named, ...more] = entries.filter((entry) => entry.kind === one.kind && basename(entry.path) === basename(one.path) && (entry.kind === 'file' || entries.some((other) => other.kind === 'file' && other.path.startsWith(`${entry.path}${sep}`))));
    if (named !== undefined && more.length === 0) found.set(one.path, { path: named.path, by: 'name' });
  }
  return found;
}

async function entriesOf(root: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const folders = [root];
  for (let folder = folders.shift(); folder !== undefined && entries.length < MOST_ENTRIES; folder = folders.shift()) {
    const listed = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const one of listed) {
      if (SKIPPED.has(one.name)) continue;
      const path = join(folder, one.name);
      if (one.isDirectory()) {
        entries.push({ path, kind: 'directory' });
        folders.push(path);
      } else if (one.isFile()) entries.push({ path, kind: 'file' });
    }
  }
  return entries;
}

interface Blob {
  /** Relative to the path that was asked for; empty for a file. */
  readonly path: string;
  readonly id: string;
  readonly sizeBytes: number;
}

/** The files git has committed at or beneath a path; none without git, without a commit, or when it never knew the path. */
async function lastKnown(git: Git, projectDir: string, path: string): Promise<readonly Blob[]> {
  const repository = await git.open(projectDir).catch(expected);
  if (repository === null) return [];
  const asked = relative(repository.place.root, join(await realpath(projectDir), relative(projectDir, path))).split(sep).join('/');
  const answer = await repository.run({ args: ['ls-tree', '-r', '-l', '-z', 'HEAD', '--', asked], what: 'The last commit cannot be read', limits: GIT_LIMITS }).catch(expected);
  const stdout = answer?.stdout.toString('utf8') ?? '';
  return stdout.split('\0').flatMap((line) => {
    const match = /^\d+ blob ([0-9a-f]{40}|[0-9a-f]{64})\s+(\d+)\t(.*)$/s.exec(line);
    return match === null ? [] : [{ path: (match[3] ?? '').slice(asked.length + 1), id: match[1] ?? '', sizeBytes: Number(match[2]) }];
  });
}

/** Git is a help here, nothing more. */
function expected(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}

/** Folders that hold the same bytes under the same names: of the first files that are not empty. */
async function foldersWith(entries: readonly Entry[], blobs: readonly Blob[]): Promise<readonly string[]> {
  const telling = blobs.filter((one) => one.sizeBytes > 0 && one.sizeBytes <= MOST_BYTES).slice(0, MOST_COMPARED);
  if (telling.length === 0) return [];
  const same: string[] = [];
  for (const { path, kind } of entries) {
    if (kind !== 'directory') continue;
    let holdsAll = true;
    for (const blob of telling) holdsAll = holdsAll && (await isBlob(join(path, blob.path), blob));
    if (holdsAll) same.push(path);
  }
  return same;
}

async function isBlob(path: string, blob: Blob): Promise<boolean> {
  if ((await stat(path).catch(() => null))?.size !== blob.sizeBytes) return false;
  const bytes = await readFile(path).catch(() => null);
  return bytes !== null && blobId(bytes, blob.id.length === 40 ? 'sha1' : 'sha256') === blob.id;
}

/** Files with exactly these bytes; of several, those of the same name. An empty file is like any other empty file. */
async function withContent(entries: readonly Entry[], blob: Blob, name: string): Promise<readonly string[]> {
  if (blob.sizeBytes === 0 || blob.sizeBytes > MOST_BYTES) return [];
  const same: string[] = [];
  for (const { path, kind } of entries) {
    if (kind === 'file' && (await isBlob(path, blob))) same.push(path);
  }
  const named = same.filter((path) => basename(path) === name);
  return named.length > 0 ? named : same;
}

function blobId(bytes: Buffer, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(`blob ${String(bytes.length)}\0`).update(bytes).digest('hex');
}
