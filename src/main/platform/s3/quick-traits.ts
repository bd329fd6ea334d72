import { createHash, randomUUID } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { BATCH_NAME, putTar } from './quick-batch';
import { lookAt } from './quick-look';
import { mtimeText } from './quick-mtime';
import { putWhole } from './quick-put';
import { removeAll } from './quick-remove';
import type { QuickSession } from './quick-session';
import type { StoreTraits, WriteCondition } from './sync-types';

const PROBES = '.berth/probe/';
const BODY = Buffer.from('What this bucket store can do is asked with this file.\n');
const MD5 = createHash('md5').update(BODY).digest('hex');
const OTHER_ETAG = '0'.repeat(32);
/** With nanoseconds: a store that rounds them makes every file look changed. */
const MTIME_NS = 1_700_000_000_123_456_789n;

/** What a store can do beyond plain S3, found out by doing it in a corner of the bucket that is cleared again. */
export async function probeTraits(session: QuickSession, bucket: string, signal: AbortSignal | undefined): Promise<StoreTraits> {
  const corner = `${PROBES}${randomUUID()}/`;
  try {
    const conditionalWrites = await keepsConditions(session, { bucket, key: `${corner}condition` }, signal);
    const tarBatches = await unpacksTars(session, bucket, corner, signal);
    return { tarBatches, conditionalWrites };
  } finally {
    await removeAll(session, bucket, [`${corner}condition`, `${corner}inner`, `${corner}${BATCH_NAME}`], undefined).catch(() => undefined);
  }
}

/** The first is written, and neither a second nor one over another content. */
async function keepsConditions(session: QuickSession, at: { readonly bucket: string; readonly key: string }, signal: AbortSignal | undefined): Promise<boolean> {
  const put = (condition: WriteCondition): Promise<{ readonly kind: string }> => putWhole(session, { ...at, body: BODY, md5: MD5, mtimeNs: MTIME_NS, condition }, signal);
  // Also says whether these keys may write here at all, so its failure is one.
  await put({ kind: 'any' });
  return orFalse(async () => (await put({ kind: 'create' })).kind === 'refused' && (await put({ kind: 'replace', etag: OTHER_ETAG })).kind === 'refused' && (await put({ kind: 'replace', etag: MD5 })).kind === 'sent');
}

async function unpacksTars(session: QuickSession, bucket: string, corner: string, signal: AbortSignal | undefined): Promise<boolean> {
  return orFalse(async () => {
    await putTar(session, { bucket, prefix: corner, files: [{ key: `${corner}inner`, body: BODY, mtimeNs: MTIME_NS }] }, signal);
    const inner = await lookAt(session, bucket, `${corner}inner`, signal);
    return inner?.etag === MD5 && inner.mtime === mtimeText(MTIME_NS);
  });
}

/** A store says in many ways that it does not know something. That it cannot be reached is no answer. */
async function orFalse(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    const status = error instanceof AppError ? error.details?.['status'] : undefined;
    if (typeof status === 'number' && ((status >= 400 && status < 500 && status !== 429) || status === 501)) return false;
    throw error;
  }
}
