/** What a watcher saw of one file: the newest look, null when it is gone. */
export interface SeenFile {
  readonly path: string;
  readonly before: FileLook | null;
  readonly after: FileLook | null;
}

/** Enough of a file to know it again under another name. */
export interface FileLook {
  readonly ino: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** One change of a burst. */
export interface FileChange {
  readonly change: 'added' | 'changed' | 'removed' | 'moved';
  readonly file: string;
  readonly from?: string;
}

/** What a burst of looks comes to: each file once, and one that is gone here and came there as one move. Sorted by path. */
export function changesOf(seen: readonly SeenFile[]): readonly FileChange[] {
  const gone = new Map<string, string>();
  for (const { path, before, after } of seen) if (before !== null && after === null) gone.set(before.ino, path);
  const moved = new Set<string>();
  const found: FileChange[] = [];
  for (const { path, before, after } of seen) {
    if (after === null) continue;
    const from = before === null ? gone.get(after.ino) : undefined;
    if (from !== undefined && !moved.has(from)) {
      moved.add(from);
      found.push({ change: 'moved', file: path, from });
    } else if (before === null) found.push({ change: 'added', file: path });
    else if (before.ino !== after.ino || before.sizeBytes !== after.sizeBytes || before.mtimeMs !== after.mtimeMs) found.push({ change: 'changed', file: path });
  }
  for (const { path, before, after } of seen) if (before !== null && after === null && !moved.has(path)) found.push({ change: 'removed', file: path });
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** What differs between two looks at a folder. Both are sorted by path; a file that is gone and one that came with the same bytes are one move. */
export function changesBetween(before: readonly HashedFile[], after: readonly HashedFile[]): readonly FileChange[] {
  const had = new Map(before.map((file) => [file.path, file.contentHash]));
  const has = new Set(after.map((file) => file.path));
  const gone = new Map<string, string[]>();
  for (const { path, contentHash } of before) if (!has.has(path)) gone.set(contentHash, [...(gone.get(contentHash) ?? []), path]);
  const found: FileChange[] = [];
  for (const { path, contentHash } of after) {
    const hash = had.get(path);
    if (hash === contentHash) continue;
    const from = hash === undefined ? gone.get(contentHash)?.shift() : undefined;
    found.push(from !== undefined ? { change: 'moved', file: path, from } : { change: hash === undefined ? 'added' : 'changed', file: path });
  }
  for (const paths of gone.values()) for (const path of paths) found.push({ change: 'removed', file: path });
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** A file with the hash of its bytes. */
export interface HashedFile {
  readonly path: string;
  readonly contentHash: string;
}
