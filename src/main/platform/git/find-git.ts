import { delimiter, isAbsolute } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { findProgram, runProgram } from '../process';

/** `git merge-tree --write-tree` is what this needs. */
const OLDEST: readonly [number, number] = [2, 38];
const VERSION_TIMEOUT_MS = 10_000;
const USUAL_PLACES = process.platform === 'win32' ? ['C:\\Program Files\\Git\\cmd', 'C:\\Program Files\\Git\\bin'] : ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** The user's own git. */
export interface FoundGit {
  readonly path: string;
  readonly version: string;
}

/** Only whole paths: a program of the folder one stands in is nobody's git. */
export function wholePaths(searchPath: string): string {
  return searchPath.split(delimiter).filter(isAbsolute).join(delimiter);
}

/** Looks for git. Rejects with `git-missing` where there is none, or an old one. */
export async function findGit(searchPath: string): Promise<FoundGit> {
  const path = await findProgram(process.platform === 'win32' ? ['git.exe'] : ['git'], [wholePaths(searchPath), ...USUAL_PLACES].join(delimiter));
  if (path === null) throw new AppError('git-missing', 'Git is not installed on this machine, or not on the search path.', { hint: howToGetIt() });
  const { stdout } = await runProgram(path, ['version'], { timeoutMs: VERSION_TIMEOUT_MS });
  const version = /git version (\S+)/.exec(stdout)?.[1] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new AppError('git-missing', `${path} is git ${version === '' ? 'of an unknown version' : version}, and ${OLDEST.join('.')} or newer is needed.`, { hint: howToGetIt() });
  }
  return { path, version };
}

function howToGetIt(): string {
  switch (process.platform) {
    case 'darwin':
      return 'Install it with `xcode-select --install` or `brew install git`.';
    case 'win32':
      return 'Install it with `winget install Git.Git`, then start Berth again.';
    default:
      return 'Install it with `sudo apt-get install git`, `sudo dnf install git` or what your system has, then try again.';
  }
}
