import { unifiedDiff, type FileChange } from '../checks/unified-diff';

/** A file of a snapshot, and what stands at its place now. Contents are null where there is none. */
export interface ComparedFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  /** Its values are not shown. */
  readonly secret: boolean;
  readonly then: { readonly text: string; readonly mode: number } | null;
  readonly now: { readonly text: string; readonly mode: number } | null;
}

/** What a restore does with one file. */
export type FileAction = 'same' | 'create' | 'change' | 'remove';

/** Permission bits count: a script that lost its right to run is not the file that was kept. */
export function fileAction(file: Pick<ComparedFile, 'then' | 'now'>): FileAction {
  if (file.then === null) return file.now === null ? 'same' : 'remove';
  if (file.now === null) return 'create';
  return file.then.text === file.now.text && file.then.mode === file.now.mode ? 'same' : 'change';
}

/** What changes, as one unified diff. Of env files the names stand in it, and that a value differs, never the value. */
export function restoreDiff(files: readonly ComparedFile[]): string {
  return unifiedDiff(files.filter((one) => fileAction(one) !== 'same').map((one) => (one.secret ? maskedChange(one) : { path: one.path, before: one.now?.text ?? null, after: one.then?.text ?? null })));
}

function maskedChange(file: ComparedFile): FileChange {
  const [before, after] = [file.now?.text ?? null, file.then?.text ?? null];
  const same = new Set(before === null || after === null ? [] : before.split('\n').filter((line) => after.split('\n').includes(line)));
  const masked = (text: string | null, word: string): string | null => (text === null ? null : text.split('\n').map((line) => maskLine(line, same.has(line) ? '***' : word)).join('\n'));
  return { path: file.path, before: masked(before, '*** (now)'), after: masked(after, '*** (in the snapshot)') };
}

/** Comments may hold a value that was switched off, and the lines of a value go on without a name. */
function maskLine(line: string, word: string): string {
  if (line.trim() === '') return line;
  const named = /^(\s*#?\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*[=:])/.exec(line);
  return named === null ? word : `${named[1] ?? ''}${word}`;
}

/** Files that the modes of now are read from and the snapshot does not know: left where they are, they would change what it brings back. */
export function filesInTheWay(now: { readonly composeFiles: readonly string[]; readonly envFiles: readonly string[] }, kept: ReadonlySet<string>, has: { readonly compose: boolean; readonly env: boolean }): readonly { readonly path: string; readonly secret: boolean }[] {
  const beneath = (path: string): boolean => path !== '' && !path.startsWith('/') && !path.split('/').includes('..');
  const plain = has.compose ? now.composeFiles.map((path) => ({ path, secret: false })) : [];
  const env = has.env ? now.envFiles.map((path) => ({ path, secret: true })) : [];
  const all = new Map([...plain, ...env].filter(({ path }) => beneath(path) && !kept.has(path)).map((one) => [one.path, one]));
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
