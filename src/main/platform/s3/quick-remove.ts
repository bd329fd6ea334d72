import { createHash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import { readXml } from './quick-list';
import { encodedKey, type QuickSession } from './quick-session';
import { escapedXml, isXmlText, textIn } from './quick-xml';

/** The most one call takes. */
const PACK = 1_000;
const PACKS_AT_ONCE = 4;

/** A key that is still there, and why. */
export interface Kept {
  readonly key: string;
  readonly detail: string;
}

/** Removes objects, gone already is fine; resolves with those that could not be. */
export async function removeAll(session: QuickSession, bucket: string, keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly Kept[]> {
  // Some characters of names cannot stand in XML at all.
  const single = keys.filter((key) => !isXmlText(key));
  const packed = single.length === 0 ? keys : keys.filter(isXmlText);
  const packs = Array.from({ length: Math.ceil(packed.length / PACK) }, (_, index) => packed.slice(index * PACK, (index + 1) * PACK));
  const kept = [
    ...(await inParallel(packs, PACKS_AT_ONCE, (pack) => removePack(session, bucket, pack, signal))),
    ...(await inParallel(single, PACKS_AT_ONCE, (key) => removeOne(session, bucket, key, signal))),
  ];
  return kept.flat();
}

/** A copy on the server's side, with its metadata. */
export function copyObject(session: QuickSession, { bucket, from, to }: { readonly bucket: string; readonly from: string; readonly to: string }, signal: AbortSignal | undefined): Promise<void> {
  const headers = { 'x-amz-copy-source': `/${bucket}/${encodedKey(from)}` };
  // The good status comes before the work is done, so the body says how it went.
  return session.send({ method: 'PUT', bucket, key: to, headers, counts: 'puts' }, signal, { read: (answer) => void readXml(session, answer, 'CopyObjectResult', to) });
}

function removePack(session: QuickSession, bucket: string, keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly Kept[]> {
  const objects = keys.map((key) => `<Object><Key>${escapedXml(key)}</Key></Object>`).join('');
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects}</Delete>`);
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64'), 'content-type': 'application/xml' };
  return session.send({ method: 'POST', bucket, query: { delete: '' }, headers, body, counts: 'deletes' }, signal, {
    read: (answer) =>
      readXml(session, answer, 'DeleteResult', bucket)
        .children.filter(({ name }) => name === 'Error')
        .map((one) => ({ key: textIn(one, 'Key'), detail: textIn(one, 'Message') || textIn(one, 'Code') || 'The bucket store does not say why.' })),
  });
}

async function removeOne(session: QuickSession, bucket: string, key: string, signal: AbortSignal | undefined): Promise<readonly Kept[]> {
  try {
    return await session.send({ method: 'DELETE', bucket, key, counts: 'deletes', also: [404] }, signal, { read: () => [] });
  } catch (error) {
    // A store that is not there is no matter of this key.
    if (error instanceof AppError && error.code === 'input-invalid') return [{ key, detail: error.message }];
    throw error;
  }
}
