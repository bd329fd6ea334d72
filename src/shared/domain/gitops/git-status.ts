/** One file that differs from the last commit. */
export interface GitChange {
  readonly path: string;
  /** conflict: a merge has left both versions. */
  readonly state: 'added' | 'changed' | 'removed' | 'renamed' | 'untracked' | 'conflict';
  /** Whether the index has it already. */
  readonly staged: boolean;
  /** Where a renamed file was. */
  readonly from: string | null;
}

/** What `git status --porcelain=v2 -z --branch` says. */
export interface GitStatus {
  /** Null in a repository without a commit. */
  readonly commit: string | null;
  /** Null when no branch is checked out. */
  readonly branch: string | null;
  readonly changes: readonly GitChange[];
}

/** Reads `git status --porcelain=v2 -z --branch`. */
export function parseStatus(text: string): GitStatus {
  const fields = text.split('\0');
  let [commit, branch]: (string | null)[] = [null, null];
  const changes: GitChange[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const line = fields[at] ?? '';
    if (line.startsWith('# branch.oid ')) commit = unless(line.slice('# branch.oid '.length), '(initial)');
    else if (line.startsWith('# branch.head ')) branch = unless(line.slice('# branch.head '.length), '(detached)');
    else if (line.startsWith('? ')) changes.push({ path: line.slice(2), state: 'untracked', staged: false, from: null });
    else if (line.startsWith('1 ')) changes.push(ordinary(line, 8, null));
    else if (line.startsWith('u ')) changes.push({ path: afterBlanks(line, 10), state: 'conflict', staged: false, from: null });
    else if (line.startsWith('2 ')) {
      at += 1;
      changes.push(ordinary(line, 9, fields[at] ?? ''));
    }
  }
  return { commit: commit ?? null, branch: branch ?? null, changes };
}

function unless(value: string, none: string): string | null {
  return value === none ? null : value;
}

function ordinary(line: string, blanks: number, from: string | null): GitChange {
  const [index, tree] = [line[2] ?? '.', line[3] ?? '.'];
  const path = afterBlanks(line, blanks);
  const staged = index !== '.';
  if (from !== null && (index === 'R' || tree === 'R')) return { path, state: 'renamed', staged, from };
  if (index === 'D' || tree === 'D') return { path, state: 'removed', staged, from: null };
  return { path, state: index === 'A' || index === 'C' ? 'added' : 'changed', staged, from: null };
}

/** What stands after so many blanks: a path, which may have blanks itself. */
function afterBlanks(line: string, blanks: number): string {
  let at = 0;
  for (let count = 0; count < blanks; count += 1) at = line.indexOf(' ', at) + 1;
  return line.slice(at);
}
