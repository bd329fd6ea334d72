import { folderOf, resolvedPath } from '../scan/paths';
import type { LinkFault } from './check-links';
import type { FileLinks, FileUse } from './types';

/** What stands at a path of the tree; `unknown` behind a link and where it cannot be looked at. */
export type EntryLook = (path: string) => 'file' | 'folder' | 'missing' | 'unknown';

/** What the file that makes a folder one of kustomize's is called. */
export const KUSTOMIZATIONS: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** What kustomize fetches: gitlab.com/org/repository, host//folder. */
const REMOTE = /\/\/|^[\w-]+(?:\.[\w-]+)+\/|^git::/;

/** Files that nearly nobody keeps in git. */
const ENVIRONMENT = /(?:^|\/)(?:\.env(?:\.[\w-]+)?|[\w.-]*\.env)$/;

/** Files and folders that others name and that are not there. */
export function checkFiles(files: readonly FileLinks[], look: EntryLook): readonly LinkFault[] {
  const known = new Set(files.flatMap((file) => file.files.filter((one) => one.fromTop && one.source !== null && isThere(file, one, look)).map((one) => one.source)));
  return files.flatMap((file) => [...file.files, ...(file.kustomization?.files ?? [])].flatMap((one) => (one.fromTop ? sourceFaults(file, one, look, known) : fileFaults(file, one, look))));
}

function isThere(file: FileLinks, { to, fromTop }: FileUse, look: EntryLook): boolean {
  const target = resolvedPath(fromTop ? '' : folderOf(file.path), to);
  return target !== null && target !== '' && look(target) === 'folder';
}

function fileFaults(file: FileLinks, use: FileUse, look: EntryLook): readonly LinkFault[] {
  const target = resolvedPath(folderOf(file.path), use.to);
  if (target === null || use.to.startsWith('~')) return [];
  const problem = problemOf(target, use, look);
  if (problem === null || (use.wants === 'kustomize' && REMOTE.test(use.to))) return [];
  const { document, item, path, isOftenMade, why } = use;
  const made = isOftenMade ? exampleOf(target, look) : null;
  return [{ file: file.path, document, item, path, severity: !isOftenMade ? 'error' : ENVIRONMENT.test(target) ? 'info' : 'warning', rule: 'file', message: problem, why: isOftenMade ? `${why} ${made === null ? 'It may be one that is kept out of git.' : `${made} is there: copy it and fill it in.`}` : why }];
}

function problemOf(target: string, { wants }: FileUse, look: EntryLook): string | null {
  const found = look(target);
  if (found === 'unknown') return null;
  if (found === 'missing') return `${target} is not there.`;
  if (wants === 'component' && found === 'file') return `${target} is a file: a component is a folder with a kustomization.`;
  if (found === 'folder' && wants === 'file') return `${target} is a folder, not a file.`;
  if (found !== 'folder' || wants === 'folder') return null;
  return KUSTOMIZATIONS.some((name) => look(`${target}/${name}`) !== 'missing') ? null : `The folder ${target} has no kustomization.yaml.`;
}

/** The file that says how one that is kept out of git looks. */
function exampleOf(target: string, look: EntryLook): string | null {
  const folder = folderOf(target);
  const name = target.slice(folder === '' ? 0 : folder.length + 1);
  const stem = name.replace(/\.env$/, '');
  const names = ['example', 'sample', 'template', 'dist'].flatMap((word) => [`${name}.${word}`, `${word}${name.startsWith('.') ? '' : '.'}${name}`, ...(stem === '' ? [] : [`${stem}.${word}.env`])]);
  return names.map((one) => (folder === '' ? one : `${folder}/${one}`)).find((one) => look(one) === 'file') ?? null;
}

/** A folder of a repository that may be another one: told only where something speaks for this one. */
function sourceFaults(file: FileLinks, use: FileUse, look: EntryLook, known: ReadonlySet<string | null>): readonly LinkFault[] {
  const target = resolvedPath('', use.to);
  if (target === null || target === '' || look(target) !== 'missing') return [];
  const isThis = known.has(use.source);
  const [first = ''] = target.split('/');
  if (!isThis && (!target.includes('/') || look(first) !== 'folder')) return [];
  const { document, item, path, why } = use;
  return [{ file: file.path, document, item, path, severity: isThis ? 'warning' : 'info', rule: 'source', message: `The folder ${target} is not there.`, why: isThis ? why : `${why} Unless its source is another repository.` }];
}
