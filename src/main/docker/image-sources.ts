import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A short hash over the files an image is made from: a changed source is another image. */
export async function imageSourcesHash(sourcesDir: string, sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of sources) {
    const content = await readFile(join(sourcesDir, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
