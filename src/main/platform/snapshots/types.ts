import type { Manifest, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';

/** Where the files of a repository are: a folder, or keys beneath a prefix in a bucket. Names are those of docs/snapshot-format.md. */
export interface ObjectPlace {
  /** For people: the folder, or endpoint, bucket and prefix. */
  readonly where: string;
  /** Bytes of the whole object, or of a range of it. Rejects with `not-found`. */
  read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** Length in bytes; null when there is none. */
  size(name: string): Promise<number | null>;
  /** Written whole and synced before it resolves, or not there at all. `replace` is for locks, and for packs and index files that are known to be damaged; otherwise one that is there with the same name stays, and that is fine. */
  write(name: string, data: readonly Uint8Array[], options?: { readonly replace?: boolean }): Promise<void>;
  /** Gone already is fine. */
  remove(name: string): Promise<void>;
  /** Names beneath a folder (`packs/`), with length and the time they were written, in no order. */
  list(folder: string): AsyncIterable<{ readonly name: string; readonly size: number; readonly modifiedMs: number }>;
  /** Removes what interrupted writes left, written before this. */
  sweep(beforeMs: number): Promise<void>;
  /** Free bytes; null where nobody can tell. */
  free(): Promise<number | null>;
  /** A folder in which others write objects, for as long as the lock with this id is held; those of locks that are gone are removed. Not for buckets. */
  stage?(lockId: string, isGone: (lockId: string) => Promise<boolean>): Promise<StagedObjects>;
}

/** Files that somebody else writes before they become objects. */
export interface StagedObjects {
  readonly folder: string;
  /** Makes an empty one; answers with its name in the folder. */
  make(): Promise<string>;
  /** It is written: synced, and an object of this name, when it resolves. Rejects unless it has so many bytes. */
  keep(file: string, name: string, bytes: number, options?: { readonly replace?: boolean }): Promise<void>;
  /** Removes the folder and what is in it. Never rejects. */
  remove(): Promise<void>;
}

/** A pack that the volume program wrote. */
export interface WrittenPack {
  readonly hash: string;
  /** SHA-256 of the stored bytes of each record. */
  readonly sums: Uint8Array;
  readonly table: Uint8Array;
}

/** Files for packs that the volume program writes itself. */
export interface PackFiles {
  /** Where they are on this machine. */
  readonly folder: string;
  /** Makes an empty one; answers with its name in the folder. */
  make(): Promise<string>;
  /** Takes it into the repository. Its hashes are believed, as those of chunks are. */
  keep(file: string, pack: WrittenPack): Promise<void>;
}

/** A chunk as it is handed over: its bytes as they were, or coded already by the volume program. */
export interface CodedChunk {
  /** SHA-256 of the plain bytes, hex. */
  readonly hash: string;
  readonly length: number;
  /** 0 as it is, 1 raw deflate. */
  readonly codec: 0 | 1;
  readonly data: Uint8Array;
}

/** Adds to a repository. Nothing of it is a snapshot before `finish`. */
export interface SnapshotWriter {
  /** Whether a chunk with this SHA-256 is there already, of this secrecy. */
  has(hash: string, secret: boolean): boolean;
  /** Stores plain bytes as one chunk. Resolves with its id once it is on its way to a pack; waits when packs are slower than that. */
  put(bytes: Uint8Array, secret: boolean): Promise<string>;
  /** The same for one that was hashed and coded before. Its hash is believed; `verify` finds one that lied. */
  putCoded(chunk: CodedChunk, secret: boolean): Promise<string>;
  /** For packs of chunks that are no secret; null where chunks have to come one by one: into what is encrypted, or a bucket. */
  packFiles(): Promise<PackFiles | null>;
  /** Id of a chunk with this SHA-256, which is there. */
  idOf(hash: string, secret: boolean): string;
  /** Bytes this writer has added to the repository so far. */
  storedBytes(): number;
  /** Takes the entries of one part in order and makes `tree` and `sha256` of the part from them. */
  tree(secret: boolean): TreeWriter;
  /** Packs, index, then the manifest, each synced. Resolves with the bytes that it took. `foreign`: it came from elsewhere and gets no MAC. */
  finish(manifest: Manifest, options?: { readonly foreign?: boolean }): Promise<number>;
  /** Removes what was being written. Packs that are whole stay for prune. Never rejects. */
  abandon(): Promise<void>;
}

/** The lines of one tree on their way into a repository. Rejects with `input-invalid` when an entry is out of order, or its path or target is not one that can be kept. */
export interface TreeWriter {
  add(entry: TreeEntry): Promise<void>;
  end(): Promise<{ readonly tree: readonly string[]; readonly sha256: string }>;
}

export interface DamagedObject {
  /** Name in the repository: `packs/ab/ab…`, or a chunk id where its pack is lost. */
  readonly object: string;
  /** `kind name` of the part that needs it, or empty. */
  readonly part: string;
}

export interface VerifyAnswer {
  readonly objects: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedObject[];
}

export interface RepositoryStatus {
  readonly encrypted: 'secrets' | 'everything';
  readonly passphrase: boolean;
  readonly storesSecrets: boolean;
  readonly storedBytes: number;
  /** What no manifest needs; null before it was counted. */
  readonly reclaimableBytes: number | null;
}

/** How a repository is opened or made. */
export interface RepositoryKeys {
  /** Seals the data key for this installation; null for a place that others read too. */
  readonly install: { seal(text: string): string; open(sealed: string): string } | null;
  readonly passphrase: string | null;
}

/** One repository. All of it rejects with AppErrors: `damaged` (details.damaged), `not-found`, `locked`, `disk-full`, `storage-unreachable`, `repository-version`, `passphrase-wrong`. */
export interface SnapshotRepository {
  readonly where: string;
  /** Whether parts that are secret may be stored. */
  storesSecrets(): boolean;
  status(): Promise<RepositoryStatus>;
  /** Every manifest that can be read, newest first, and those that cannot. */
  list(): Promise<{ readonly manifests: readonly { readonly manifest: Manifest; readonly pinned: boolean; readonly foreign: boolean }[]; readonly damaged: readonly DamagedObject[] }>;
  manifest(id: string): Promise<Manifest>;
  /** Takes a shared lock until `finish` or `abandon`. */
  begin(signal: AbortSignal): Promise<SnapshotWriter>;
  /** Takes a shared lock while `use` runs: nothing it could read is pruned. */
  reading<T>(use: (reader: SnapshotReader) => Promise<T>): Promise<T>;
  /** Every byte that a snapshot needs (or of all of them), or a sample of `percent` of its objects, compared with its hashes. */
  verify(ids: readonly string[], options: { readonly percent: number; readonly onProgress: (bytes: number, ofBytes: number) => void; readonly signal: AbortSignal }): Promise<VerifyAnswer>;
  pin(id: string, pinned: boolean): Promise<void>;
  /** Removes the manifest; its chunks go with the next prune. */
  remove(id: string): Promise<void>;
  /** Puts a manifest back whose chunks are still there. Rejects with `damaged` when they are not. */
  putBack(manifest: Manifest, options?: { readonly foreign?: boolean }): Promise<void>;
  /** Bytes freed. `graceMs`: packs younger than that stay. `keep`: manifests that were removed and may be put back. Rejects with `locked` while anyone reads or writes, with `damaged` while a manifest or a tree cannot be read. */
  prune(options: { readonly graceMs: number; readonly dryRun: boolean; readonly keep?: readonly Manifest[]; readonly onProgress: (done: number, of: number) => void; readonly signal: AbortSignal }): Promise<{ readonly freedBytes: number; readonly removedPacks: number }>;
  close(): Promise<void>;
}

export interface SnapshotReader {
  /** Id that a chunk with this SHA-256 has in this repository, whether it is there or not: what was read on the engine is compared with a tree by it. */
  idOf(hash: string, secret: boolean): string;
  /** Plain bytes, compared with the id. Rejects with `damaged`. */
  chunk(id: string): Promise<Uint8Array>;
  /** As it is stored (decrypted), for a program that decodes and compares itself. */
  coded(id: string): Promise<CodedChunk>;
  /** Lines of a tree, without their ends, joined and compared with `sha256`. */
  tree(part: TreePart): AsyncIterable<string>;
  /** The same as entries, in order; paths and targets are ones that cannot leave their root. Rejects with `damaged`. */
  entries(part: TreePart): AsyncIterable<TreeEntry>;
}

/** What of a part of a manifest says where its tree is. */
export type TreePart = Pick<ManifestPart, 'kind' | 'name' | 'tree' | 'sha256' | 'secret'>;
