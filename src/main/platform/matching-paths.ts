import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isIgnored, parseDockerignore } from '@shared/domain/engine/dockerignore';

/** A pattern that would match more than this is not worth following: that it matches is all that counts. */
const MOST_MATCHES = 1_000;

/**
 * What a COPY pattern (`*.py`, `src/?.js`, a plain path) matches beneath a folder, segment by segment as the builder
 * does. Undefined where it cannot be told: patterns that reach over folders (`**`), and a folder that cannot be read.
 */
export async function matchingPaths(folder: string, pattern: string): Promise<readonly string[] | undefined> {
  let found: readonly string[] = [''];
  for (const segment of pattern.split('/').filter((one) => one !== '')) {
    if (segment.includes('**')) return undefined;
    const next = /[*?[]/.test(segment) ? await matchesOf(folder, found, segment) : await existing(folder, found, segment);
    if (next === undefined) return undefined;
    found = next.slice(0, MOST_MATCHES);
  }
  return found;
}

const beneath = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`);

async function existing(folder: string, parents: readonly string[], name: string): Promise<readonly string[] | undefined> {
  const looks = await Promise.all(
    parents.map(async (parent) => {
      try {
        await lstat(join(folder, parent, name));
        return [beneath(parent, name)];
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return code === 'ENOENT' || code === 'ENOTDIR' ? [] : undefined;
      }
    }),
  );
  return looks.some((one) => one === undefined) ? undefined : looks.flatMap((one) => one ?? []);
}

async function matchesOf(folder: string, parents: readonly string[], segment: string): Promise<readonly string[] | undefined> {
  // A leading ! or # means something else in an ignore file, whose patterns are these otherwise.
  const parsed = /^[!#]/.test(segment) ? undefined : parseDockerignore(segment);
  if (parsed?.ok !== true) return undefined;
  const found: string[] = [];
  for (const parent of parents) {
    const names = await readdir(join(folder, parent)).catch((error: unknown) => ((error as NodeJS.ErrnoException).code === 'ENOTDIR' ? [] : undefined));
    if (names === undefined) return undefined;
    found.push(...names.filter((name) => isIgnored(parsed.patterns, name)).map((name) => beneath(parent, name)));
  }
  return found;
}
