import { lstat, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';

/** Folders that Berth makes for a person, and removes again only while they carry its mark. */
export interface NewFolders {
  /** Where a folder of this name will be: its parent as it really is. Rejects with `input-invalid` when it is there already, or its parent is not. */
  placeFor(dir: string): Promise<string>;
  /** Makes it, marked as made by this operation. */
  make(dir: string, mark: string): Promise<void>;
  /** Takes the mark off: from now on it is only the person's. */
  keep(dir: string, mark: string): Promise<void>;
  /** Removes it with all that is in it, where it carries the mark. Gone already is fine. Resolves with whether it is gone. */
  remove(dir: string, mark: string): Promise<boolean>;
}

const OWN_FOLDER = '.berth';

/** The disk of this machine. */
export function hostNewFolders(): NewFolders {
  const markOf = (dir: string, mark: string): string => join(dir, OWN_FOLDER, `made-by-${mark}`);
  const begunAs = (dir: string, mark: string): string => join(dirname(dir), `.${basename(dir)}.${mark}`);
  return {
    async placeFor(dir) {
      const parent = await realpath(dirname(dir)).catch(() => null);
      if (parent === null) throw new AppError('input-invalid', `There is no folder ${dirname(dir)}.`, { hint: 'Make it first, or choose another place.' });
      const place = join(parent, basename(dir));
      if (await isThere(place)) throw new AppError('input-invalid', `${place} is there already.`, { hint: 'Choose a folder that does not exist yet.' });
      return place;
    },
    async make(dir, mark) {
      // It gets its name with the mark in it, so that there is no moment in which a crash leaves it without.
      const begun = begunAs(dir, mark);
      await mkdir(join(begun, OWN_FOLDER), { recursive: true, mode: 0o755 });
      await writeFile(join(begun, OWN_FOLDER, '.gitignore'), '*\n');
      await writeFile(markOf(begun, mark), '');
      if (await isThere(dir)) throw new AppError('input-invalid', `${dir} is there already.`, { hint: 'Choose a folder that does not exist yet.' });
      await rename(begun, dir);
    },
    keep: (dir, mark) => rm(markOf(dir, mark), { force: true }),
    async remove(dir, mark) {
      await rm(begunAs(dir, mark), { recursive: true, force: true });
      if (!(await isThere(dir))) return true;
      if (!(await isThere(markOf(dir, mark)))) return false;
      return rm(dir, { recursive: true, force: true }).then(
        () => true,
        () => false,
      );
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
