import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything below a folder, one line per entry: path, type, mode, size, digest. Two equal states mean nothing was changed. */
export async function folderState(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  const lines = await Promise.all(
    entries.sort().map(async (path) => {
      const full = join(folder, path);
      const stats = await lstat(full);
      const digest = stats.isFile() ? createHash('sha256').update(await readFile(full)).digest('hex').slice(0, 16) : '-';
      return `${path} ${stats.mode.toString(8)} ${stats.isFile() ? stats.size : 0} ${digest} ${stats.mtimeMs}`;
    }),
  );
  return lines;
}
