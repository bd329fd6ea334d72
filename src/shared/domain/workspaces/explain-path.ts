import type { FolderFilter, IgnoreFiles } from './folder-filter';

/** Why a path is sent or not; `rule` and `source` are null when no rule speaks of it. */
export interface PathExplanation {
  readonly path: string;
  readonly included: boolean;
  readonly rule: string | null;
  readonly source: string | null;
}

/** Explains one path below the workspaces folder. `ignoreFilesOf` is asked for the folders on the way (`api`, `api/src`), from the first one on. */
export function explainPath(root: FolderFilter, path: string, isDirectory: boolean, ignoreFilesOf: (folder: string) => IgnoreFiles): PathExplanation {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const last = names.pop();
  const said = names.length === 0 ? path : [...names, last ?? ''].join('/');
  if (last === undefined) return { path: '', included: true, rule: null, source: null };
  let filter = root;
  for (const name of names) filter = filter.into(name, ignoreFilesOf(filter.path === '' ? name : `${filter.path}/${name}`));
  const { included, rule, source } = filter.child(last, isDirectory);
  return { path: said, included, rule, source };
}
