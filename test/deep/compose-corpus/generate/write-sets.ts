import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileSet } from '../file-sets';
import { mergeSet, type MadeSet } from './merges';
import { refusalSets } from './refusals';
import { variableSet } from './variables';

interface Wanted {
  readonly seed: number;
  readonly count: number;
}

const many =
  (make: (seed: number) => MadeSet) =>
  ({ seed, count }: Wanted): MadeSet[] =>
    Array.from({ length: count }, (_, index) => make(seed * 100_000 + index));

/** What can be made; refusals are a fixed list, whatever the seed. */
export const GENERATORS: { readonly [kind: string]: (wanted: Wanted) => MadeSet[] } = {
  merges: many(mergeSet),
  variables: many(variableSet),
  refusals: refusalSets,
};

/** Writes the sets of one kind below a folder, each in one of its own. */
export async function writeSets(kind: string, folder: string, wanted: Wanted): Promise<FileSet[]> {
  const make = GENERATORS[kind];
  if (make === undefined) throw new Error(`There is no kind "${kind}". There are: ${Object.keys(GENERATORS).join(', ')}.`);
  const sets: FileSet[] = [];
  for (const made of make(wanted)) {
    const dir = join(folder, made.name);
    for (const [path, text] of Object.entries(made.files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    sets.push({ name: made.merge.length === 1 ? join(dir, made.merge[0] ?? '') : `${dir} (${made.merge.join(' + ')})`, files: made.merge.map((path) => join(dir, path)) });
  }
  return sets;
}
