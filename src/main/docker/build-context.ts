import { constants } from 'node:fs';
import { lstat, open, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { isIgnored, mayHoldExceptions, parseDockerignore, type IgnorePattern } from '@shared/domain/engine/dockerignore';
import type { AddedLines } from '@shared/domain/engine/named-contexts';
import { AppError } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';
import type { BuildRequest } from './types';

/** What is built: the folder, what of it is left out, and the Dockerfile's name inside the context. */
export interface BuildContext {
  readonly dir: string;
  readonly patterns: readonly IgnorePattern[];
  /** Name within the tar, forward slashes. */
  readonly dockerfileName: string;
  /** The file it came from, for messages. */
  readonly dockerfileFile: string;
  readonly dockerfileText: string;
  /** True when the Dockerfile is not a file of the context and has to be added. */
  readonly added: boolean;
  /** What of the Dockerfile's text is not in its file. */
  readonly addedLines?: AddedLines | undefined;
  /** With a slash at its end, or empty: where in the tar the files are. */
  readonly prefix: string;
}

/** The fields of an entry of a tar, as far as they are set here. */
type TarHeader = Parameters<Pack['entry']>[0];

/** Where Berth keeps its lock inside a project. */
export const OWN_FOLDER = '.berth';

async function textOrNull(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}

/** Finds out what to send. Rejects with `build-failed` when the folder, the Dockerfile or the .dockerignore cannot be used. */
export async function readBuildContext(request: BuildRequest): Promise<BuildContext> {
  let dir: string;
  try {
    dir = await realpath(request.contextDir);
    if (!(await lstat(dir)).isDirectory()) throw new Error('not a folder');
  } catch {
    throw new AppError('build-failed', `The build context ${request.contextDir} is not a folder that can be read.`, { where: { file: request.contextDir } });
  }
  const file = isAbsolute(request.dockerfile) ? request.dockerfile : resolve(dir, request.dockerfile);
  const inline = request.dockerfileInline;
  const text = inline ?? (await textOrNull(file));
  if (text === null) throw new AppError('build-failed', `There is no Dockerfile at ${file}.`, { where: { file }, hint: 'Look at `build.dockerfile` and `build.context` in the compose file.' });

  const within = relative(dir, file);
  const added = inline !== undefined || within.startsWith('..') || isAbsolute(within);
  const patterns = await readIgnorePatterns(dir, inline === undefined ? file : null);
  return {
    dir,
    patterns,
    dockerfileName: added ? `.dockerfile.${textHash(text)}` : within.split(sep).join('/'),
    dockerfileFile: inline === undefined ? file : join(dir, 'Dockerfile'),
    dockerfileText: text,
    added,
    prefix: request.contextPrefix === undefined ? '' : `${request.contextPrefix}/`,
  };
}

async function readIgnorePatterns(dir: string, dockerfile: string | null): Promise<readonly IgnorePattern[]> {
  // `<Dockerfile>.dockerignore` goes before the folder's own, as BuildKit does it.
  const files = [...(dockerfile === null ? [] : [`${dockerfile}.dockerignore`]), join(dir, '.dockerignore')];
  for (const file of files) {
    const text = await textOrNull(file);
    if (text === null) continue;
    const parsed = parseDockerignore(text);
    if (!parsed.ok) throw new AppError('build-failed', `Line ${parsed.line} of ${basename(file)} is not a pattern: ${parsed.text.trim()}`, { where: { file, line: parsed.line } });
    return parsed.patterns;
  }
  return [];
}

/**
 * The context as a tar, made while it is read. Links are sent as links and files are opened without following any, so
 * that nothing from outside the folder gets in. Owners are left out, as docker does it. Rejects through the stream.
 */
export function packContext(context: BuildContext): Readable {
  const tar = pack();
  void fill(tar, context).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  const stream = Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false });
  // An upload that is given up must not leave files open.
  stream.on('close', () => tar.destroy());
  return stream;
}

async function fill(tar: Pack, context: BuildContext): Promise<void> {
  const always = new Set(['.dockerignore', ...(context.added ? [] : [context.dockerfileName])]);
  if (context.prefix !== '') await addEntry(tar, { name: context.prefix, type: 'directory', mode: 0o755, mtime: new Date(0), uid: 0, gid: 0 });
  await addFolder(tar, context, always, '');
  if (context.added) await addBytes(tar, context.dockerfileName, Buffer.from(context.dockerfileText, 'utf8'));
}

async function addFolder(tar: Pack, context: BuildContext, always: ReadonlySet<string>, folder: string): Promise<void> {
  const entries = await readdir(join(context.dir, folder), { withFileTypes: true });
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    // Berth's own folder (its lock changes with every operation) is no part of what a user builds.
    if (name === OWN_FOLDER) continue;
    const ignored = isIgnored(context.patterns, name);
    if (entry.isDirectory()) {
      const holdsAlways = [...always].some((file) => file.startsWith(`${name}/`));
      if (!ignored) await addHeader(tar, context, name, 'directory');
      if (!ignored || holdsAlways || mayHoldExceptions(context.patterns, name)) await addFolder(tar, context, always, name);
    } else if (ignored && !always.has(name)) continue;
    else if (entry.isSymbolicLink()) await addHeader(tar, context, name, 'symlink');
    else if (entry.isFile()) await addFile(tar, context, name);
  }
}

async function addHeader(tar: Pack, context: BuildContext, name: string, type: 'directory' | 'symlink'): Promise<void> {
  const path = join(context.dir, name);
  const stat = await lstat(path);
  const header: TarHeader = { name: `${context.prefix}${name}${type === 'directory' ? '/' : ''}`, type, mode: stat.mode & 0o7777, mtime: stat.mtime, uid: 0, gid: 0 };
  const linkname = type === 'symlink' ? await readlink(path) : undefined;
  await addEntry(tar, linkname === undefined ? header : { ...header, linkname });
}

async function addEntry(tar: Pack, header: TarHeader): Promise<void> {
  await new Promise<void>((resolve, reject) => tar.entry(header, (error) => (error ? reject(error) : resolve())));
}

async function addBytes(tar: Pack, name: string, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => tar.entry({ name, mode: 0o644, size: bytes.length, uid: 0, gid: 0, mtime: new Date(0) }, bytes, (error) => (error ? reject(error) : resolve())));
}

async function addFile(tar: Pack, context: BuildContext, name: string): Promise<void> {
  const handle = await open(join(context.dir, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return;
    const header = { name: `${context.prefix}${name}`, mode: stat.mode & 0o7777, size: stat.size, mtime: stat.mtime, uid: 0, gid: 0 };
    if (stat.size === 0) {
      await new Promise<void>((resolve, reject) => tar.entry(header, Buffer.alloc(0), (error) => (error ? reject(error) : resolve())));
      return;
    }
    // Exactly as much as the header says: a file that grows meanwhile must not break the archive.
    const source = handle.createReadStream({ start: 0, end: stat.size - 1, autoClose: false });
    await pipeline(source, tar.entry(header));
  } catch (error) {
    throw new AppError('build-failed', `${name} of the build context could not be read.`, { where: { file: join(context.dir, name) }, cause: error });
  } finally {
    await handle.close();
  }
}
