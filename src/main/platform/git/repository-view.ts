import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDERS = ['objects', 'refs', 'logs', 'info'];
const FILES = ['packed-refs', 'shallow'];

/**
 * A stand-in for the common folder of a repository: objects, branches and logs are the repository's own, through links; the configuration is ours, and there
 * are no hooks. Git is pointed at it (GIT_COMMON_DIR), so that nothing the repository configures is ever read. Made once, then found again.
 */
export async function repositoryView(viewsDir: string, commonDir: string, config: string, head: string | null): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify([commonDir, config, head])).digest('hex').slice(0, 40);
  const view = join(viewsDir, name);
  if (await isWhole(view, config)) return view;
  await mkdir(viewsDir, { recursive: true, mode: 0o700 });
  const made = join(viewsDir, `.${name}.${randomBytes(6).toString('hex')}`);
  await mkdir(made, { mode: 0o700 });
  for (const folder of FOLDERS) await symlink(join(commonDir, folder), join(made, folder), process.platform === 'win32' ? 'junction' : 'dir');
  for (const file of FILES) await symlink(join(commonDir, file), join(made, file), 'file');
  if (head !== null) await writeFile(join(made, 'HEAD'), head);
  await writeFile(join(made, 'config'), config);
  try {
    await rename(made, view);
  } catch (error) {
    // Somebody else was first, or what is there is of an earlier day and not whole.
    if (!(await isWhole(view, config))) {
      await rm(view, { recursive: true, force: true });
      await rename(made, view);
      return view;
    }
    await rm(made, { recursive: true, force: true });
    if (!/^(EEXIST|ENOTEMPTY|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return view;
}

async function isWhole(view: string, config: string): Promise<boolean> {
  const text = await readFile(join(view, 'config'), 'utf8').catch(() => null);
  if (text !== config) return false;
  const links = await Promise.all([...FOLDERS, ...FILES].map((one) => lstat(join(view, one)).then((found) => found.isSymbolicLink(), () => false)));
  return links.every(Boolean);
}
