import { inParallel } from '@shared/kernel/in-parallel';
import { abortUpload } from './quick-large';
import { decodedKey, readXml } from './quick-list';
import type { QuickSession } from './quick-session';
import { textIn, type XmlElement } from './quick-xml';

const ABORTS_AT_ONCE = 4;

interface Unfinished {
  readonly key: string;
  readonly id: string;
  readonly begunAt: number;
}

interface Sweep {
  readonly bucket: string;
  readonly prefix: string;
  readonly before: Date;
}

/** Aborts what was begun in parts before a time and never finished; resolves with how many. */
export async function sweepUploads(session: QuickSession, { bucket, prefix, before }: Sweep, signal: AbortSignal | undefined): Promise<number> {
  const beneath = await unfinished(session, bucket, prefix, signal);
  // MinIO takes a prefix for the whole name of an object, and lists beneath it only when asked for everything.
  const found = beneath.length > 0 || prefix === '' ? beneath : await unfinished(session, bucket, '', signal);
  const old = found.filter(({ key, begunAt }) => key.startsWith(prefix) && begunAt < before.getTime());
  const aborted = await inParallel(old, ABORTS_AT_ONCE, ({ key, id }) => abortUpload(session, { bucket, key }, id));
  return aborted.filter(Boolean).length;
}

async function unfinished(session: QuickSession, bucket: string, prefix: string, signal: AbortSignal | undefined): Promise<readonly Unfinished[]> {
  const found: Unfinished[] = [];
  let marker: { readonly [name: string]: string } | null = {};
  while (marker !== null) {
    const query: { readonly [name: string]: string } = { uploads: '', prefix, 'encoding-type': 'url', ...marker };
    const root: XmlElement = await session.send({ method: 'GET', bucket, query, counts: 'lists' }, signal, { read: (answer) => readXml(session, answer, 'ListMultipartUploadsResult', bucket) });
    const isEncoded = textIn(root, 'EncodingType').toLowerCase() === 'url';
    for (const one of root.children) if (one.name === 'Upload') found.push({ key: decodedKey(textIn(one, 'Key'), isEncoded), id: textIn(one, 'UploadId'), begunAt: Date.parse(textIn(one, 'Initiated')) });
    marker = markerAfter(root, isEncoded, marker);
  }
  return found;
}

/** Null at the end, and for a store that does not go on. */
function markerAfter(root: XmlElement, isEncoded: boolean, last: { readonly [name: string]: string }): { readonly [name: string]: string } | null {
  const next = { 'key-marker': decodedKey(textIn(root, 'NextKeyMarker'), isEncoded), 'upload-id-marker': textIn(root, 'NextUploadIdMarker') };
  const isSame = next['key-marker'] === last['key-marker'] && next['upload-id-marker'] === last['upload-id-marker'];
  return textIn(root, 'IsTruncated') !== 'true' || next['key-marker'] === '' || isSame ? null : next;
}
