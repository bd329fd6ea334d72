import { createHash, createHmac } from 'node:crypto';

/** A request to sign; `host` with its port as the client sends it, `path` encoded as it is sent. */
export interface RequestToSign {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly body: Uint8Array;
  /** Signed and sent beside those of the signature; names in small letters. */
  readonly headers?: { readonly [name: string]: string };
  /** The body is not hashed: where nobody can be on the line between, that is half the work for nothing. */
  readonly isBodyUnsigned?: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly at: Date;
}

const EMPTY_BODY = createHash('sha256').digest('hex');
/** Keys of a day, so that a request costs one HMAC instead of five. */
const DAY_KEYS = new Map<string, Buffer>();
const MOST_DAY_KEYS = 16;

/** The query as it is signed and sent, and the headers that say who asks (AWS signature, version 4). */
export function signedRequest(request: RequestToSign): { readonly query: string; readonly headers: { readonly [name: string]: string } } {
  const time = request.at.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const bodyHash = hashOf(request);
  const query = Object.entries(request.query)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${uriEncoded(name)}=${uriEncoded(value)}`)
    .join('&');
  const sent: { readonly [name: string]: string } = { ...request.headers, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };
  const names = [...Object.keys(sent), 'host'].sort();
  const lines = names.map((name) => `${name}:${(name === 'host' ? request.host : (sent[name] ?? '')).trim().replace(/ {2,}/g, ' ')}`);
  const signed = names.join(';');
  const canonical = [request.method, request.path, query, ...lines, '', signed, bodyHash].join('\n');
  const scope = `${day}/${request.region}/s3/aws4_request`;
  const signature = hmac(dayKey(request.secretKey, day, request.region), ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return { query, headers: { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${request.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}` } };
}

/** encodeURIComponent leaves a few characters that a signature must have encoded. */
export function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hashOf({ body, isBodyUnsigned }: RequestToSign): string {
  if (body.byteLength === 0) return EMPTY_BODY;
  return isBodyUnsigned === true ? 'UNSIGNED-PAYLOAD' : sha256(body);
}

function dayKey(secretKey: string, day: string, region: string): Buffer {
  const name = `${day}\n${region}\n${secretKey}`;
  const known = DAY_KEYS.get(name);
  if (known !== undefined) return known;
  if (DAY_KEYS.size >= MOST_DAY_KEYS) DAY_KEYS.clear();
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>((last, part) => hmac(last, part), Buffer.from(`AWS4${secretKey}`));
  DAY_KEYS.set(name, key);
  return key;
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
