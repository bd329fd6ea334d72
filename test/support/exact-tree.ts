import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file as exactly as the system tells it. */
export interface ExactFile {
  readonly sha256: string;
  readonly mode: number;
  readonly mtimeNs: string;
}

/** Every file below a folder, `.berth` and `.git` left out: bytes, mode and time to the nanosecond. */
export async function exactState(dir: string): Promise<ReadonlyMap<string, ExactFile>> {
  const found = new Map<string, ExactFile>();
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (path === '.berth' || path === '.git') continue;
      if (entry.isDirectory()) await walk(path);
      else {
        const { mode, mtimeNs } = await lstat(join(dir, path), { bigint: true });
        found.set(path, { sha256: createHash('sha256').update(await readFile(join(dir, path))).digest('hex'), mode: Number(mode) & 0o7777, mtimeNs: String(mtimeNs) });
      }
    }
  };
  await walk('');
  return found;
}
