/** What is sent of one folder, with all that is beneath it. */
export interface FolderTotal {
  /** Below the workspaces folder: `api/data`. */
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  /** Something in it is kept in git, where that is known: such a folder is source, however large. */
  readonly tracked?: boolean;
}

/** A folder that would better stay on this machine, and the line that keeps it there. */
export interface ExcludeSuggestion {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  /** For the ignore file of its workspace: `/data/`, with what a pattern would read as something else escaped. */
  readonly pattern: string;
  readonly reason: string;
}

const MEBIBYTE = 1_048_576;
const LARGE_BYTES = 100 * MEBIBYTE;
const MANY_FILES = 10_000;
/** One folder in another is the cause when it holds so much of what makes the other large. */
const MOST_OF_IT = 0.8;

/**
 * Folders that are large and not known to be in git, the largest first. Of folders within each other the one that is the cause is named; a workspace
 * itself never is, because nothing of it would be left.
 */
export function excludeSuggestions(totals: readonly FolderTotal[]): ExcludeSuggestion[] {
  const large = totals.filter((folder) => folder.path.includes('/') && folder.tracked !== true && !/[\r\n]/.test(folder.path) && (folder.bytes >= LARGE_BYTES || folder.files >= MANY_FILES));
  const byPath = new Map(large.map((folder) => [folder.path, folder]));
  const caused = new Set<string>();
  for (const inner of large) {
    for (const path of ancestors(inner.path)) {
      const outer = byPath.get(path);
      if (outer !== undefined && isCause(inner, outer)) caused.add(path);
    }
  }
  const named = new Set(large.map(({ path }) => path).filter((path) => !caused.has(path)));
  return large
    .filter(({ path }) => named.has(path) && !ancestors(path).some((outer) => named.has(outer)))
    .sort((left, right) => right.bytes - left.bytes || (left.path < right.path ? -1 : 1))
    .map(({ path, bytes, files }) => ({ path, bytes, files, pattern: patternOf(path), reason: reasonOf(bytes, files) }));
}

/** True when the outer folder would not be worth a word without the inner one. */
function isCause(inner: FolderTotal, outer: FolderTotal): boolean {
  return (outer.bytes < LARGE_BYTES || inner.bytes >= outer.bytes * MOST_OF_IT) && (outer.files < MANY_FILES || inner.files >= outer.files * MOST_OF_IT);
}

function ancestors(path: string): readonly string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** The folder as a pattern that means just it, seen from its workspace. */
function patternOf(path: string): string {
  return `${path.slice(path.indexOf('/')).replace(/[*?[\\]/g, '\\$&')}/`;
}

function reasonOf(bytes: number, files: number): string {
  const many = files === 1 ? '1 file' : `${files.toLocaleString('en')} files`;
  return bytes >= LARGE_BYTES ? `${String(Math.round(bytes / MEBIBYTE))} MiB in ${many} would be sent.` : `${many} would be sent.`;
}
