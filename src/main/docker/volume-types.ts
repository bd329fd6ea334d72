import type { CodedChunk, PackFiles } from '../platform/snapshots/types';
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
  /** Its bytes are good until this resolves. */
  chunk(chunk: CodedChunk): Promise<void>;
  /** Chunks of so many bytes are in the repository, in a pack that the program wrote itself. */
  packed(bytes: number): void;
  /** A file was read whole; `hashes` in order, files in the order of their entries. `now`: length and times of what was read, which may be later than its entry. `changed`: it was written to meanwhile, three times in a row. */
  file(path: TreeEntry['path'], hashes: readonly string[], data: readonly (readonly [number, number])[] | null, changed: boolean, now: FileIdentity): void;
  /** Also of a file that was announced by `entry` and was gone when it was to be read: neither it nor links to it are in the tree then. */
  skipped(entry: SkippedEntry): void;
}

/** A source whose container is running, or on its way. */
export interface OpenVolume {
  /** Resolves when it runs; rejects with what went wrong, as `read` does. */
  started(): Promise<void>;
  /** Reads what the source holds, as often as it is asked for; of a folder only these paths, where they are given. */
  read(sink: TreeSink, paths: readonly string[] | null): Promise<void>;
  /** Ends the container, which is gone when it resolves. Never rejects. */
  close(): Promise<void>;
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
  /** Starts the container at once, for somebody who reads later, or twice. What goes wrong is told when it is read. Whoever opens closes. `packs`: where the program may write packs itself, if the engine runs on this machine. */
  open(source: VolumePlace, signal: AbortSignal, packs?: Promise<PackFiles | null>): OpenVolume;
  /** Hashes what a volume holds and hands on entries with hashes; for comparing. */
  digest(source: VolumeSource, onEntry: (entry: TreeEntry) => void, signal: AbortSignal): Promise<void>;
  /** Fills an empty volume. `chunk` is asked for each chunk in the order of the entries. Everything is synced before it resolves. With `onEntry` it is read back when all is written, as `digest` does. */
  write(volume: string, entries: AsyncIterable<TreeEntry>, chunk: (id: string) => Promise<CodedChunk>, onBytes: (bytes: number) => void, signal: AbortSignal, onEntry?: (entry: TreeEntry) => void): Promise<void>;
  /** Which folder each volume has now; it goes with the contents when they are exchanged. */
  identities(volumes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Exchanges the contents of two volumes in one step of the file system. Rejects with `not-supported` where that is not possible; then nothing changed. */
  exchange(one: string, other: string): Promise<void>;
  /** For volumes that cannot be exchanged: empties `to` and fills it with what `from` holds. Not one step: whoever calls it can repeat it. */
  copyOver(from: string, to: string, onBytes: (bytes: number) => void): Promise<void>;
  /** Puts what `from` holds into a folder of the engine's machine: what differs is replaced, what is there besides stays. What it replaces is kept in the empty volume `aside` before the first change. */
  merge(from: string, aside: string, folder: string, onBytes: (bytes: number) => void): Promise<void>;
  /** Makes a folder be what it was before a merge that kept what it replaced in `aside`. Can be repeated. */
  takeBack(aside: string, folder: string): Promise<void>;
  /** Bytes and number of the files, and free bytes of the file system they are on. */
  measure(source: VolumeSource, signal: AbortSignal): Promise<{ readonly bytes: number; readonly files: number; readonly freeBytes: number }>;
}

/** What a container of the program has mounted. */
export type VolumePlace = { readonly volume: string } | { readonly bind: string };

export type VolumeSource = { readonly volume: string } | { readonly bind: string; readonly paths: readonly string[] | null };
