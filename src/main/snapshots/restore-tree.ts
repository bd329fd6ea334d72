import { encodeTreeLine, parseTreeLine } from '@shared/domain/snapshots/tree-lines';
import type { FileOwned } from '@shared/domain/operations/backup';
import type { ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { Arrivals } from './arrivals';
import type { VolumeProgram, VolumeSource } from './types';

/** No file of a project that Berth writes is longer. */
const MOST_FILE_BYTES = 64 * 1024 * 1024;

/** A file of a part with its bytes. */
export interface KeptFile {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
  readonly owned: FileOwned;
}

/** The files of a small part, every byte compared with its hash. `leftOut`: links, what has a name that is no text, and what is too large to be a file of a project. */
export async function readFiles(reader: SnapshotReader, part: ManifestPart): Promise<{ readonly files: readonly KeptFile[]; readonly leftOut: readonly string[] }> {
  const files: KeptFile[] = [];
  const leftOut: string[] = [];
  for await (const entry of reader.entries(part)) {
    if (entry.type === 'dir') continue;
    if (entry.type !== 'file' || !('text' in entry.path) || entry.size > MOST_FILE_BYTES) leftOut.push('text' in entry.path ? entry.path.text : `base64:${entry.path.base64}`);
    else files.push({ path: entry.path.text, mode: entry.mode, bytes: await bytesOf(reader, entry.chunks), owned: { uid: entry.uid, gid: entry.gid, mtimeNs: entry.mtimeNs } });
  }
  return { files, leftOut };
}

/** The one document of a part. */
export async function readDocument(reader: SnapshotReader, part: ManifestPart): Promise<Json> {
  const [first] = (await readFiles(reader, part)).files;
  if (first === undefined) throw new AppError('damaged', `The part ${part.kind} ${part.name} of the snapshot is empty.`, { hint: 'Verify the snapshot: `berth snapshots verify`.' });
  return JSON.parse(new TextDecoder().decode(first.bytes)) as Json;
}

/** Plain bytes of chunks, one behind the other. */
export async function bytesOf(reader: SnapshotReader, chunks: readonly string[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const id of chunks) parts.push(await reader.chunk(id));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** What is there now, by the ids that its contents would have in the repository. */
export async function* entriesNow(program: Pick<VolumeProgram, 'digest'>, reader: Pick<SnapshotReader, 'idOf'>, part: Pick<ManifestPart, 'secret'>, source: VolumeSource, signal: AbortSignal): AsyncGenerator<TreeEntry, void, undefined> {
  const stop = new AbortController();
  const arrivals = new Arrivals<TreeEntry>();
  const withIds = (entry: TreeEntry): TreeEntry => (entry.type === 'file' ? { ...entry, chunks: entry.chunks.map((hash) => reader.idOf(hash, part.secret)) } : entry);
  const reading = program.digest(source, (entry) => arrivals.push(withIds(entry)), AbortSignal.any([signal, stop.signal])).then(
    () => arrivals.end(),
    (error: unknown) => arrivals.end(error),
  );
  try {
    yield* arrivals;
  } finally {
    stop.abort();
    await reading;
  }
}

/** Reads what a volume holds and compares it with a part. Resolves with the first path that differs, or null; reading ends there. */
export async function firstDifference(program: Pick<VolumeProgram, 'digest'>, reader: SnapshotReader, part: ManifestPart, source: VolumeSource, signal: AbortSignal): Promise<string | null> {
  const stop = new AbortController();
  const arrivals = new Arrivals<string>();
  const lines = arrivals[Symbol.asyncIterator]();
  const digest = program.digest(source, (entry) => arrivals.push(lineOf(reader, part, entry)), AbortSignal.any([signal, stop.signal])).then(
    () => arrivals.end(),
    (error: unknown) => arrivals.end(error),
  );
  try {
    for await (const expected of reader.tree(part)) {
      const line = await lines.next();
      if (line.done === true || line.value !== withEnd(expected)) return pathOf(expected);
    }
    const more = await lines.next();
    return more.done === true ? null : pathOf(more.value);
  } finally {
    stop.abort();
    await digest;
  }
}

function lineOf(reader: SnapshotReader, part: ManifestPart, entry: TreeEntry): string {
  return encodeTreeLine(entry.type === 'file' ? { ...entry, chunks: entry.chunks.map((hash) => reader.idOf(hash, part.secret)) } : entry);
}

function withEnd(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}

function pathOf(line: string): string {
  const { path } = parseTreeLine(withEnd(line));
  return 'text' in path ? (path.text === '' ? '/' : path.text) : `base64:${path.base64}`;
}
