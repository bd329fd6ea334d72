import type { CodedChunk } from '../platform/snapshots/types';
import type { SkippedEntry, TreeEntry } from '@shared/domain/snapshots/types';

/** What tells whether a file is the one that was read before. */
export interface FileIdentity {
  readonly inode: string;
  readonly ctimeNs: string;
  readonly mtimeNs: string;
  readonly size: number;
}

/** What the volume program says while it reads a tree. */
export interface TreeSink {
  /** In tree order; of a file without its chunks and holes. The answer says whether its contents are to be read; else the chunks that are known are the answer. */
  entry(entry: TreeEntry, identity: FileIdentity | null): 'read' | { readonly chunks: readonly string[] };
  /** Whether the repository has a chunk with this SHA-256 already: then its bytes are not sent. */
  has(hash: string): boolean;
  chunk(chunk: CodedChunk): Promise<void>;
  /** A file was read whole; `hashes` in order, files in the order of their entries. `now`: length and times of what was read, which may be later than its entry. `changed`: it was written to meanwhile, three times in a row. */
  file(path: TreeEntry['path'], hashes: readonly string[], data: readonly (readonly [number, number])[] | null, changed: boolean, now: FileIdentity): void;
  /** Also of a file that was announced by `entry` and was gone when it was to be read: neither it nor links to it are in the tree then. */
  skipped(entry: SkippedEntry): void;
}

/**
 * The contents of volumes, through a container of Berth's own volume program: no network, read-only root, nothing but the volume mounted.
 * Rejects with `setup-failed` where the program cannot be run, `disk-full`, `cancelled`, `engine-…`.
 */
export interface VolumeProgram {
  /** Resolves when the engine has the image. */
  ensure(signal: AbortSignal): Promise<void>;
  /** Reads what a volume, or a folder of the engine's machine, holds. `paths`: exactly these of it and the folders above them; a folder among them comes without what is in it. */
  read(source: VolumeSource, sink: TreeSink, signal: AbortSignal): Promise<void>;
  /** Hashes what a volume holds and hands on entries with hashes; for comparing. */
  digest(source: VolumeSource, onEntry: (entry: TreeEntry) => void, signal: AbortSignal): Promise<void>;
  /** Fills an empty volume. `chunk` is asked for each chunk in the order of the entries. Everything is synced before it resolves. */
  write(volume: string, entries: AsyncIterable<TreeEntry>, chunk: (id: string) => Promise<CodedChunk>, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  /** Which folder each volume has now; it goes with the contents when they are exchanged. */
  identities(volumes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Exchanges the contents of two volumes in one step of the file system. Rejects with `not-supported` where that is not possible; then nothing changed. */
  exchange(one: string, other: string): Promise<void>;
  /** For volumes that cannot be exchanged: empties `to` and fills it with what `from` holds. Not one step: whoever calls it can repeat it. */
  copyOver(from: string, to: string, onBytes: (bytes: number) => void): Promise<void>;
  /** Bytes and number of the files, and free bytes of the file system they are on. */
  measure(source: VolumeSource, signal: AbortSignal): Promise<{ readonly bytes: number; readonly files: number; readonly freeBytes: number }>;
}

export type VolumeSource = { readonly volume: string } | { readonly bind: string; readonly paths: readonly string[] | null };
