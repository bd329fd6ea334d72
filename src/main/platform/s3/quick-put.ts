import { differentBody } from './failure';
import { MTIME_HEADER, mtimeText } from './quick-mtime';
import { isEncryptedAnswer, isMd5Tag, isOwn, lookAt, plainHeader, type Looked } from './quick-look';
import type { QuickCall, QuickSession } from './quick-session';
import type { QuickAnswer } from './quick-http';
import type { QuickS3, RefusedWrite, SentObject, WriteCondition, WriteTarget } from './sync-types';

type PutRequest = Parameters<QuickS3['put']>[0];

/** What a write is to have left behind, to know it again when its answer is lost. */
export interface Written {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** The MD5, or that of the MD5s of all parts. */
  readonly etag: string;
}

/** What a write that did not take place answers. */
export const REFUSED: RefusedWrite = { kind: 'refused' };

/** Writes a file in one piece. */
export async function putWhole(session: QuickSession, request: PutRequest, signal: AbortSignal | undefined): Promise<SentObject | RefusedWrite> {
  const { bucket, key, body, md5, mtimeNs, condition } = request;
  if (request.byLooking === true && (await isRefusedNow(session, request, signal))) return REFUSED;
  const headers = { ...conditionHeaders(request), [MTIME_HEADER]: mtimeText(mtimeNs), 'content-md5': Buffer.from(md5, 'hex').toString('base64') };
  const call: QuickCall = { method: 'PUT', bucket, key, headers, body, counts: 'puts' };
  return conditionalWrite(session, { call, condition, written: { bucket, key, sizeBytes: body.byteLength, mtimeNs, etag: md5 }, etagOf: (answer) => plainHeader(answer, 'etag') }, signal);
}

interface ConditionalWrite {
  readonly call: QuickCall;
  readonly condition: WriteCondition;
  readonly written: Written;
  /** From a good answer; throws `AskAgain` when it is none. */
  readonly etagOf: (answer: QuickAnswer) => string;
}

/**
 * A write whose condition is held even when answers are lost: before it is sent again it looks whether the first arrived, and a refusal of
 * the second is no conflict when what is there is its own.
 */
export function conditionalWrite(session: QuickSession, { call, condition, written, etagOf }: ConditionalWrite, signal: AbortSignal | undefined): Promise<SentObject | RefusedWrite> {
  const look = (): Promise<Looked | null> => lookAt(session, written.bucket, written.key, signal);
  const ownIn = (found: Looked | null): SentObject | null => (found !== null && isOwn(found, written) ? { kind: 'sent', etag: found.etag } : null);
  const own = async (repeat: number): Promise<SentObject | null> => (repeat > 0 ? ownIn(await look()) : null);
  const afterLoss = async (): Promise<SentObject | RefusedWrite | null> => {
    const found = await look();
    const sent = ownIn(found);
    if (sent !== null) return sent;
    const isForeign = condition.kind === 'create' ? found !== null : condition.kind === 'replace' && found?.etag !== condition.etag;
    return isForeign ? REFUSED : null;
  };
  const read = async (answer: QuickAnswer, repeat: number): Promise<SentObject | RefusedWrite> => {
    if (answer.status === 412) return (await own(repeat)) ?? REFUSED;
    if (answer.status === 404) return missing(session, call, answer, await own(repeat));
    const etag = etagOf(answer);
    if (etag !== written.etag && isMd5Tag(etag) && !isEncryptedAnswer(answer)) throw differentBody(session.options, written.key);
    return { kind: 'sent', etag };
  };
  return session.send({ ...call, also: [404, 412] }, signal, { read, afterLoss });
}

/** What `If-Match` met was removed by somebody: refused. An upload in parts that is gone was put together by the attempt before. */
function missing(session: QuickSession, call: QuickCall, answer: QuickAnswer, own: SentObject | null): SentObject | RefusedWrite {
  if (own !== null) return own;
  const error = session.refusal(answer, call);
  if (error.details?.['code'] === 'NoSuchKey') return REFUSED;
  throw error;
}

/** Whether the condition does not hold at this moment. */
export async function isRefusedNow(session: QuickSession, { bucket, key, condition }: WriteTarget, signal: AbortSignal | undefined): Promise<boolean> {
  if (condition.kind === 'any') return false;
  const found = await lookAt(session, bucket, key, signal);
  return condition.kind === 'create' ? found !== null : found?.etag !== condition.etag;
}

/** What the store is to compare. One that keeps no conditions may also refuse requests that have any. */
export function conditionHeaders({ condition, byLooking }: Pick<WriteTarget, 'condition' | 'byLooking'>): { readonly [name: string]: string } {
  if (condition.kind === 'any' || byLooking === true) return {};
  return condition.kind === 'create' ? { 'if-none-match': '*' } : { 'if-match': `"${condition.etag}"` };
}
