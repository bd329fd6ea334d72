import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';

/**
 * Copies Berth's own resources to a folder that is made new: file by file, since the source may be inside the app's
 * archive, where only reading works. The folder appears whole or not at all; an existing one is left as it is.
 * `edits` change the text of files of the copy. Rejects with `setup-failed`.
 */
export async function copyResources(from: string, to: string, edits: { readonly [name: string]: (text: string) => string } = {}): Promise<void> {
  if (await lstat(to).then(() => true, () => false)) return;
  const partial = `${to}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await copyFolder(from, partial);
    for (const [name, edit] of Object.entries(edits)) await writeFile(join(partial, name), edit(await readFile(join(partial, name), 'utf8')));
    await rename(partial, to);
  } catch (error) {
    throw new AppError('setup-failed', 'The sample project could not be copied.', { hint: 'Look at the rights and the free space of the folder.', where: { file: to }, cause: error });
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) await copyFolder(join(from, entry.name), join(to, entry.name));
    else if (entry.isFile()) await writeFile(join(to, entry.name), await readFile(join(from, entry.name)), { flag: 'wx' });
  }
}
