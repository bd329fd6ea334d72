import type { QuickSession } from './quick-session';
import { tarOf } from './quick-tar';
import type { QuickS3 } from './sync-types';

/** What the tar itself would be called, were it kept; a store that unpacks it keeps nothing under this name. */
export const BATCH_NAME = '.berth-batch.tar';

/** Sends many small files as one tar, which the store unpacks. */
export async function putTar(session: QuickSession, { bucket, prefix, files }: Parameters<QuickS3['putBatch']>[0], signal: AbortSignal | undefined): Promise<void> {
  if (files.length === 0) return;
  // A header carries plain ASCII only; other prefixes stand in the names of the tar. Keys are checked against what the header names.
  const named = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\/$/.test(prefix) && files.every(({ key }) => key.startsWith(prefix)) ? prefix : '';
  const headers = { 'x-amz-meta-snowball-auto-extract': 'true', ...(named === '' ? {} : { 'x-amz-meta-minio-snowball-prefix': named }) };
  await session.send({ method: 'PUT', bucket, key: `${prefix}${BATCH_NAME}`, headers, body: tarOf(files, named), counts: 'puts' }, signal, { read: () => undefined });
}
