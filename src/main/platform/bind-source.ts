import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { within } from './within';

/** Where a bind source really leads, and what stands there: `<device>:<inode>`, equal as long as it is the same file or folder; empty when nothing does. */
export interface BindSource {
  readonly real: string;
  readonly identity: string;
}

/** Opens a name without opening what it names: needs no right to read it, and a pipe does not block. Node has no name for it. */
const O_PATH = 0o10000000;

/** Linux only. Null when it may not be looked at, or does not answer in time. */
export function bindSource(path: string, timeoutMs: number): Promise<BindSource | null> {
  return within(timeoutMs, look(path), null);
}

/** Both answers come from one open file: asked for one after the other, the folder could be swapped for a link in between. */
async function look(path: string): Promise<BindSource | null> {
  try {
    const handle = await open(path, constants.O_RDONLY | O_PATH);
    try {
      const { dev, ino } = await handle.stat();
      return { real: await readlink(`/proc/self/fd/${String(handle.fd)}`), identity: `${String(dev)}:${String(ino)}` };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { real: path, identity: '' } : null;
  }
}
