import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { SourceFact } from '@shared/domain/checks/facts';
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

type RunProgram = (path: string, argv: readonly string[], options: { readonly timeoutMs: number }) => Promise<{ readonly exitCode: number | null; readonly stdout: string }>;

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

/** Nobody moves a mounted file there, and they may hold a hundred thousand files. */
const SKIPPED = new Set(['.git', '.berth', 'node_modules', '.venv', 'venv', '__pycache__', '.next', '.cache']);
const MOST_ENTRIES = 20_000;
/** Larger files are compared by name only. */
const MOST_BYTES = 8 * 1024 * 1024;
const GIT = '/usr/bin/git';
const GIT_TIMEOUT_MS = 2_000;
/** In a partial clone a look may fetch what is missing, through whatever the repository's own settings name: nothing may be fetched. */
const NO_FETCH = ['allow', 'ext.allow', 'ssh.allow', 'git.allow', 'http.allow', 'https.allow', 'file.allow'].flatMap((name) => ['-c', `protocol.${name}=never`]);

/** Searches this machine's disk: the same bytes as git last knew go before the only entry of the same name. */
export function movedFinder(options: { readonly timeoutMs: number; readonly run: RunProgram }): MovedFinder {
  return (question) => within(options.timeoutMs, search(options.run, question), new Map());
}

async function search(run: RunProgram, { projectDir, lost, taken, isTrusted }: MovedQuestion): ReturnType<MovedFinder> {
  const entries = (await entriesOf(projectDir)).filter((entry) => !taken.has(entry.path));
  const found = new Map<string, NonNullable<SourceFact['movedTo']>>();
  for (const one of lost) {
    const known = one.kind === 'file' && isTrusted ? await lastKnown(run, projectDir, one.path) : undefined;
    const same = known === undefined ? [] : await withContent(entries, known, basename(one.path));
    const [match, ...others] = same;
    if (match !== undefined && others.length === 0) {
      found.set(one.path, { path: match, by: 'content' });
      continue;
    }
    const [named, ...more] = entries.filter((entry) => entry.kind === one.kind && basename(entry.path) === basename(one.path));
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
  readonly id: string;
  readonly sizeBytes: number;
}

/** What git has committed under a path; undefined without git, without a commit, or when it never knew the path. */
async function lastKnown(run: RunProgram, projectDir: string, path: string): Promise<Blob | undefined> {
  const { exitCode, stdout } = await run(GIT, ['-C', projectDir, ...NO_FETCH, 'ls-tree', '-l', 'HEAD', '--', relative(projectDir, path).split(sep).join('/')], { timeoutMs: GIT_TIMEOUT_MS });
  const match = /^\d+ blob ([0-9a-f]{40}|[0-9a-f]{64})\s+(\d+)\t/.exec(stdout);
  return exitCode !== 0 || match === null ? undefined : { id: match[1] ?? '', sizeBytes: Number(match[2]) };
}

/** Files with exactly these bytes; of several, those of the same name. An empty file is like any other empty file. */
async function withContent(entries: readonly Entry[], blob: Blob, name: string): Promise<readonly string[]> {
  if (blob.sizeBytes === 0 || blob.sizeBytes > MOST_BYTES) return [];
  const same: string[] = [];
  for (const { path, kind } of entries) {
    if (kind !== 'file' || (await stat(path).catch(() => null))?.size !== blob.sizeBytes) continue;
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null && blobId(bytes, blob.id.length === 40 ? 'sha1' : 'sha256') === blob.id) same.push(path);
  }
  const named = same.filter((path) => basename(path) === name);
  return named.length > 0 ? named : same;
}

function blobId(bytes: Buffer, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(`blob ${String(bytes.length)}\0`).update(bytes).digest('hex');
}
