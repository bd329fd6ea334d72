/** What stands at a path of the tree: nothing, or a file with these bytes and this mode. */
export type FileState = { readonly kind: 'missing' } | { readonly kind: 'file'; readonly sha256: string; readonly mode: number; readonly mtimeNs: string; readonly uid: number; readonly gid: number };

/** What a path is to become: nothing, new bytes that lie ready, or the very file that is taken from another path. */
export type NewState = { readonly kind: 'missing' } | { readonly kind: 'staged'; readonly sha256: string; readonly mode: number } | { readonly kind: 'moved'; readonly from: string; readonly sha256: string; readonly mode: number };

/** One path of a change. */
export interface TreeEntry {
  readonly path: string;
  readonly before: FileState;
  readonly after: NewState;
}

/** A change of several files that is made as a whole or not at all. Kept in the store: what the folder says of it is not believed. */
export interface TreeChange {
  readonly operationId: string;
  readonly rootDir: string;
  /** `20260102T030405.678Z`: the end of the name of each backup. */
  readonly stamp: string;
  readonly entries: readonly TreeEntry[];
  /** Folders that the change makes, outermost first. */
  readonly newFolders: readonly string[];
}

/** Where everything of a change lies, relative to the root. */
export function changeFolder(operationId: string): string {
  return `.berth/backups/${operationId}`;
}

/** The copy of a file as it was before. */
export function backupPath(change: Pick<TreeChange, 'operationId' | 'stamp'>, path: string): string {
  return `${changeFolder(change.operationId)}/${path}.${change.stamp}`;
}

/** The file itself, once something else stands in its place: with its own times, to the nanosecond. */
export function originalPath(change: Pick<TreeChange, 'operationId'>, path: string): string {
  return `${changeFolder(change.operationId)}/.originals/${path}`;
}

/** New bytes until they get their place. */
export function stagedPath(change: Pick<TreeChange, 'operationId'>, index: number): string {
  return `${changeFolder(change.operationId)}/.next/${String(index)}`;
}

/** `2026-01-02T03:04:05.678Z` as it stands in names of files. */
export function stampOf(isoTime: string): string {
  return isoTime.replaceAll(/[-:]/g, '');
}

/** Whether these are the same bytes and permissions; times aside. */
export function isState(now: FileState, wanted: FileState | NewState): boolean {
  if (now.kind === 'missing' || wanted.kind === 'missing') return now.kind === wanted.kind;
  return now.sha256 === wanted.sha256 && now.mode === wanted.mode;
}

/** The change that takes another one back: each path from what it was left as to what it was. */
export function inverseOf(change: TreeChange, now: ReadonlyMap<string, FileState>, operationId: string, stamp: string): TreeChange {
  const entries = change.entries.map((entry): TreeEntry => ({
    path: entry.path,
    before: now.get(entry.path) ?? { kind: 'missing' },
    after: entry.before.kind === 'missing' ? { kind: 'missing' } : { kind: 'staged', sha256: entry.before.sha256, mode: entry.before.mode },
  }));
  return { operationId, rootDir: change.rootDir, stamp, entries, newFolders: [] };
}
