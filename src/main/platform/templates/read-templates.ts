import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { readBeneath } from '../files';

const MAX_FILES = 1_000;
const MAX_FILE_BYTES = 256 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DEPTH = 10;

/** What lies in a template folder. */
export interface TemplateFolder {
  /** Absolute, links resolved. */
  readonly dir: string;
  /** Text by path in the folder, with `/`. */
  readonly files: { readonly [path: string]: string };
  /** What was left out, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Reads every text of a template folder. No link is followed; hidden files are left out. Rejects with `not-found` where there is no such folder, `input-invalid` for one that is too large. */
export async function readTemplates(folder: string): Promise<TemplateFolder> {
  const dir = await realpath(folder).catch(() => null);
  if (dir === null || !(await lstat(dir)).isDirectory()) throw new AppError('not-found', `There is no template folder ${folder}.`, { hint: 'Make templates/gitops/ in the folder, or name another with --templates.', where: { file: folder } });
  const files: Record<string, string> = {};
  const skipped: { readonly path: string; readonly reason: string }[] = [];
  let bytes = 0;
  const left = [{ path: '', depth: 0 }];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const entries = await readdir(join(dir, at.path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const path = at.path === '' ? entry.name : `${at.path}/${entry.name}`;
      if (entry.isDirectory() && at.depth < MAX_DEPTH) left.push({ path, depth: at.depth + 1 });
      else if (entry.isSymbolicLink()) skipped.push({ path, reason: 'It is a link; links are not followed.' });
      else if (entry.isFile()) {
        const read = await textOf(dir, path);
        if (typeof read !== 'string') skipped.push({ path, reason: read.reason });
        else {
          files[path] = read;
          bytes += read.length;
        }
      }
      if (Object.keys(files).length > MAX_FILES || bytes > MAX_BYTES) throw new AppError('input-invalid', `${folder} has more than ${String(MAX_FILES)} files or 8 MB: that is no template folder.`, { hint: 'Name the folder that holds the templates.', where: { file: folder } });
    }
  }
  return { dir, files, skipped };
}

async function textOf(dir: string, path: string): Promise<string | { readonly reason: string }> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBeneath(dir, path, MAX_FILE_BYTES));
  } catch (error) {
    return { reason: error instanceof AppError ? error.message : 'It is not UTF-8 text.' };
  }
}
