import { createHash, createHmac } from 'node:crypto';

/** A request to sign; `host` with its port as the client sends it. */
export interface RequestToSign {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly body: Uint8Array;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly at: Date;
}

/** The query as it is signed and sent, and the headers that say who asks (AWS signature, version 4). */
export function signedRequest(request: RequestToSign): { readonly query: string; readonly headers: { readonly [name: string]: string } } {
  const time = request.at.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const bodyHash = sha256(request.body);
  const query = Object.entries(request.query)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
  const signed = 'host;x-amz-content-sha256;x-amz-date';
  const canonical = [request.method, request.path, query, `host:${request.host}`, `x-amz-content-sha256:${bodyHash}`, `x-amz-date:${time}`, '', signed, bodyHash].join('\n');
  const scope = `${day}/${request.region}/s3/aws4_request`;
  const key = [day, request.region, 's3', 'aws4_request'].reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${request.secretKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return {
    query,
    headers: { 'x-amz-date': time, 'x-amz-content-sha256': bodyHash, authorization: `AWS4-HMAC-SHA256 Credential=${request.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}` },
  };
}

/** encodeURIComponent leaves a few characters that a signature must have encoded. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
