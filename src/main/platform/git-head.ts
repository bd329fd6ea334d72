import { dirname, join } from 'node:path';
import { readBeneath } from './files';

const MAX_HEAD_BYTES = 1_024;
const MAX_LEVELS = 20;

/** The text of `.git/HEAD` of the repository that a folder lies in, read without running git; empty for none. */
export async function gitHead(dir: string): Promise<string> {
  for (let at = dir, level = 0; level < MAX_LEVELS; at = dirname(at), level += 1) {
    const head = await readBeneath(at, '.git/HEAD', MAX_HEAD_BYTES).catch(() => null);
    if (head !== null) return new TextDecoder().decode(head);
    if (dirname(at) === at || join(at, '..') === at) break;
  }
  return '';
}
