import { lstat, mkdir, mkdtemp, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseStatus, type GitStatus } from '@shared/domain/gitops/git-status';
import { AppError } from '@shared/kernel/app-error';
import { inFolderOf } from '../files';
import { copyIndex, installIndex, lockIndex, unlockIndex } from './index-lock';
import type { GitRepository } from './repository';
import type { TreeChange } from './tree-change';

/** Something that git was asked for and that is not finished. */
const UNFINISHED: readonly (readonly [string, string])[] = [
  ['MERGE_HEAD', 'a merge'],
  ['rebase-merge', 'a rebase'],
  ['rebase-apply', 'a rebase'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick'],
  ['REVERT_HEAD', 'a revert'],
  ['BISECT_LOG', 'a bisect'],
];

/** Where a work folder stands. */
export interface WorkTreeState extends GitStatus {
  /** Full name of what HEAD points to; null when it is a commit itself. */
  readonly headRef: string | null;
  /** "a merge" that waits to be finished; null else. */
  readonly unfinished: string | null;
}

/** Changes of branch, index and work folder that can be taken back after a crash at any moment. */
export interface WorkTrees {
  state(repository: GitRepository): Promise<WorkTreeState>;
  /** Keeps the index as it is, so that `putBack` has it. To be called before `apply`, as a step of its own. */
  keep(repository: GitRepository, operationId: string): Promise<void>;
  /** Rejects with `git-failed` or `blocked` where files of the user stand in the way; nothing has changed then. */
  apply(repository: GitRepository, operationId: string, change: TreeChange, message: string): Promise<void>;
  /** Idempotent; decides by looking. Files that somebody changed since are left as they are, and named. */
  putBack(repository: GitRepository, operationId: string, change: TreeChange): Promise<readonly string[]>;
  forget(operationId: string): Promise<void>;
  /** Puts the present state of files into an index; one that is gone goes from it. */
  stage(repository: GitRepository, indexFile: string, paths: readonly string[]): Promise<void>;
  /** Hands over the name of an index that is nobody else's, and removes it afterwards. */
  withScratch<T>(act: (indexFile: string) => Promise<T>): Promise<T>;
}

/** `keptDir` is a folder of Berth's own state. */
export function createWorkTrees(keptDir: string): WorkTrees {
  const keptIndex = (operationId: string): string => join(keptDir, operationId, 'index');
  return {
    state: (repository) => stateOf(repository),
    async keep({ place }, operationId) {
      await mkdir(join(keptDir, operationId), { recursive: true, mode: 0o700 });
      await copyIndex(join(place.gitDir, 'index'), keptIndex(operationId));
    },
    async apply(repository, operationId, change, message) {
      const { gitDir } = repository.place;
      const prepared = join(gitDir, `index.berth-${operationId}`);
      await lockIndex(gitDir, operationId);
      try {
        await prepareIndex(repository, change, prepared);
        await moveRef(repository, change.ref, message);
        if (change.head !== null) await repository.run({ args: ['symbolic-ref', '-m', message, 'HEAD', change.head.to], writes: true, what: 'The branch cannot be checked out' });
        if (change.files !== null || change.staged.length > 0) await installIndex(gitDir, prepared);
      } finally {
        await rm(prepared, { force: true });
        await rm(`${prepared}.lock`, { force: true });
        await unlockIndex(gitDir, operationId);
      }
    },
    putBack: (repository, operationId, change) => putBack(repository, operationId, change, keptIndex(operationId)),
    forget: (operationId) => rm(join(keptDir, operationId), { recursive: true, force: true }),
    stage,
    async withScratch(act) {
      await mkdir(keptDir, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(keptDir, 'scratch-'));
      try {
        return await act(join(folder, 'index'));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function stateOf(repository: GitRepository): Promise<WorkTreeState> {
  const { stdout } = await repository.run({ args: ['status', '--porcelain=v2', '-z', '--branch', '--untracked-files=all', '--ignore-submodules=all'], what: 'The state of the folder cannot be read' });
  const head = (await repository.run({ args: ['symbolic-ref', '-q', 'HEAD'], what: 'HEAD cannot be read', answers: [1] })).stdout.toString('utf8').trim();
  let unfinished: string | null = null;
  for (const [name, words] of UNFINISHED) {
    if ((await lstat(join(repository.place.gitDir, name)).catch(() => null)) !== null) unfinished ??= words;
  }
  return { ...parseStatus(stdout.toString('utf8')), headRef: head === '' ? null : head, unfinished };
}

/** An index for after the change, beside the one that is there; with `files` the work folder follows here, which git refuses as a whole where it would lose something. */
async function prepareIndex(repository: GitRepository, change: TreeChange, prepared: string): Promise<void> {
  if (change.files === null && change.staged.length === 0) return;
  const { gitDir } = repository.place;
  await copyIndex(join(gitDir, 'index'), prepared);
  if (change.files !== null) {
    await repository.run({ args: ['update-index', '-q', '--refresh'], indexFile: prepared, writes: true, what: 'The index cannot be read', answers: [1] });
    await repository.run({ args: ['read-tree', '-m', '-u', change.files.from, change.files.to], indexFile: prepared, writes: true, what: 'The files cannot be brought to the other state' });
  }
  await stage(repository, prepared, change.staged);
}

async function stage(repository: GitRepository, indexFile: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await repository.run({ args: ['update-index', '--add', '--remove', '-z', '--stdin'], input: paths.map((path) => `${path}\0`).join(''), indexFile, writes: true, what: 'The files cannot be taken into the commit' });
}

async function moveRef(repository: GitRepository, ref: TreeChange['ref'], message: string): Promise<void> {
  if (ref === null || ref.from === ref.to) return;
  const none = '0'.repeat((ref.from ?? ref.to ?? '').length);
  const args = ref.to === null ? ['update-ref', '-d', ref.name, ref.from ?? none] : ['update-ref', '--create-reflog', '-m', message, ref.name, ref.to, ref.from ?? none];
  await repository.run({ args, writes: true, what: `${ref.name.replace('refs/heads/', '')} was moved meanwhile` });
}

async function putBack(repository: GitRepository, operationId: string, change: TreeChange, kept: string): Promise<readonly string[]> {
  const { gitDir } = repository.place;
  await lockIndex(gitDir, operationId);
  const left: string[] = [];
  try {
    if (change.head !== null) {
      const head = (await repository.run({ args: ['symbolic-ref', '-q', 'HEAD'], what: 'HEAD cannot be read', answers: [1] })).stdout.toString('utf8').trim();
      if (head === change.head.to) await repository.run({ args: ['symbolic-ref', '-m', 'berth: put back', 'HEAD', change.head.from], writes: true, what: 'HEAD cannot be put back' });
      else if (head !== change.head.from) left.push('HEAD');
    }
    if (change.ref !== null && !(await refBack(repository, change.ref))) left.push(change.ref.name);
    if (change.files !== null) left.push(...(await filesBack(repository, change.files, kept)));
    if (change.files !== null || change.staged.length > 0) {
      const prepared = join(gitDir, `index.berth-${operationId}`);
      await installIndex(gitDir, (await copyIndex(kept, prepared)) ? prepared : null);
    }
  } finally {
    await unlockIndex(gitDir, operationId);
  }
  return left;
}

/** Resolves with false where somebody else has moved it since. */
async function refBack(repository: GitRepository, ref: NonNullable<TreeChange['ref']>): Promise<boolean> {
  const found = await repository.run({ args: ['rev-parse', '--verify', '-q', '--end-of-options', ref.name], what: 'The branch cannot be read', answers: [1, 128] });
  const now = found.exitCode === 0 ? found.stdout.toString('utf8').trim() : null;
  if (now === ref.from) return true;
  if (now !== ref.to) return false;
  await moveRef(repository, { name: ref.name, from: ref.to, to: ref.from }, 'berth: put back');
  return true;
}

interface Entry {
  readonly mode: string;
  readonly id: string;
}

/** Each file that the change wrote, and that is still as it was written, gets back what the kept index has for it. */
async function filesBack(repository: GitRepository, files: NonNullable<TreeChange['files']>, kept: string): Promise<readonly string[]> {
  const { root } = repository.place;
  const after = await changedBetween(repository, files.from, files.to);
  const paths = [...after.keys()];
  const before = await entriesOfIndex(repository, kept, paths);
  const present = (await Promise.all(paths.map(async (path): Promise<[string, Entry | null]> => [path, await presentEntry(repository, root, path)])));
  const [restore, remove, left]: [string[], string[], string[]] = [[], [], []];
  for (const [path, now] of present) {
    const [old, written] = [before.get(path) ?? null, after.get(path) ?? null];
    if (same(now, old)) continue;
    if (!same(now, written)) left.push(path);
    else if (old === null) remove.push(path);
    else restore.push(path);
  }
  for (const path of remove) await removeFile(root, path);
  if (restore.length > 0) {
    await repository.run({ args: ['checkout-index', '-f', '-q', '-z', '--stdin'], input: restore.map((path) => `${path}\0`).join(''), indexFile: kept, writes: true, what: 'The files cannot be put back' });
  }
  return left;
}

function same(one: Entry | null, other: Entry | null): boolean {
  return one === null || other === null ? one === other : one.id === other.id && one.mode === other.mode;
}

/** Paths that differ between two commits, with what the second has; null where it has none. */
export async function changedBetween(repository: GitRepository, from: string, to: string): Promise<ReadonlyMap<string, Entry | null>> {
  const { stdout } = await repository.run({ args: ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--end-of-options', from, to], what: 'The two states cannot be compared' });
  const fields = stdout.toString('utf8').split('\0');
  const found = new Map<string, Entry | null>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', , id = '', letter = ''] = (fields[at] ?? '').split(' ');
    found.set(fields[at + 1] ?? '', letter === 'D' ? null : { mode, id });
  }
  return found;
}

async function entriesOfIndex(repository: GitRepository, indexFile: string, paths: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
  const wanted = new Set(paths);
  const { stdout } = await repository.run({ args: ['ls-files', '-s', '-z'], indexFile, what: 'The index cannot be read' });
  const found = new Map<string, Entry>();
  for (const line of stdout.toString('utf8').split('\0')) {
    const match = /^(\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(line);
    if (match !== null && wanted.has(match[3] ?? '')) found.set(match[3] ?? '', { mode: match[1] ?? '', id: match[2] ?? '' });
  }
  return found;
}

/** What a file in the work folder would be in a commit; null when it is not there. */
async function presentEntry(repository: GitRepository, root: string, path: string): Promise<Entry | null> {
  const found = await lstat(join(root, path)).catch(() => null);
  if (found === null || !(found.isFile() || found.isSymbolicLink())) return found === null ? null : { mode: 'other', id: '' };
  const isLink = found.isSymbolicLink();
  const bytes = isLink ? await readlink(join(root, path), 'buffer') : await readFile(join(root, path));
  const { stdout } = await repository.run({ args: ['hash-object', '--stdin', ...(isLink ? ['--no-filters'] : ['--path', path])], input: bytes, what: 'A file cannot be compared' });
  if (isLink) return { mode: '120000', id: stdout.toString('utf8').trim() };
  return { mode: (found.mode & 0o100) === 0 ? '100644' : '100755', id: stdout.toString('utf8').trim() };
}

async function removeFile(root: string, path: string): Promise<void> {
  await inFolderOf(root, path, (folder, name) => rm(join(folder, name), { force: true })).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'compose-not-found') throw error;
  });
  // Folders that only it had made.
  for (let folder = dirname(path); folder !== '.' && folder !== ''; folder = dirname(folder)) {
    const gone = await inFolderOf(root, folder, (parent, name) => rmdir(join(parent, name)).then(() => true)).catch(() => false);
    if (!gone) return;
  }
}
