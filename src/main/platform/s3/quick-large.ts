import { createHash } from 'node:crypto';
import { inParallel } from '@shared/kernel/in-parallel';
import { differentBody, notAStore } from './failure';
import { isEncryptedAnswer, isMd5Tag, plainHeader } from './quick-look';
import { MTIME_HEADER, mtimeText } from './quick-mtime';
import { conditionHeaders, conditionalWrite, isRefusedNow, REFUSED } from './quick-put';
import { AskAgain, type QuickSession } from './quick-session';
import { parseXml, textIn } from './quick-xml';
import type { QuickAnswer } from './quick-http';
import type { QuickS3, RefusedWrite, SentObject } from './sync-types';

type LargeRequest = Parameters<QuickS3['putLarge']>[0];

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** What S3 allows; larger files get larger parts. */
const MOST_PARTS = 10_000;

interface SentPart {
  readonly number: number;
  readonly md5: string;
  readonly etag: string;
}

/** Sends a file in parts. Nothing of it is to be seen before all are there, and nothing stays when it fails. */
export async function putLarge(session: QuickSession, request: LargeRequest, onBytes: (bytes: number) => void, signal: AbortSignal | undefined): Promise<SentObject | RefusedWrite> {
  // Gigabytes for an upload that is refused at its end help nobody; what is refused in between, its end decides.
  if (await isRefusedNow(session, request, signal)) return REFUSED;
  const id = await begin(session, request, signal);
  let isKept = false;
  try {
    const parts = await sendParts(session, { request, id, onBytes }, signal);
    // Until now others had the time of the whole transfer.
    if (request.byLooking === true && (await isRefusedNow(session, request, signal))) return REFUSED;
    const done = await complete(session, { request, id, parts }, signal);
    isKept = done.kind === 'sent';
    return done;
  } finally {
    if (!isKept) await abortUpload(session, request, id);
  }
}

/** Ends an upload in parts. What cannot be taken away now is left to a later sweep. */
export async function abortUpload(session: QuickSession, { bucket, key }: { readonly bucket: string; readonly key: string }, uploadId: string): Promise<boolean> {
  // Not cancelled with its upload: this is what a cancel has to leave behind.
  return session.send({ method: 'DELETE', bucket, key, query: { uploadId }, counts: 'deletes', also: [404] }, undefined, { read: () => true }).catch(() => false);
}

function begin(session: QuickSession, { bucket, key, mtimeNs }: LargeRequest, signal: AbortSignal | undefined): Promise<string> {
  const headers = { [MTIME_HEADER]: mtimeText(mtimeNs) };
  return session.send({ method: 'POST', bucket, key, query: { uploads: '' }, headers, counts: 'puts' }, signal, {
    read: (answer) => {
      const said = parseXml(answer.body.toString('utf8'));
      const id = said === null ? '' : textIn(said, 'UploadId');
      if (id === '') throw notAStore(session.options);
      return id;
    },
  });
}

interface Parts {
  readonly request: LargeRequest;
  readonly id: string;
  readonly onBytes: (bytes: number) => void;
}

/** Some side by side; the first that fails ends the others. */
async function sendParts(session: QuickSession, { request, id, onBytes }: Parts, signal: AbortSignal | undefined): Promise<readonly SentPart[]> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(request.sizeBytes / MOST_PARTS));
  const numbers = Array.from({ length: Math.max(1, Math.ceil(request.sizeBytes / partBytes)) }, (_, index) => index + 1);
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let failure: unknown;
  let sentBytes = 0;
  const send = async (number: number): Promise<SentPart> => {
    const offset = (number - 1) * partBytes;
    const bytes = await request.read(offset, Math.min(partBytes, request.sizeBytes - offset));
    const part = await sendPart(session, { request, id, number, bytes }, both);
    sentBytes += bytes.byteLength;
    onBytes(sentBytes);
    return part;
  };
  try {
    return await inParallel(numbers, PARTS_AT_ONCE, (number) =>
      send(number).catch((error: unknown) => {
        failure ??= error;
        stop.abort();
        throw error;
      }),
    );
  } catch {
    // Not that of a part which was ended because another failed.
    throw failure;
  }
}

function sendPart(session: QuickSession, { request, id, number, bytes }: { readonly request: LargeRequest; readonly id: string; readonly number: number; readonly bytes: Uint8Array }, signal: AbortSignal): Promise<SentPart> {
  const { bucket, key } = request;
  const sum = createHash('md5').update(bytes).digest();
  const md5 = sum.toString('hex');
  return session.send({ method: 'PUT', bucket, key, query: { partNumber: String(number), uploadId: id }, headers: { 'content-md5': sum.toString('base64') }, body: bytes, counts: 'puts' }, signal, {
    read: (answer) => {
      const etag = plainHeader(answer, 'etag');
      if (etag !== md5 && isMd5Tag(etag) && !isEncryptedAnswer(answer)) throw differentBody(session.options, key);
      return { number, md5, etag };
    },
  });
}

function complete(session: QuickSession, { request, id, parts }: { readonly request: LargeRequest; readonly id: string; readonly parts: readonly SentPart[] }, signal: AbortSignal | undefined): Promise<SentObject | RefusedWrite> {
  const { bucket, key, condition, sizeBytes, mtimeNs } = request;
  const list = parts.map(({ number, etag }) => `<Part><PartNumber>${String(number)}</PartNumber><ETag>&quot;${etag}&quot;</ETag></Part>`).join('');
  const body = Buffer.from(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list}</CompleteMultipartUpload>`);
  const sums = createHash('md5').update(Buffer.from(parts.map(({ md5 }) => md5).join(''), 'hex')).digest('hex');
  const written = { bucket, key, sizeBytes, mtimeNs, etag: `${sums}-${String(parts.length)}` };
  const call = { method: 'POST', bucket, key, query: { uploadId: id }, headers: { ...conditionHeaders(request), 'content-type': 'application/xml' }, body, counts: 'puts' } as const;
  return conditionalWrite(session, { call, condition, written, etagOf: (answer) => completedEtag(session, answer, key) }, signal);
}

/** The good status is sent before the work is done: what went wrong with it stands in the body. */
function completedEtag(session: QuickSession, answer: QuickAnswer, key: string): string {
  const said = parseXml(answer.body.toString('utf8'));
  if (said?.name === 'CompleteMultipartUploadResult') return textIn(said, 'ETag').replaceAll('"', '');
  throw new AskAgain(said?.name === 'Error' ? session.refusal({ ...answer, status: 500 }, { key }) : notAStore(session.options));
}
