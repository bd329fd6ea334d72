import { basename, dirname, join } from 'node:path';
import { BASE_NAMES } from '@shared/domain/compose/find-modes';
import { composeFiles } from './compare';

/** Files that are loaded together, in merge order, under a name for the report. */
export interface FileSet {
  readonly name: string;
  readonly files: readonly string[];
}

/** A file that is laid over the base file beside it: its name says so. */
const OVERLAY = /(?:^|[._-])(?:override|overrides|dev|develop|development|local|prod|production|staging|stage|test|testing|ci|debug|clean)(?:[._-]|$)/i;

/** Every compose file below a folder by itself, and every base file with each overlay beside it. */
export async function fileSetsBelow(dir: string): Promise<FileSet[]> {
  const files = await composeFiles(dir);
  const alone = files.map((file) => ({ name: file, files: [file] }));
  const beside = new Map<string, string[]>();
  for (const file of files) beside.set(dirname(file), [...(beside.get(dirname(file)) ?? []), file]);
  const together = [...beside].flatMap(([folder, inside]) => {
    const base = BASE_NAMES.map((name) => join(folder, name)).find((file) => inside.includes(file));
    if (base === undefined) return [];
    const overlays = inside.filter((file) => file !== base && OVERLAY.test(basename(file)));
    return overlays.map((overlay) => ({ name: `${base} + ${basename(overlay)}`, files: [base, overlay] }));
  });
  return [...alone, ...together];
}
