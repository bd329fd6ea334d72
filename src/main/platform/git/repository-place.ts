import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { realFolder } from '../folder';

/** Where the parts of a repository lie. */
export interface RepositoryPlace {
  /** The work folder, by its real path. */
  readonly root: string;
  /** HEAD and index. */
  readonly gitDir: string;
  /** Objects, branches and configuration; the same as `gitDir` but in an added work folder. */
  readonly commonDir: string;
}

const LINK_FILE_MAX_BYTES = 4_096;
/** Where a link here would have git write elsewhere. */
const MUST_NOT_BE_LINKS = ['HEAD', 'index', 'objects', 'refs', 'refs/heads', 'refs/remotes', 'packed-refs', 'logs', 'logs/refs', 'info', 'shallow', 'config'];

/** Finds the repository that a folder belongs to. A folder that only looks like the inside of a repository is none. Rejects with `not-a-repository`. */
export async function findRepository(dir: string): Promise<RepositoryPlace> {
  const start = await realFolder(dir);
  for (let folder = start; ; folder = dirname(folder)) {
    const found = await lstat(join(folder, '.git')).catch(() => null);
    if (found !== null) return checked(await placeOf(folder, found));
    if (await looksBare(folder)) {
      throw new AppError('not-a-repository', `${folder} is the inside of a git repository without a work folder, and its settings come with it.`, { hint: 'Clone it, and open the clone.', where: { file: folder } });
    }
    if (dirname(folder) === folder) break;
  }
  throw new AppError('not-a-repository', `${start} is not under git.`, { hint: 'Run `git init` there, or name a folder of a clone.', where: { file: start } });
}

async function placeOf(root: string, found: { isDirectory(): boolean; isFile(): boolean }): Promise<RepositoryPlace> {
  const entry = join(root, '.git');
  if (found.isDirectory()) return { root, gitDir: entry, commonDir: entry };
  if (!found.isFile()) throw leadsAway(entry);
  const gitDir = resolve(root, (await smallFile(entry)).replace(/^gitdir:\s*/, ''));
  // Only an added work folder, which the repository itself knows: else any folder could claim any repository.
  const back = await smallFile(join(gitDir, 'gitdir')).catch(() => null);
  const common = await smallFile(join(gitDir, 'commondir')).catch(() => null);
  if (back === null || common === null) throw leadsAway(entry);
  const backTo = isAbsolute(back) ? back : resolve(gitDir, back);
  if ((await realpath(backTo).catch(() => null)) !== (await realpath(entry))) throw leadsAway(entry);
  return { root, gitDir: await realpath(gitDir), commonDir: await realpath(resolve(gitDir, common)) };
}

async function smallFile(path: string): Promise<string> {
  const { size } = await lstat(path);
  if (size > LINK_FILE_MAX_BYTES) throw leadsAway(path);
  return (await readFile(path, 'utf8')).trim();
}

async function looksBare(folder: string): Promise<boolean> {
  const all = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => lstat(join(folder, name)).then(() => true, () => false)));
  return all.every(Boolean);
}

async function checked(place: RepositoryPlace): Promise<RepositoryPlace> {
  for (const dir of new Set([place.gitDir, place.commonDir])) {
    for (const name of MUST_NOT_BE_LINKS) {
      if ((await lstat(join(dir, name)).catch(() => null))?.isSymbolicLink() === true) throw leadsAway(join(dir, name));
    }
  }
  if ((await lstat(join(place.commonDir, 'objects')).catch(() => null)) === null) {
    throw new AppError('not-a-repository', `${place.commonDir} is no complete git repository.`, { hint: 'Look at it with `git fsck` in a terminal, or clone it again.', where: { file: place.commonDir } });
  }
  return place;
}

function leadsAway(path: string): AppError {
  return new AppError('not-a-repository', `${path} leads to another place, and Berth does not follow it.`, { hint: 'Open the folder of the repository itself. A submodule is opened through a clone of its own.', where: { file: path } });
}
