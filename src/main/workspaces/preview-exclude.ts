import { join } from 'node:path';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { FolderFilter, IgnoreFiles } from '@shared/domain/workspaces/folder-filter';
import { withPatterns } from '@shared/domain/workspaces/ignore-edit';
import { walkFiles } from '@main/platform/walk-files';
import { ignoreFilesIn } from './workspace-folders';

/** What an ignore file with another text would change. */
export interface ExcludePreview {
  readonly before: number;
  readonly after: number;
  /** Sent now, left out then. The first of them. */
  readonly excluded: string[];
  /** Left out now, sent then. The first of them. */
  readonly included: string[];
}

const SHOWN = 500;

/** Walks a workspace with the ignore file as it is and as it would be: with this text alone, or with its lines at the end. Writes nothing. */
export async function previewExclude(root: string, name: string, file: '.gitignore' | '.dockerignore', { text, append }: { readonly text: string; readonly append: boolean }): Promise<ExcludePreview> {
  const atRoot = await ignoreFilesIn(root);
  const field = file === '.gitignore' ? 'gitignore' : 'dockerignore';
  const sent = async (change: (dir: string, files: IgnoreFiles) => IgnoreFiles): Promise<Set<string>> => {
    const found = new Set<string>();
    const rules = (dir: string): Promise<IgnoreFiles> => ignoreFilesIn(dir).then((files) => change(dir, files));
    const filter: FolderFilter = rootFilter(atRoot);
    if (!filter.child(name, true).descend) return found;
    await walkFiles(root, name, filter.into(name, await rules(join(root, name))), rules, (path) => found.add(path));
    return found;
  };
  const changed = (files: IgnoreFiles): string => (append ? withPatterns(files[field] ?? '', text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '')) : text);
  const [now, then] = [await sent((_dir, files) => files), await sent((dir, files) => (dir === join(root, name) ? { ...files, [field]: changed(files) } : files))];
  return {
    before: now.size,
    after: then.size,
    excluded: [...now].filter((path) => !then.has(path)).sort().slice(0, SHOWN),
    included: [...then].filter((path) => !now.has(path)).sort().slice(0, SHOWN),
  };
}
