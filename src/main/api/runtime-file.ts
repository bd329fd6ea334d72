import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-file';

/** What other programs of this user find in `runtime.json` while Berth runs. */
interface RuntimeFileContent {
  readonly pid: number;
  readonly socket: string;
  /** Null while the API is not offered on 127.0.0.1. */
  readonly tcp: string | null;
  readonly version: string;
  readonly startedAt: string;
}

export async function writeRuntimeFile(home: string, content: RuntimeFileContent): Promise<void> {
  await writePrivateFile(join(home, 'runtime.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** Only one's own: the next Berth may have written it already. */
export async function removeRuntimeFile(home: string, pid: number): Promise<void> {
  const file = join(home, 'runtime.json');
  try {
    const content = JSON.parse(await readFile(file, 'utf8')) as { readonly pid?: unknown };
    if (content.pid === pid) await rm(file, { force: true });
  } catch {
    // It is not there, or it is not ours.
  }
}
