import { utf8Bytes } from '@shared/domain/snapshots/bytes';
import { WHOLE_FILE_BYTES } from '@shared/domain/snapshots/chunking';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { checkPath, compareWalk } from '@shared/domain/snapshots/tree-paths';
import type { BucketFacts, SkippedEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { throughFile } from '@main/platform/snapshot-transfer';
import type { S3Door, S3Object } from '@main/platform/s3/types';
import type { SnapshotWriter, TreeWriter } from '@main/platform/snapshots/types';
import { fileChunker, foldersOf, type ReadPart } from './gather-files';

const PAGE = 1_000;
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** What reading a bucket works with. */
export interface BucketReading {
  readonly s3: S3Door;
  readonly writer: Pick<SnapshotWriter, 'put' | 'tree'>;
  /** Where a large object lies while it is cut. */
  readonly transfers: string;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/** Reads every object of a bucket, as files with their keys as paths. */
export async function readBucket(reading: BucketReading, bucket: string): Promise<ReadPart & { readonly facts: BucketFacts }> {
  const { s3, writer, signal } = reading;
  const versioning = await s3.versioning(bucket, signal).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'service-unreachable') throw error;
    return 'unknown';
  });
  const { objects, skipped } = keepable(await everyObject(s3, bucket, signal));
  const tree = writer.tree(false);
  const folders = new Set<string>();
  await addFolder(tree, '');
  let sizeBytes = 0;
  let files = 0;
  for (const object of objects) {
    for (const folder of foldersOf(object.key)) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      await addFolder(tree, folder);
    }
    const read = await readObject(reading, bucket, object).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
      skipped.push({ path: object.key, why: 'it was gone before it could be read' });
      return null;
    });
    if (read === null) continue;
    await tree.add({ ...owned(object.key), type: 'file', mode: FILE_MODE, mtimeNs: nanoseconds(object.modifiedAt), size: read.size, data: null, chunks: read.chunks });
    sizeBytes += read.size;
    files += 1;
    reading.onBytes(read.size);
  }
  return { ...(await tree.end()), files, sizeBytes, skipped, facts: { versioning, objects: objects.length } };
}

async function everyObject(s3: S3Door, bucket: string, signal: AbortSignal): Promise<readonly S3Object[]> {
  const objects: S3Object[] = [];
  for (let after: string | null = null, more = true; more; more = after !== null) {
    const page: Awaited<ReturnType<S3Door['list']>> = await s3.list({ bucket, prefix: '', delimiter: '', after, limit: PAGE }, signal);
    objects.push(...page.objects);
    after = page.next;
  }
  return objects;
}

/** In the order of a tree; a key that no path can be is named. */
function keepable(found: readonly S3Object[]): { readonly objects: readonly S3Object[]; readonly skipped: SkippedEntry[] } {
  const skipped: SkippedEntry[] = [];
  const keys = new Set(found.map((one) => one.key));
  const objects = found.filter(({ key, sizeBytes }) => {
    if (key.endsWith('/') && sizeBytes === 0) return false;
    const why = reasonAgainst(key, keys);
    if (why !== null) skipped.push({ path: key, why });
    return why === null;
  });
  const bytes = new Map(objects.map((one) => [one.key, utf8Bytes(one.key)]));
  return { objects: [...objects].sort((a, b) => compareWalk(bytes.get(a.key) as Uint8Array, bytes.get(b.key) as Uint8Array)), skipped };
}

function reasonAgainst(key: string, keys: ReadonlySet<string>): string | null {
  try {
    checkPath(utf8Bytes(key));
  } catch (error) {
    if (error instanceof SnapshotFormatError) return `its key cannot be a path: ${error.message}`;
    throw error;
  }
  return foldersOf(key).some((folder) => keys.has(folder)) ? 'another object has the name of its folder' : null;
}

async function readObject(reading: BucketReading, bucket: string, object: S3Object): Promise<{ readonly size: number; readonly chunks: readonly string[] }> {
  const { s3, writer, signal } = reading;
  if (object.sizeBytes <= WHOLE_FILE_BYTES) {
    const bytes = await s3.get(bucket, object.key, WHOLE_FILE_BYTES, signal);
    return { size: bytes.length, chunks: bytes.length === 0 ? [] : [await writer.put(bytes, false)] };
  }
  return throughFile(
    reading.transfers,
    (file) => s3.download(bucket, object.key, file, undefined, () => undefined, signal),
    async (pieces) => {
      const chunker = fileChunker();
      const chunks: string[] = [];
      let size = 0;
      const put = async (cut: readonly Uint8Array[]): Promise<void> => {
        for (const chunk of cut) chunks.push(await writer.put(chunk, false));
      };
      for await (const piece of pieces) {
        signal.throwIfAborted();
        size += piece.length;
        await put(chunker.push(piece));
      }
      await put(chunker.end());
      return { size, chunks };
    },
  );
}

function owned(path: string): { readonly path: { readonly text: string }; readonly uid: number; readonly gid: number; readonly xattrs: Record<string, never> } {
  return { path: { text: path }, uid: 0, gid: 0, xattrs: {} };
}

function addFolder(tree: TreeWriter, path: string): Promise<void> {
  return tree.add({ ...owned(path), type: 'dir', mode: FOLDER_MODE, mtimeNs: '0' });
}

function nanoseconds(iso: string): string {
  return String(BigInt(Date.parse(iso)) * 1_000_000n);
}
