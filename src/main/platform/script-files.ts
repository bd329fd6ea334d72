import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One of the scripts that come with Berth. */
export interface ScriptFile {
  /** dev-mode.sh */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The line by which a script takes in a file that lies beside it; it becomes that file's text, so that a script stands by itself. */
const TAKES_IN = /^\. "\$\(dirname -- "\$0"\)\/([a-z-]+\/[a-z-]+\.sh)"\n/m;
/** What is said to a reader of the shared file only. */
const HEAD = /^(#.*\n)+/;

/** The scripts in this folder, by name, each whole. */
export async function readScripts(dir: string): Promise<readonly ScriptFile[]> {
  const names = (await readdir(dir)).filter((name) => /^[a-z0-9-]+\.sh$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: new TextEncoder().encode(await wholeText(dir, name)) })));
}

async function wholeText(dir: string, name: string): Promise<string> {
  const text = await readFile(join(dir, name), 'utf8');
  const taken = TAKES_IN.exec(text);
  if (taken === null) return text;
  const shared = (await readFile(join(dir, taken[1] ?? ''), 'utf8')).replace(HEAD, '');
  return text.slice(0, taken.index) + shared + text.slice(taken.index + taken[0].length);
}
