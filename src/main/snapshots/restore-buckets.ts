import { createHash } from 'node:crypto';
import type { ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext, RecoveryContext } from '@main/operations/types';
import type { S3Door } from '@main/platform/s3/types';
import { withTransferFile, writePieces } from '@main/platform/snapshot-transfer';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { bytesOf } from './restore-tree';
import type { RestoreDependencies } from './restore-types';

const PUT = 'object.put';
/** Larger objects go through a file. */
const WHOLE_BYTES = 16 * 1024 * 1024;

type Deps = Pick<RestoreDependencies, 's3' | 'transfers'>;
type FileEntry = Extract<TreeEntry, { readonly type: 'file' }>;

/** Where what a restore replaces in a bucket is kept: beneath a prefix of its own, for whoever misses it. */
export function asidePrefix(operationId: string): string {
  return `berth-replaced/${operationId}/`;
}

/** Puts the objects of buckets back where they differ; what they replace is copied aside first, and what is there besides stays. Every byte was read before. */
export async function putBuckets(deps: Deps, context: OperationContext, reader: SnapshotReader, projectId: string, parts: readonly ManifestPart[]): Promise<void> {
  if (parts.length === 0) return;
  for (const part of parts) for await (const entry of reader.entries(part)) if (entry.type === 'file') for (const id of entry.chunks) await reader.chunk(id);
  const s3 = await deps.s3(projectId);
  try {
    for (const part of parts) {
      await s3.headBucket(part.name, context.signal);
      for await (const entry of reader.entries(part)) {
        if (entry.type !== 'file' || !('text' in entry.path)) continue;
        context.progress({ message: `Putting ${entry.path.text} back` });
        await putObject(deps, context, s3, reader, { bucket: part.name, key: entry.path.text, entry });
      }
    }
  } finally {
    s3.close();
  }
}

interface ObjectStep {
  readonly bucket: string;
  readonly key: string;
  readonly entry: FileEntry;
}

async function putObject(deps: Deps, context: OperationContext, s3: S3Door, reader: SnapshotReader, { bucket, key, entry }: ObjectStep): Promise<void> {
  const bytes = entry.size <= WHOLE_BYTES ? await bytesOf(reader, entry.chunks) : null;
  const now = await headOf(s3, bucket, key, context.signal);
  if (now !== null && bytes !== null && now.sizeBytes === bytes.length && now.etag === createHash('md5').update(bytes).digest('hex')) return;
  const aside = now === null ? null : `${asidePrefix(context.operationId)}${key}`;
  await context.effect(PUT, { bucket, key, aside }, async () => {
    if (aside !== null) await copyObject(deps, s3, bucket, key, aside, context.signal);
    if (bytes !== null) await s3.put(bucket, key, bytes, context.signal);
    else
      await withTransferFile(deps.transfers, async (file) => {
        await writePieces(file, chunksOf(reader, entry.chunks));
        await s3.upload(bucket, key, file, () => undefined, context.signal);
      });
    return null;
  });
}

async function* chunksOf(reader: SnapshotReader, ids: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const id of ids) yield await reader.chunk(id);
}

async function headOf(s3: S3Door, bucket: string, key: string, signal: AbortSignal | undefined): Promise<{ readonly sizeBytes: number; readonly etag: string } | null> {
  try {
    return await s3.head(bucket, key, undefined, signal);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
}

async function copyObject(deps: Deps, s3: S3Door, bucket: string, from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  await withTransferFile(deps.transfers, async (file) => {
    await s3.download(bucket, from, file, undefined, () => undefined, signal);
    await s3.upload(bucket, to, file, () => undefined, signal);
  });
}

/** Lets every object be what it was: from where it was put aside, or gone where there was none. */
export async function putBucketsBack(deps: Deps, context: RecoveryContext, projectId: string): Promise<void> {
  const puts = context.records.filter((one) => one.name === PUT && !one.undone);
  if (puts.length === 0) return;
  const s3 = await deps.s3(projectId);
  try {
    for (const { intent, seq } of [...puts].reverse()) {
      const [bucket, key, aside] = [String(intent['bucket']), String(intent['key']), intent['aside']];
      await context.effect('object.put-back', { bucket, key, undoes: seq } satisfies JsonObject, async () => {
        // Not put aside yet: then it was not replaced either.
        if (typeof aside === 'string' && (await headOf(s3, bucket, aside, undefined)) !== null) await copyObject(deps, s3, bucket, aside, key, undefined);
        else if (aside === null) await s3.remove(bucket, [key]);
        return null;
      });
    }
  } finally {
    s3.close();
  }
}
