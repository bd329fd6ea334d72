import { join } from 'node:path';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { OWN_PREFIX } from '@shared/domain/workspaces/keys';
import { AppError } from '@shared/kernel/app-error';
import { listFolders, readOptionalFile } from '@main/platform/files';

const IGNORE_MAX_BYTES = 1024 * 1024;

/** The ignore files of one folder, as the filter takes them; what cannot be read is not there. */
export async function ignoreFilesIn(dir: string): Promise<{ readonly gitignore: string | null; readonly dockerignore: string | null }> {
  const read = async (name: string): Promise<string | null> => {
    const bytes = await readOptionalFile(join(dir, name), IGNORE_MAX_BYTES).catch(() => undefined);
    return bytes === undefined ? null : new TextDecoder().decode(bytes);
  };
  const [gitignore, dockerignore] = await Promise.all([read('.gitignore'), read('.dockerignore')]);
  return { gitignore, dockerignore };
}

/** Each first-level folder that the rules do not exclude, by name. Empty when the workspaces folder is not there. */
export async function workspaceNames(root: string): Promise<readonly string[]> {
  const filter = rootFilter(await ignoreFilesIn(root));
  const names = await listFolders(root);
  return names.filter((name) => name !== OWN_PREFIX.slice(0, -1) && filter.child(name, true).descend).sort();
}

/** Rejects with `not-found`, naming the known ones, when there is no such workspace. */
export async function knownWorkspace(root: string, name: string): Promise<void> {
  const names = await workspaceNames(root);
  if (names.includes(name)) return;
  throw new AppError('not-found', `There is no workspace ${name}.`, { hint: names.length === 0 ? `Each folder in ${root} is one; there is none yet.` : `There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.` });
}
