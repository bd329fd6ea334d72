import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { DEPENDENCY_MANIFESTS } from '@shared/domain/engine/dependency-manifests';
import { isIgnored, mayHoldExceptions } from '@shared/domain/engine/dockerignore';
import { AppError } from '@shared/kernel/app-error';
import { OWN_FOLDER, readBuildContext, type BuildContext } from './build-context';
import type { BuildRequest } from './types';

/** Up to here the bytes decide; what lies beyond counts by size and time, so that a huge context does not hold up a plan. */
const MOST_BYTES = 32 * 1024 * 1024;
/** A context with more entries than this is not worth comparing: it is built, and the engine's cache decides. */
const MOST_ENTRIES = 20_000;
const FILES_AT_ONCE = 8;
const MANIFEST_NAMES: ReadonlySet<string> = new Set(DEPENDENCY_MANIFESTS);

interface Entry {
  readonly name: string;
  readonly kind: 'directory' | 'symlink' | 'file';
}

class TooLarge extends Error {}

/**
 * Identifies what a build would send: names, modes, links and bytes of the context without what .dockerignore leaves
 * out, and the Dockerfile. An empty folder or file at one of the mount points is left out too: an engine made it, not the
 * user, who would find the service built anew for it. Behind it, each after a dot, the same of the names alone and of the files that say
 * what has to be installed: what kind of change it was. Empty when it cannot be told (missing folder, unreadable file, too many files).
 */
export async function contextFingerprint(request: Pick<BuildRequest, 'contextDir' | 'dockerfile' | 'dockerfileInline'> & { readonly mountPoints: readonly string[] }): Promise<string> {
  try {
    const context = await readBuildContext({ ...request, args: {}, labels: {}, tags: [], noCache: false, pull: false, cacheFrom: [], extraHosts: [] });
    const entries: Entry[] = [];
    await collect(context, '', entries);
    const kept = await withoutMountPoints(context.dir, entries, new Set(request.mountPoints.map((path) => relative(request.contextDir, path).split(sep).join('/'))));
    const hash = createHash('sha256').update(`${context.dockerfileName}\0${context.dockerfileText}\0`);
    const lines = new Array<string>(kept.length);
    let next = 0;
    let bytes = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < kept.length; index = next++) {
        const entry = kept[index] as Entry;
        const path = join(context.dir, entry.name);
        const stat = await lstat(path);
        const head = `${entry.kind}\0${entry.name}\0${(stat.mode & 0o7777).toString(8)}\0`;
        if (entry.kind === 'symlink') lines[index] = `${head}${await readlink(path)}`;
        else if (entry.kind === 'directory') lines[index] = head;
        else {
          bytes += stat.size;
          lines[index] = `${head}${bytes <= MOST_BYTES ? await digest(path) : `${String(stat.size)}@${String(stat.mtimeMs)}`}`;
        }
      }
    };
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, lane));
    const names = kept.map(({ kind, name }) => `${kind}\0${name}`);
    const manifests = lines.filter((_line, index) => MANIFEST_NAMES.has(basename(kept[index]?.name ?? '')));
    return [hash.update(lines.join('\n')).digest('hex'), ...[names, manifests].map((some) => createHash('sha256').update(some.join('\n')).digest('hex'))].join('.');
  } catch (error) {
    if (error instanceof AppError || error instanceof TooLarge || (error instanceof Error && 'code' in error)) return '';
    throw error;
  }
}

async function collect(context: BuildContext, folder: string, entries: Entry[]): Promise<void> {
  const listed = await readdir(join(context.dir, folder), { withFileTypes: true });
  listed.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const one of listed) {
    if (entries.length > MOST_ENTRIES) throw new TooLarge();
    const name = folder === '' ? one.name : `${folder}/${one.name}`;
    if (name === OWN_FOLDER) continue;
    const ignored = isIgnored(context.patterns, name);
    if (one.isDirectory()) {
      if (!ignored) entries.push({ name, kind: 'directory' });
      if (!ignored || mayHoldExceptions(context.patterns, name)) await collect(context, name, entries);
    } else if (!ignored && (one.isSymbolicLink() || one.isFile())) entries.push({ name, kind: one.isFile() ? 'file' : 'symlink' });
  }
}

/** Deepest first: a folder that holds nothing but mount points is one itself, where it is named as one. */
async function withoutMountPoints(dir: string, entries: readonly Entry[], points: ReadonlySet<string>): Promise<readonly Entry[]> {
  if (points.size === 0) return entries;
  const kept: Entry[] = [];
  const filled = new Set<string>();
  for (const entry of [...entries].reverse()) {
    const isEmpty = entry.kind === 'directory' ? !filled.has(entry.name) : points.has(entry.name) && entry.kind === 'file' && (await lstat(join(dir, entry.name))).size === 0;
    if (points.has(entry.name) && isEmpty) continue;
    kept.push(entry);
    filled.add(entry.name.slice(0, Math.max(0, entry.name.lastIndexOf('/'))));
  }
  return kept.reverse();
}

async function digest(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return createHash('sha256').update(await handle.readFile()).digest('hex');
  } finally {
    await handle.close();
  }
}
