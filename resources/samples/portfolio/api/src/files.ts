import { constants, createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile, unlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncFolder } from '#shared/durable-files.ts';
import { checkedFileName } from '#shared/file-names.ts';
import { Problem } from '#shared/service.ts';

/** The two folders people see. */
export const FOLDERS = ['uploads', 'processed'] as const;
export type Folder = (typeof FOLDERS)[number];

/** What the worker found out about an upload. */
export interface Found {
  readonly tags: readonly string[];
  readonly route: string | null;
  readonly rejected: string | null;
}

/** One row of the list. */
export interface FileEntry {
  readonly name: string;
  readonly folder: Folder;
  readonly size: number;
  readonly modifiedAt: string;
  /** What the worker found, once it has looked: only for uploads. */
  readonly found?: Found;
}

/** Which rows are wanted. */
export interface FileQuery {
  readonly folder: Folder | null;
  readonly contains: string;
  readonly offset: number;
  readonly limit: number;
}

export function folderFrom(text: string | null): Folder | null {
  if (text === null || text === '') return null;
  const folder = FOLDERS.find((one) => one === text);
  if (folder === undefined) throw new Problem(400, 'bad-folder', `folder must be one of ${FOLDERS.join(', ')}.`);
  return folder;
}

/** One page of the files, by folder and name. Only the page's files are looked at one by one. */
export async function listFiles(root: string, query: FileQuery): Promise<{ total: number; offset: number; limit: number; files: FileEntry[] }> {
  const folders = query.folder === null ? FOLDERS : [query.folder];
  const needle = query.contains.toLowerCase();
  const all: { folder: Folder; name: string }[] = [];
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(whenMissing([]));
    const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name.toLowerCase().includes(needle)).map((entry) => entry.name);
    all.push(...names.sort().map((name) => ({ folder, name })));
  }
  const page = all.slice(query.offset, query.offset + query.limit);
  const files = await Promise.all(page.map(async ({ folder, name }): Promise<FileEntry[]> => {
    const stats = await lstat(join(root, folder, name)).catch(whenMissing(null));
    if (stats === null) return [];
    const found = folder === 'uploads' ? await foundOut(root, name) : null;
    return [{ name, folder, size: stats.size, modifiedAt: stats.mtime.toISOString(), ...(found === null ? {} : { found }) }];
  }));
  return { total: all.length, offset: query.offset, limit: query.limit, files: files.flat() };
}

/** What stands in the worker's result; null while there is none. */
async function foundOut(root: string, name: string): Promise<Found | null> {
  try {
    const { tags, route, rejected } = JSON.parse(await readFile(join(root, 'processed', `${name}.json`), 'utf8')) as Partial<Found>;
    return { tags: tags ?? [], route: route ?? null, rejected: rejected ?? null };
  } catch {
    return null;
  }
}

/** Sends a file as a download. */
export async function sendFile(response: ServerResponse, root: string, folder: Folder, rawName: string): Promise<void> {
  const name = checkedFileName(rawName);
  // No symlink is followed: what is served lies in this folder.
  const handle = await open(join(root, folder, name), constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') throw missing(name);
    throw error;
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw missing(name);
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': stats.size,
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'X-Content-Type-Options': 'nosniff',
    });
    // Not further than announced, should the file grow meanwhile.
    if (stats.size === 0) response.end();
    else await pipeline(createReadStream('', { fd: handle, autoClose: false, start: 0, end: stats.size - 1 }), response);
  } finally {
    await handle.close();
  }
}

/** Deletes a file; throws a 404 when there is none. */
export async function deleteFile(root: string, folder: Folder, rawName: string): Promise<void> {
  const name = checkedFileName(rawName);
  await unlink(join(root, folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') throw missing(name);
    throw error;
  });
  await syncFolder(join(root, folder));
}

function missing(name: string): Problem {
  return new Problem(404, 'no-such-file', `There is no file ${name}.`);
}

function whenMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
