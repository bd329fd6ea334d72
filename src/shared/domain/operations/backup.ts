/** What stood at a path: nothing, a file with these bytes, or a folder. Modes are permission bits. */
export type EntryState = { readonly kind: 'missing' } | { readonly kind: 'file'; readonly sha256: string; readonly mode: number } | { readonly kind: 'folder'; readonly mode: number };

/** Whose a file is and when it was changed, in nanoseconds since 1970 as text. */
export interface FileOwned {
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: string;
}

/** One path of a backup; relative to the project folder, with `/`. */
export interface BackedUpEntry {
  readonly path: string;
  readonly before: EntryState;
  /** ISO time of the file's last change before; null for what was not a file. */
  readonly modifiedAt: string | null;
  /** Null for what was not there; backups of before do not have it. */
  readonly owned?: FileOwned | null;
  /** What the operation left there; null until it has ended. */
  readonly after: EntryState | null;
}

/** `backup_before_<change>/manifest.json`, and the store's own record of it, which is the one that is believed. What the operation left is noted beside it in `after.json`. */
export interface BackupManifest {
  readonly operationId: string;
  readonly change: string;
  readonly rootDir: string;
  /** Of the backup, relative to `rootDir`. */
  readonly folder: string;
  readonly madeAt: string;
  readonly files: readonly BackedUpEntry[];
}

/** The same thing to a reader: permission bits aside. */
export function isSameContent(a: EntryState, b: EntryState): boolean {
  return a.kind === b.kind && (a.kind !== 'file' || (b.kind === 'file' && a.sha256 === b.sha256));
}

/** The same thing, permission bits and all. */
export function isSame(a: EntryState, b: EntryState): boolean {
  return isSameContent(a, b) && (a.kind === 'missing' || b.kind === 'missing' || a.mode === b.mode);
}

/** What taking an entry back means for what stands there now: nothing to do, put it back, or leave somebody else's change alone. */
export function decideRestore(entry: Pick<BackedUpEntry, 'before' | 'after'>, now: EntryState): 'nothing' | 'restore' | 'keep' {
  if (isSame(now, entry.before)) return 'nothing';
  if (isSameContent(now, entry.before)) return 'restore';
  return entry.after !== null && isSameContent(now, entry.after) ? 'restore' : 'keep';
}

/** The order in which entries can be put back: what was not there goes first, innermost first; then folders before what is in them. */
export function restoreOrder<E extends Pick<BackedUpEntry, 'path' | 'before'>>(entries: readonly E[]): readonly E[] {
  const depth = (one: E): number => one.path.split('/').length;
  const gone = entries.filter((one) => one.before.kind === 'missing').sort((a, b) => depth(b) - depth(a));
  const there = entries.filter((one) => one.before.kind !== 'missing').sort((a, b) => depth(a) - depth(b));
  return [...gone, ...there];
}

/** The paths with every folder on the way to them, outermost first, each once. */
export function withFolders(paths: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    parts.forEach((_, index) => all.add(parts.slice(0, index + 1).join('/')));
  }
  return [...all].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

/** Which backups of one project go: all but the newest `keep`. */
export function backupsToDrop<B extends { readonly madeAt: string; readonly operationId: string }>(backups: readonly B[], keep: number): readonly B[] {
  return [...backups].sort((a, b) => (a.madeAt === b.madeAt ? (a.operationId < b.operationId ? 1 : -1) : a.madeAt < b.madeAt ? 1 : -1)).slice(keep);
}
