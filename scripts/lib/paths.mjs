import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What was fetched or made once and can be made again: runtimes, logs of the set-up. */
export function cacheDir() {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'berth');
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'berth', 'cache');
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth');
}

/** Screenshots, reports and logs of the last run of the tour and of the tests; ignored by git. */
export const RESULTS = join(ROOT, 'test-results');
