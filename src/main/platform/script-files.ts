import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One of the scripts that come with Berth. */
export interface ScriptFile {
  /** dev-mode.sh */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The scripts in this folder, by name. */
export async function readScripts(dir: string): Promise<readonly ScriptFile[]> {
  const names = (await readdir(dir)).filter((name) => /^[a-z0-9-]+\.sh$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })));
}
