/**
 * What is compared when workspaces are synced: three streams, each sorted by the bytes of its keys, so that a million files need the memory
 * of one page. A key is the path below the workspaces folder with `/`, so its first part is the workspace (`api/app.js`).
 */

/** A file as the walk saw it. Times in nanoseconds, so that an edit within one millisecond is an edit. */
export interface LocalFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/** A file as it was when it was last sent. */
export interface SyncedFile extends LocalFile {
  /** Hex MD5 of what was sent; it is also the ETag of an object sent in one piece. */
  readonly md5: string;
  /** As the store answered, without quotes. */
  readonly etag: string;
  /** Written so shortly before the walk that a later edit could have left all times as they are: it is read again. */
  readonly racy: boolean;
}

/** An object as the listing shows it; the key without the prefix of the destination. */
export interface RemoteFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

/** What to do with one key. */
export type SyncStep =
  /** New here: sent with `If-None-Match: *`, or after a look with `If-Match`. */
  | { readonly kind: 'upload'; readonly local: LocalFile; readonly ifMatch: string | null }
  /** Times moved: read it, and send it only when its content differs from `synced.md5`. */
  | { readonly kind: 'rehash'; readonly local: LocalFile; readonly synced: SyncedFile }
  /** There already with the size of ours, but never sent by us: compare content by ETag, take it over or report a conflict. */
  | { readonly kind: 'adopt'; readonly local: LocalFile; readonly remote: RemoteFile }
  /** Gone here, or excluded by a rule since; removed only while it is still what we sent. */
  | { readonly kind: 'remove'; readonly synced: SyncedFile; readonly because: 'deleted' | 'excluded' }
  /** Somebody else wrote it. */
  | { readonly kind: 'conflict'; readonly key: string; readonly because: 'changed-there' | 'not-ours' | 'removed-there'; readonly local: LocalFile | null; readonly remote: RemoteFile | null }
  /** Known, and gone on both sides: only the record goes. */
  | { readonly kind: 'forget'; readonly key: string }
  | { readonly kind: 'keep'; readonly local: LocalFile; readonly synced: SyncedFile };

/** Why a run stops before it removes anything; a person decides. */
export type SyncHalt =
  | { readonly reason: 'root-missing'; readonly root: string }
  | { readonly reason: 'root-replaced'; readonly root: string }
  | { readonly reason: 'root-emptied'; readonly root: string; readonly known: number }
  | { readonly reason: 'too-many-deletes'; readonly deletes: number; readonly limit: number; readonly known: number }
  | { readonly reason: 'destination-foreign'; readonly detail: string };

/** Where objects go; the state of one destination is never used for another. */
export interface SyncDestination {
  readonly endpoint: string;
  readonly bucket: string;
  /** '' or with its slash at the end. */
  readonly prefix: string;
}
