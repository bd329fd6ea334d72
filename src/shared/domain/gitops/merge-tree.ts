/** One version of a file in a merge. */
export interface MergeSide {
  readonly mode: string;
  readonly id: string;
}

/** A file that two branches have changed differently; a side is null where the file is not there. */
export interface MergeConflict {
  readonly path: string;
  readonly base: MergeSide | null;
  readonly ours: MergeSide | null;
  readonly theirs: MergeSide | null;
}

/** Reads `git merge-tree --write-tree -z`. */
export function parseMergeTree(text: string): { readonly tree: string; readonly conflicts: readonly MergeConflict[] } {
  const [tree = '', ...fields] = text.split('\0');
  const found = new Map<string, { path: string; base: MergeSide | null; ours: MergeSide | null; theirs: MergeSide | null }>();
  for (const line of fields) {
    // An empty field ends the files; messages for people follow.
    if (line === '') break;
    const match = /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s.exec(line);
    if (match === null) continue;
    const path = match[4] ?? '';
    const one = found.get(path) ?? { path, base: null, ours: null, theirs: null };
    found.set(path, one);
    const side = { mode: match[1] ?? '', id: match[2] ?? '' };
    if (match[3] === '1') one.base = side;
    else if (match[3] === '2') one.ours = side;
    else one.theirs = side;
  }
  return { tree: tree.trim(), conflicts: [...found.values()] };
}

/** What the user says of the files of a merge. */
export interface MergeDecisions {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly texts: readonly { readonly path: string; readonly text: string }[];
}

/** Which conflicts have no decision, and which decisions stand for no conflict or are given twice. */
export function judgeDecisions(conflicts: readonly MergeConflict[], decisions: MergeDecisions): { readonly open: readonly string[]; readonly wrong: readonly string[] } {
  const decided = [...decisions.ours, ...decisions.theirs, ...decisions.texts.map(({ path }) => path)];
  const known = new Set(conflicts.map(({ path }) => path));
  return {
    open: [...known].filter((path) => !decided.includes(path)),
    wrong: [...new Set(decided.filter((path, index) => !known.has(path) || decided.indexOf(path) !== index))],
  };
}
